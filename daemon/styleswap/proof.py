"""How client and daemon prove to each other that they know the token, which itself stays at home.

Standard library only and Python 3.10. Each side gives a nonce for each connection; both proofs are
HMACs over both nonces, so that none of them is worth anything on another connection.
"""

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple

NONCE_BYTES = 32
"""Bytes of each side's nonce."""
SCHEME = "Proof "
"""Begins the header of a call whose client has proved itself; "Bearer " that with the token."""

_SERVER = b"styleswap server 1"
_CLIENT = b"styleswap client 1"
_MAC_BYTES = hashlib.sha256().digest_size


class Credential(NamedTuple):
    """What a client sends with the calls of one connection."""

    nonce: bytes
    """The client's nonce."""
    answer: bytes
    """The server's nonce."""
    mac: bytes
    """The client's proof."""

    def header(self) -> str:
        """Returns the value of the header `authorization`."""
        return SCHEME + base64.b64encode(b"".join(self)).decode()


def server_proof(token: str, nonce: bytes, answer: bytes) -> bytes:
    """Returns the server's proof for the client's nonce and the server's own."""
    return _mac(token, _SERVER, nonce, answer)


def credential(token: str, nonce: bytes, answer: bytes) -> Credential:
    """Returns what the client sends when the server has proved itself."""
    return Credential(nonce, answer, _mac(token, _CLIENT, nonce, answer))


def proves(token: str, nonce: bytes, answer: bytes, proof: bytes) -> bool:
    """Returns whether a server knows the token, by its nonce and its proof."""
    expected = server_proof(token, nonce, answer)
    return len(answer) == NONCE_BYTES and hmac.compare_digest(proof, expected)


def read_header(token: str, header: str) -> Credential | None:
    """Returns the credential in a header; None where its client does not know the token."""
    try:
        raw = base64.b64decode(header.removeprefix(SCHEME), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 2 * NONCE_BYTES + _MAC_BYTES:
        return None
    given = Credential(raw[:NONCE_BYTES], raw[NONCE_BYTES : 2 * NONCE_BYTES], raw[-_MAC_BYTES:])
    expected = credential(token, given.nonce, given.answer)
    return given if hmac.compare_digest(given.mac, expected.mac) else None


def _mac(token: str, label: bytes, nonce: bytes, answer: bytes) -> bytes:
    return hmac.new(token.encode(), label + nonce + answer, hashlib.sha256).digest()
