"""Several styles for one painting, and masks from image files.

The command's masks lie one over the other, as layers do: a style that is given with one replaces
there what was painted so far. The daemon knows only masks that are mixed, so what a mask lets in is
taken from those below it.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .outcome import CommandError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from styleswap.client import Picture, Styled
    from styleswap.files import Pixels

_LUMA = (0.299, 0.587, 0.114)


def add_mixing_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags for several styles and masks."""
    group = parser.add_argument_group("several styles")
    group.add_argument(
        "--mix",
        nargs=2,
        action="append",
        default=[],
        metavar=("STYLE2", "WEIGHT"),
        help="mix another style in, so much of it; may be given several times",
    )
    group.add_argument(
        "--weight",
        type=_weight,
        default=1.0,
        metavar="WEIGHT",
        help="how much of STYLE goes into the mixture (default: 1)",
    )
    group.add_argument(
        "--mask",
        metavar="FILE",
        help="paint only where this picture is white; where it is black, CONTENT stays",
    )
    group.add_argument(
        "--masked",
        nargs=2,
        action="append",
        default=[],
        metavar=("STYLE2", "FILE"),
        help="paint in another style where this picture is white; may be given several times, "
        "the last one on top",
    )


@dataclass(frozen=True)
class _Mask:
    """A mask from a file."""

    name: str
    pixels: "Pixels"


@dataclass(frozen=True)
class Recipe:
    """The styles of all pictures of a run."""

    mixed: "tuple[tuple[Any, float], ...]"
    """Styles, as the client takes them, that are mixed by weight."""
    mask: _Mask | None
    """Where these go."""
    over: "tuple[tuple[Any, _Mask], ...]"
    """Styles over them, from below to the top, and where each goes."""

    def styles(self, width: int, height: int, name: str) -> "list[Styled]":
        """The styles of a picture.

        Args:
            width: of the picture in pixels.
            height: likewise.
            name: the picture's, for complaints.

        Raises:
            CommandError: a mask has another size.
        """
        from styleswap.client import Styled

        masks = [mask for _, mask in self.over]
        for mask in (*filter(None, (self.mask,)), *masks):
            form = mask.pixels.format
            if (form.width, form.height) != (width, height):
                raise CommandError(
                    f"The mask {mask.name!r} has {form.width}x{form.height} pixels, "
                    f"but {name!r} has {width}x{height}; a mask must have its picture's size."
                )
        if not masks:
            lowest = None if self.mask is None else _picture(_measure(self.mask.pixels))
            return [Styled(style, weight, lowest) for style, weight in self.mixed]
        # From the top down: what is left for the styles below.
        styles: list[Styled] = []
        left: Any = 1.0
        for style, mask in self.over[::-1]:
            measure = _fractions(mask.pixels)
            styles.append(Styled(style, 1.0, _picture(left * measure)))
            left = left * (1 - measure)
        below = _picture(left if self.mask is None else left * _fractions(self.mask.pixels))
        return [Styled(style, weight, below) for style, weight in self.mixed] + styles[::-1]


def read_recipe(
    arguments: argparse.Namespace, style: str, open_style: Callable[[str], Any]
) -> Recipe:
    """Reads the styles and masks of a command line.

    Args:
        arguments: with the flags of `add_mixing_flags`.
        style: the style itself.
        open_style: gives a style as the client takes it.

    Raises:
        CommandError: a weight is no number, or all are 0.
        FileError: a file cannot be read.
    """
    mixed = [(style, arguments.weight)]
    for name, text in arguments.mix:
        try:
            mixed.append((name, _weight(text)))
        except argparse.ArgumentTypeError as error:
            raise CommandError(f"--mix {name} {error}") from error
    if not any(weight for _, weight in mixed):
        raise CommandError("All weights are 0, so that nothing would be painted; give one more.")
    return Recipe(
        tuple((open_style(name), weight) for name, weight in mixed),
        None if arguments.mask is None else _read(arguments.mask),
        tuple((open_style(name), _read(file)) for name, file in arguments.masked),
    )


def _read(name: str) -> _Mask:
    from styleswap.files import decode

    return _Mask(name, decode(name))


def _measure(pixels: "Pixels") -> "npt.NDArray[Any]":
    """A mask's values, (H, W), of its file's depth: of colours the luminance, without alpha."""
    import numpy as np

    values = np.frombuffer(pixels.data, pixels.format.depth)
    values = values.reshape(pixels.format.height, pixels.format.width, pixels.format.channels)
    if pixels.format.channels < 3:
        return values[..., 0]
    luma = values[..., :3] @ np.array(_LUMA, np.float32)
    return luma if pixels.format.depth == "float32" else luma.round().astype(pixels.format.depth)


def _fractions(pixels: "Pixels") -> "npt.NDArray[np.float32]":
    """A mask's values, (H, W), in [0, 1]."""
    import numpy as np

    top = {"uint8": 255, "uint16": 65535, "float32": 1}[pixels.format.depth]
    return (_measure(pixels) / np.float32(top)).astype(np.float32).clip(0, 1)


def _picture(measure: "npt.NDArray[Any] | float") -> "Picture":
    """A mask as the client takes it."""
    import numpy as np

    from styleswap.client import Picture

    values = np.ascontiguousarray(measure)
    height, width = values.shape
    depth: Any = values.dtype.name
    little = values.astype(values.dtype.newbyteorder("<"))
    return Picture(width, height, "gray", depth, False, little.tobytes())


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not (weight >= 0 and math.isfinite(weight)):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number from 0 on, such as 0.5")
    return weight
