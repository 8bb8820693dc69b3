"""The built-in gallery: original style pictures that ship with Style Swap.

The pictures are drawn by the code in `styleswap.gallery.drawing` (`python -m
styleswap.gallery.draw` redraws them) and committed, so that using them needs no drawing. This
module imports the standard library only. Style ids are permanent: they are stored in users' scripts
and documents and keep their meaning whatever happens to the drawing.
"""

from dataclasses import dataclass
from pathlib import Path

PREFIX = "builtin/"
"""What every built-in id starts with; a user's own styles never do."""

SIDE = 768
"""Width and height of every picture in pixels."""

_PICTURES = Path(__file__).parent / "pictures"

_CATALOGUE = (
    (
        "windswept",
        "Windswept",
        "Loaded oil strokes that swirl around a sun, hills and a wheat field; blue against gold.",
    ),
    (
        "woodcut",
        "Woodcut",
        "Black ink on cream paper, cut with a gouge along every form: sun, mountains, firs, lake.",
    ),
    (
        "stained-glass",
        "Stained Glass",
        "Panes of jewel-coloured opalescent glass held in dark lead lines.",
    ),
    (
        "mosaic",
        "Mosaic",
        "Small stones and gold laid in rows along the forms: two fish, waves and a sun.",
    ),
    (
        "pointillism",
        "Pointillism",
        "An afternoon by the river in round dots of pure pigment that mix in the eye.",
    ),
    (
        "palette-knife",
        "Palette Knife",
        "Thick slabs of paint with ridges that catch the light: birches in autumn above water.",
    ),
    (
        "indigo-waves",
        "Indigo Waves",
        "Flat bands of indigo and teal, fine outlines and foam: breakers, a mountain, a red sun.",
    ),
    (
        "marbling",
        "Marbling",
        "Inks dropped on water, combed and curled into veins of indigo, oxblood, ochre and cream.",
    ),
    (
        "watercolour",
        "Watercolour",
        "Transparent washes with dried rims and granulated pigment: a meadow of poppies.",
    ),
    (
        "contours",
        "Contour Map",
        "An island in the tints and contour lines of an old atlas, from deep sea to summit snow.",
    ),
    (
        "halftone",
        "Pop Print",
        "A comic city under a sunburst in four-colour halftone dots and bold black lines.",
    ),
    (
        "charcoal",
        "Charcoal and Chalk",
        "A still life hatched in black, red and white chalk on buff paper.",
    ),
    (
        "gouache",
        "Gouache",
        "A harbour town on its hill in opaque dabs with dry edges: terracotta, teal and cream.",
    ),
    (
        "ink-wash",
        "Ink Wash",
        "Mountains in mist, pine and bamboo in wet washes and dry strokes of one ink.",
    ),
    (
        "pastel",
        "Pastel",
        "Peaches and full flowers before a blue curtain, hatched in soft chalks on dark paper.",
    ),
    (
        "impasto",
        "Impasto Portrait",
        "A bearded man in a straw hat, modelled in thick strokes that run around the face.",
    ),
    (
        "art-deco",
        "Art Deco",
        "Towers in a sunburst above fans, airbrushed in teal, coral and ivory, ruled in gold.",
    ),
    (
        "linocut",
        "Linocut",
        "A heron among reeds, cut with gouges into two blocks: vermilion and blue-black.",
    ),
    (
        "embroidery",
        "Embroidery",
        "A bird among flowers on night blue, every form filled with stitches of bright floss.",
    ),
    (
        "risograph",
        "Risograph",
        "A desert garden at dusk in the grain of three inks: pink, teal and yellow.",
    ),
)


@dataclass(frozen=True)
class BuiltinStyle:
    """One style of the gallery.

    Attributes:
        id: permanent name for machines, such as "builtin/woodcut".
        name: short English title for people.
        description: one sentence on what the picture is.
        path: the picture, an RGB JPEG file of `SIDE` x `SIDE` px.
    """

    id: str
    name: str
    description: str
    path: Path


_STYLES = tuple(
    BuiltinStyle(PREFIX + slug, name, description, _PICTURES / f"{slug}.jpg")
    for slug, name, description in _CATALOGUE
)


def styles() -> tuple[BuiltinStyle, ...]:
    """All built-in styles, in the order in which to show them."""
    return _STYLES


def style(style_id: str) -> BuiltinStyle:
    """The style with this id.

    Raises:
        LookupError: there is none; the message lists those there are.
    """
    for candidate in _STYLES:
        if candidate.id == style_id:
            return candidate
    known = ", ".join(candidate.id for candidate in _STYLES)
    raise LookupError(f"There is no built-in style {style_id!r}. Choose one of: {known}.")


def picture_bytes(style_id: str) -> bytes:
    """The encoded picture (JPEG) of a style.

    Raises:
        LookupError: there is no style with this id.
    """
    return style(style_id).path.read_bytes()
