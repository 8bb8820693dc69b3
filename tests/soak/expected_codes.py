"""What may come back for bad input: code and reason, by kind of input.

The fuzzers and the soak check every answer against this table. What is not in it is a finding: a
code that says too little (UNKNOWN, INTERNAL), a reason for something else, or none.
"""

from grpc import StatusCode

Outcome = tuple[str, str]
"""Code and reason, such as ("INVALID_ARGUMENT", "CHUNK_SIZE"); ("OK", "") where it was done."""

DONE: Outcome = ("OK", "")


def _invalid(*reasons: str) -> frozenset[Outcome]:
    return frozenset((StatusCode.INVALID_ARGUMENT.name, reason) for reason in reasons)


PICTURE_REASONS = frozenset(
    (
        "DAMAGED_IMAGE",
        "EMPTY_FILE",
        "FILE_TOO_LARGE",
        "NOT_AN_IMAGE",
        "PICTURE_TOO_LARGE",
        "TRUNCATED_IMAGE",
        "UNSUPPORTED_FORMAT",
    )
)
"""Reasons of a `files.FileError` for the bytes of a file."""

DECODING = _invalid(
    *PICTURE_REASONS, "DECODING_TIMEOUT", "NOT_FINITE", "STYLE_TOO_SMALL", "STYLE_TRANSPARENT"
)
"""A damaged file that is sent as a style; it may turn out a picture that is of no use as one."""

NO_PROTOBUF = _invalid("NOT_PROTOBUF")
"""A message that cannot be parsed."""

FORMAT = _invalid(
    "EMPTY_PICTURE",
    "PICTURE_TOO_LARGE",
    "UNKNOWN_ALPHA_KIND",
    "UNKNOWN_DEPTH",
    "UNKNOWN_LAYOUT",
    "UNKNOWN_TRANSFER",
)
"""A plane's format of pixels."""

PLANES = FORMAT | _invalid(
    "CONTENT_COUNT",
    "EMPTY_FILE",
    "ENCODED_CONTENT",
    "ENCODED_MASK",
    "FILE_TOO_LARGE",
    "MASK_LAYOUT",
    "MASK_SIZE",
    "NO_FORMAT",
    "PLANE_COUNT",
    "PLANE_INDEX_TWICE",
    "PLANE_ROLE",
    "REQUEST_TOO_LARGE",
    "UNKNOWN_PLANE",
    "UNUSED_PLANE",
)
"""The planes of a header."""

HEADER = PLANES | _invalid(
    "ASPECT",
    "EMPTY_REGION",
    "NOT_REDUCED",
    "NO_STYLE",
    "NO_WEIGHT",
    "REGION_OUTSIDE",
    "REGION_WITH_OTHERS",
    "SETTING_OUT_OF_RANGE",
    "STYLE_COUNT",
    "STYLE_NAME",
    "STYLE_TOO_SMALL",
    "STYLE_WEIGHT",
    "UNKNOWN_FIELD",
    "UNKNOWN_MODEL",
    "UNKNOWN_SETTING",
    "WITHOUT_COARSE_ONLY",
)
"""A header that parses, with anything in it."""

CHUNKS = _invalid(
    "BYTE_COUNT",
    "CHUNK_OFFSET",
    "CHUNK_ORDER",
    "CHUNK_SIZE",
    "NOT_A_CHUNK",
    "NOT_FINITE",
    "UNKNOWN_FIELD",
    "UNKNOWN_PLANE",
)
"""The messages after the header."""

UNKNOWN_STYLE: frozenset[Outcome] = frozenset({(StatusCode.NOT_FOUND.name, "UNKNOWN_STYLE")})
"""A style's id that nothing has."""

BUILTIN: frozenset[Outcome] = frozenset({(StatusCode.FAILED_PRECONDITION.name, "BUILTIN_STYLE")})
"""A built-in style that is to be changed."""

MODEL: frozenset[Outcome] = frozenset(
    {(StatusCode.FAILED_PRECONDITION.name, "MODEL_UNAVAILABLE")}
) | _invalid("UNKNOWN_MODEL")
"""A model that is not there, or whose weights are not."""

BUSY: frozenset[Outcome] = frozenset(
    {
        (StatusCode.RESOURCE_EXHAUSTED.name, "QUEUE_FULL"),
        (StatusCode.RESOURCE_EXHAUSTED.name, "TOO_MANY_BYTES"),
    }
)
"""Too much at once: right for any request, with the time after which to try again."""

DEADLINE: frozenset[Outcome] = frozenset({(StatusCode.DEADLINE_EXCEEDED.name, "DEADLINE_EXCEEDED")})
"""The client's own deadline has passed."""

CANCELLED: frozenset[Outcome] = frozenset({(StatusCode.CANCELLED.name, "CANCELLED")})
"""The client itself has cancelled."""

