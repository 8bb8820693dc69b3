"""What a JPEG's markers say (ITU-T T.81, annex B)."""

_START_OF_SCAN = 0xDA
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_STANDALONE = (0x01, *range(0xD0, 0xD9))


def has_all_scans(data: bytes) -> bool:
    """Whether the scans of a progressive JPEG bring every coefficient to its last bit.

    The file may end in its midst: after any scan the picture has all of its rows, of some quality.
    True for other JPEGs, which have one scan of all.
    """
    progressive = False
    missing: dict[int, set[int]] = {}
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] in (0x00, 0xFF, *_STANDALONE):
            # Between segments, or in a scan's data, where 0xFF stands before 0x00 or RSTn only.
            at = data.find(b"\xff", at + 1)
            if at < 0:
                break
            continue
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in _PROGRESSIVE and len(body) > 5:
            progressive = True
            missing = {body[i]: set(range(64)) for i in range(6, len(body) - 2, 3)}
        elif marker == _START_OF_SCAN and body:
            count = body[0]
            if len(body) < 4 + 2 * count:
                return False
            first, last, bits = body[1 + 2 * count :][:3]
            if bits & 15 == 0:
                for component in body[1 : 1 + 2 * count : 2]:
                    missing.get(component, set()).difference_update(range(first, last + 1))
        at += 2 + length
    return not progressive or not any(missing.values())
