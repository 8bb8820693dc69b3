"""What the soak's clients do below the Python client: transfers that end half-way, and silence."""

import socket
import threading
import time
from collections.abc import Iterator

from styleswap.v1 import pictures_pb2, stylize_pb2

from .client import Client
from .streams import PAINT

STALLED_SECONDS = 200.0
"""Seconds that are enough for the daemon to have enough."""


def mute(client: Client) -> None:
    """Connections that say nothing, or nothing that makes sense."""
    host, _, port = client.daemon.runtime.address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), 10) as connection:
        connection.sendall(client.chance.choice((b"", b"GET / HTTP/1.1\r\n\r\n", bytes(99))))
        time.sleep(client.chance.uniform(0, 0.2))


def stalled_upload(client: Client) -> None:
    """An upload of which a part comes, then nothing; now and then till the daemon has enough."""
    seconds = client.chance.uniform(0.2, 3)
    if client.patient and client.chance.random() < 0.01:
        seconds = STALLED_SECONDS
    _upload(client, 2000, 1500, client.chance.randrange(4), seconds)


def large_upload(client: Client) -> None:
    """A picture of 250 MiB of which some comes before the client goes."""
    _upload(client, 9400, 9400, client.chance.choice((0, 3, 20)), 0.1)


def reader_leaves(client: Client) -> None:
    """A client that has read some of its picture goes away, by a word or without one."""
    channel = client.daemon.new_channel()
    messages = iter([*_messages(2000, 1500, 9, strength=0.0)])
    call = channel.stream_stream(PAINT, None, None)(
        messages, metadata=client.daemon.metadata, timeout=STALLED_SECONDS
    )
    try:
        for _ in range(client.chance.randrange(1, 9)):
            next(call, None)
        time.sleep(client.chance.uniform(0, 0.1))
    finally:
        if client.chance.random() < 0.5:
            call.cancel()
        channel.close()


def _messages(width: int, height: int, chunks: int, *, strength: float = 1.0) -> Iterator[bytes]:
    """The messages of a painting of which so many MiB come at most."""
    header = stylize_pb2.StylizeHeader()
    header.settings.strength = strength
    form = header.planes.add(role=pictures_pb2.PLANE_ROLE_CONTENT, index=0).pixels
    form.width, form.height = width, height
    form.layout, form.depth = pictures_pb2.LAYOUT_RGB, pictures_pb2.DEPTH_UINT8
    form.transfer = pictures_pb2.TRANSFER_SRGB
    header.styles.add(id="builtin/woodcut")
    yield stylize_pb2.StylizeRequest(header=header).SerializeToString()
    total = width * height * 3
    for offset in range(0, min(chunks << 20, total), 1 << 20):
        data = bytes(min(1 << 20, total - offset))
        chunk = pictures_pb2.Chunk(plane=0, offset=offset, data=data)
        yield stylize_pb2.StylizeRequest(chunk=chunk).SerializeToString()


def _upload(client: Client, width: int, height: int, chunks: int, seconds: float) -> None:
    """Sends so many MiB of a picture, waits for so many seconds, and goes."""
    over = threading.Event()

    def messages() -> Iterator[bytes]:
        yield from _messages(width, height, chunks)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not client.stop.is_set() and not over.is_set():
            over.wait(0.1)
        call.cancel()

    method = client.channel.stream_stream(PAINT, None, None)
    call = method(messages(), metadata=client.daemon.metadata, timeout=STALLED_SECONDS + 60)
    try:
        for _ in call:
            pass
    finally:
        over.set()
