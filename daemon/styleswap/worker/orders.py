"""What is to be painted, as the daemon hands it to the engine's process.

Nothing here imports the engine: the daemon uses it too.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from styleswap.pixel_format import PixelFormat
from styleswap.processes import SharedMemory
from styleswap.v1.controls import Value


@dataclass(frozen=True)
class SharedPicture:
    """A picture whose `format.byte_count` bytes all processes of the daemon share."""

    format: PixelFormat
    memory: SharedMemory


@dataclass(frozen=True)
class StyleOrder:
    """One style to paint with."""

    picture: SharedPicture
    key: str
    """Identifies the style's pixels in the cache of activations."""
    weight: float = 1.0
    mask: SharedPicture | None = None
    """Where the style goes; one picture for all styles that share it."""


@dataclass(frozen=True)
class Order:
    """What to paint."""

    content: SharedPicture
    styles: tuple[StyleOrder, ...]
    settings: Mapping[str, Value]
    """All controls by name."""
    preview: bool
    coarse_only: bool
    reduced_from: tuple[int, int] | None = None
    """Width and height of the picture that the content is a reduced copy of."""
    region: tuple[int, int, int, int] | None = None
    """The part to paint: x, y, width, height."""
    spared: int = 0
    """How many ways to do the work are left out as too costly; see `painting.attempts`."""

    @property
    def brief(self) -> bool:
        """Whether it is a preview, which may come in between."""
        return self.coarse_only or self.region is not None

    def to_message(self) -> tuple[dict[str, Any], list[int]]:
        """Returns the values and the files of a message that carries the order."""
        pictures: list[SharedPicture] = []

        def place(picture: SharedPicture | None) -> int | None:
            if picture is None:
                return None
            # What several styles share travels once.
            for index, known in enumerate(pictures):
                if known is picture:
                    return index
            pictures.append(picture)
            return len(pictures) - 1

        values = {
            "content": place(self.content),
            "styles": [
                {
                    "picture": place(style.picture),
                    "key": style.key,
                    "weight": style.weight,
                    "mask": place(style.mask),
                }
                for style in self.styles
            ],
            "settings": dict(self.settings),
            "preview": self.preview,
            "coarse_only": self.coarse_only,
            "reduced_from": self.reduced_from,
            "region": self.region,
            "spared": self.spared,
        }
        values["pictures"] = [asdict(picture.format) for picture in pictures]
        return values, [picture.memory.descriptor for picture in pictures]

    @classmethod
    def from_message(cls, values: Mapping[str, Any], files: tuple[int, ...]) -> Self:
        """Returns the order of a message; the files are its own from now on."""
        pictures = []
        for told, descriptor in zip(values["pictures"], files, strict=True):
            form = PixelFormat.from_json(told)
            pictures.append(SharedPicture(form, SharedMemory.adopt(descriptor, form.byte_count)))
        return cls(
            content=pictures[values["content"]],
            styles=tuple(
                StyleOrder(
                    pictures[style["picture"]],
                    style["key"],
                    style["weight"],
                    None if style["mask"] is None else pictures[style["mask"]],
                )
                for style in values["styles"]
            ),
            settings=values["settings"],
            preview=values["preview"],
            coarse_only=values["coarse_only"],
            reduced_from=_tuple(values["reduced_from"]),
            region=_tuple(values["region"]),
            spared=values["spared"],
        )


@dataclass(frozen=True)
class ModelStatus:
    """A model as clients are told of it."""

    name: str
    description: str
    """One sentence for people."""
    remedy: str
    """What to do to make it wholly available; empty where it is."""
    methods: tuple[str, ...]
    """Nicks of the methods that it works with now."""


Told = Callable[[str, float], None]
"""(the engine's stage, or "loading"; share of the work that is done) -> None."""


def _tuple(values: list[int] | None) -> Any:
    return None if values is None else tuple(values)
