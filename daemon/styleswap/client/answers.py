"""What a daemon tells, as plain data: progress, reports, styles, and itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from styleswap.v1 import server_pb2, styles_pb2, stylize_pb2
from styleswap.v1.control import Value
from styleswap.v1.settings import from_message

Stage = Literal["queued", "loading", "encoding", "matching", "painting", "refining"]

_STAGES: dict[int, Stage] = {
    stylize_pb2.STAGE_QUEUED: "queued",
    stylize_pb2.STAGE_LOADING: "loading",
    stylize_pb2.STAGE_ENCODING: "encoding",
    stylize_pb2.STAGE_MATCHING: "matching",
    stylize_pb2.STAGE_PAINTING: "painting",
    stylize_pb2.STAGE_REFINING: "refining",
}


@dataclass(frozen=True)
class Progress:
    """How far a request is."""

    stage: Stage
    """What the daemon is doing."""
    fraction: float
    """Share of the whole work that is done, 0 to 1, never falling."""
    seconds_left: float | None
    """Estimated seconds to the end, None while unknown."""
    queue_position: int
    """Requests in front of this one while it is queued."""

    @classmethod
    def from_message(cls, message: stylize_pb2.Progress) -> "Progress":
        """Returns the progress that a message tells."""
        left = message.seconds_left if message.HasField("seconds_left") else None
        stage = _STAGES.get(message.stage, "painting")
        return cls(stage, message.fraction, left, message.queue_position)


@dataclass(frozen=True)
class Report:
    """What was used for a result."""

    version: str
    """The daemon's version."""
    device: str
    """The device, such as "cpu"."""
    precision: str
    """The floating-point type of the matching."""
    threads: int
    """Threads of the device's math library."""
    model: str
    """The model's name."""
    weights: tuple[str, ...]
    """SHA-256 of the encoder's weights, and of the inverse network's where there is one."""
    tile_plan: tuple[str, ...]
    """The plan of tiles, one entry a pass."""
    notices: tuple[str, ...]
    """Sentences on what was done with less than was asked for or with altered input, and on
    settings that have no effect with the others."""
    seconds: Mapping[str, float]
    """Seconds that each stage took."""
    distinct_patches: float
    """Share of the style's patches that the last pass used, 0 to 1; of several styles the mean by
    weight."""
    settings: Mapping[str, Value]
    """The settings as used, defaults filled in."""
    whole_seconds: float
    """Estimated seconds of the whole painting on that device, loading and waiting not counted:
    measured for a whole one, in proportion to the work for a part; 0 for an unpainted picture."""

    @classmethod
    def from_message(cls, message: stylize_pb2.StylizeReport) -> "Report":
        """Returns the report that a message holds; settings of newer daemons are left out."""
        settings = message.settings
        settings.DiscardUnknownFields()
        return cls(
            message.version,
            message.device,
            message.precision,
            message.threads,
            message.model,
            tuple(message.weights),
            tuple(message.tile_plan),
            tuple(message.notices),
            {_STAGES[time.stage]: time.seconds for time in message.times if time.stage in _STAGES},
            message.distinct_patches,
            from_message(settings),
            message.whole_seconds,
        )


@dataclass(frozen=True)
class Result:
    """A painted picture, and what was used for it."""

    picture: Any
    """The picture, of the kind that was given."""
    report: Report
    """What was used."""


_KINDS = {
    styles_pb2.STYLE_KIND_UNSPECIFIED: "picture",  # of a daemon before there were kinds
    styles_pb2.STYLE_KIND_PICTURE: "picture",
}


@dataclass(frozen=True)
class Style:
    """A style of the library."""

    id: str
    """"builtin/NAME", or "sha256:" and the hash of the decoded pixels."""
    name: str
    """The name shown to people; not necessarily unique."""
    width: int
    """Columns of the picture."""
    height: int
    """Rows of the picture."""
    builtin: bool
    """Whether it comes with the program; such styles can be neither renamed nor removed."""
    kind: str = "picture"
    """What it is: "picture"; "unknown" is what this client does not know."""

    @classmethod
    def from_message(cls, message: styles_pb2.Style) -> "Style":
        """Returns the style that a message describes."""
        kind = _KINDS.get(message.kind, "unknown")
        return cls(message.id, message.name, message.width, message.height, message.builtin, kind)


@dataclass(frozen=True)
class Added:
    """A style that was added to the library."""

    style: Style
    """The style as it is stored now."""
    existed: bool
    """Whether the library held the same pixels before."""
    notices: tuple[str, ...] = ()
    """Sentences on what of the picture was altered or left out."""


@dataclass(frozen=True)
class Model:
    """A model: an encoder and the inverse network trained for it."""

    name: str
    """The name, as in the settings."""
    description: str
    """One sentence for people."""
    available: bool
    """Whether all its weights are on this machine."""
    loaded: bool
    """Whether it is in memory."""
    remedy: str
    """What to do to make it available, where it is not."""
    methods: tuple[str, ...]
    """Nicks of the methods that it works with as it is; empty from an older daemon."""

    @classmethod
    def from_message(cls, message: server_pb2.Model) -> "Model":
        """Returns the model that a message describes."""
        return cls(
            message.name,
            message.description,
            message.available,
            message.loaded,
            message.remedy,
            tuple(message.methods),
        )


@dataclass(frozen=True)
class ServerInfo:
    """What a daemon is and can do."""

    version: str
    """Version of the program."""
    api_oldest: int
    """Oldest revision of the API that it speaks."""
    api_newest: int
    """Newest revision of the API that it speaks."""
    device: str
    """The device for the work, such as "cpu"; empty until it is known."""
    memory_used: int
    """Bytes of memory that the daemon occupies."""
    side_limit: int
    """Largest width and height of a picture."""
    pixel_limit: int
    """Largest number of pixels of a picture."""
    file_limit: int
    """Largest number of bytes of an image file."""
    queue_limit: int
    """Requests that may wait at once."""
    queue_length: int
    """Requests waiting or running."""
    methods: tuple[str, ...]
    """Nicks of the methods that work here."""
    models: tuple[Model, ...]
    """The models."""
    uptime: float
    """Seconds since the daemon started."""
    idle_unload: float
    """Seconds without a request after which models leave memory; -1 is never."""

    @classmethod
    def from_message(cls, message: server_pb2.GetServerInfoResponse) -> "ServerInfo":
        """Returns what a message tells of the daemon."""
        return cls(
            message.version,
            message.api_oldest,
            message.api_newest,
            message.device,
            message.memory_used,
            message.side_limit,
            message.pixel_limit,
            message.file_limit,
            message.queue_limit,
            message.queue_length,
            tuple(message.methods),
            tuple(Model.from_message(model) for model in message.models),
            message.uptime,
            message.idle_unload,
        )