STALLED: frozenset[Outcome] = frozenset({(StatusCode.DEADLINE_EXCEEDED.name, "UPLOAD_STALLED")})
"""Nothing came, or too little."""


STREAMS: dict[str, frozenset[Outcome]] = {
    "valid": frozenset({DONE}),
    "no protobuf": NO_PROTOBUF,
    "nothing": _invalid("NO_HEADER"),
    "empty message": _invalid("NO_HEADER"),
    "chunk first": _invalid("NO_HEADER"),
    "header twice": _invalid("NOT_A_CHUNK"),
    "header only": _invalid("BYTE_COUNT"),
    "fewer bytes": _invalid("BYTE_COUNT"),
    "more bytes": _invalid("BYTE_COUNT"),
    "wrong offset": _invalid("CHUNK_OFFSET"),
    "wrong plane": _invalid("UNKNOWN_PLANE"),
    "empty chunk": _invalid("CHUNK_SIZE"),
    "large chunk": _invalid("CHUNK_SIZE"),
    # gRPC's own limit of a message, beyond which nothing of it is seen.
    "huge message": frozenset({(StatusCode.RESOURCE_EXHAUSTED.name, "")}),
    "client leaves": CANCELLED | _invalid("NO_HEADER", "BYTE_COUNT") | {DONE},
    "no protobuf later": NO_PROTOBUF,
    "unknown field in the header": _invalid("UNKNOWN_FIELD", "UNKNOWN_SETTING"),
    "unknown field in a chunk": _invalid("UNKNOWN_FIELD"),
    "wrong role": _invalid("PLANE_ROLE", "CONTENT_COUNT"),
    "wrong size": _invalid("EMPTY_PICTURE", "PICTURE_TOO_LARGE"),
    "wrong format": FORMAT | _invalid("NO_FORMAT"),
    "many planes": PLANES,
    "many styles": _invalid("STYLE_COUNT", "PLANE_COUNT"),
    "weights": _invalid("STYLE_WEIGHT", "NO_WEIGHT"),
    "setting": _invalid("SETTING_OUT_OF_RANGE", "UNKNOWN_MODEL"),
    "region": _invalid("EMPTY_REGION", "REGION_OUTSIDE", "REGION_WITH_OTHERS"),
    "reduced": _invalid("WITHOUT_COARSE_ONLY", "NOT_REDUCED", "ASPECT", "PICTURE_TOO_LARGE"),
    "mask": _invalid("MASK_LAYOUT", "MASK_SIZE", "ENCODED_MASK", "UNUSED_PLANE"),
    "unknown style": UNKNOWN_STYLE,
    "not finite": _invalid("NOT_FINITE"),
    "damaged style": DECODING | {DONE},
    "style name": _invalid("STYLE_NAME"),
    # The bytes of a valid request with some of them changed: anything but a word for it.
    "changed bytes": HEADER
    | CHUNKS
    | NO_PROTOBUF
    | UNKNOWN_STYLE
    | MODEL
    | DECODING
    | {DONE}
    | _invalid("NO_HEADER"),
    "changed order": HEADER | CHUNKS | _invalid("NO_HEADER"),
}
"""What a stream of messages may be answered, by how it was made."""


_BUSY = frozenset({("QueueFull", "QUEUE_FULL"), ("QueueFull", "TOO_MANY_BYTES")})
# Killed in the first attempt at a request and in the second.
_ENGINE = frozenset({("DaemonError", "ENGINE_DIED"), ("OutOfMemory", "OUT_OF_MEMORY")})
_DECODING = frozenset(("InvalidPicture", reason) for _, reason in DECODING)
_PAINTED = _BUSY | _ENGINE | {DONE}

SOAK: dict[str, frozenset[Outcome]] = {
    "paint": _PAINTED,
    "mix": _PAINTED,
    "region": _PAINTED,
    "previews": _PAINTED,
    "cancel": _PAINTED | {("Cancelled", "CANCELLED")},
    "deadline": _PAINTED | {("DeadlineExceeded", "DEADLINE_EXCEEDED")},
    "kill_client": frozenset({("KILLED", "")}),
    "command": frozenset({DONE}),
    "damaged_style": _PAINTED | _DECODING,
    "style_life": _PAINTED,
    "no_such_thing": frozenset(
        {
            ("UnknownStyle", "UNKNOWN_STYLE"),
            ("Refused", "BUILTIN_STYLE"),
            ("NotFound", "UNKNOWN_MODEL"),
            ("InvalidRequest", "THUMBNAIL_SIZE"),
        }
    ),
    "load_unload": _ENGINE | {DONE},
    "look": frozenset({DONE}),
    "mute": frozenset({DONE}),
    "stalled_upload": CANCELLED | STALLED | BUSY,
    "large_upload": CANCELLED | BUSY,
    "reader_leaves": BUSY | {DONE},
}
"""What an action of the soak may end in: the client's exception and the daemon's reason."""
