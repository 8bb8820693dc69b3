"""Frames, mats, walls and scanned margins around pictures, and pictures that have none."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import skimage.data
from PIL import Image, ImageDraw

from styleswap import gallery
from styleswap.borders import Area, inside, small_inside, small_size
from styleswap.training import judging

Values = npt.NDArray[np.uint8]

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")
BRIGHT = ("astronaut", "chelsea", "rocket")
"""Those whose edges are not black: who could tell them from a black margin?"""


def found(picture: Image.Image) -> Area | None:
    height, width = small_size(picture.height, picture.width)
    small = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    area = small_inside(small.tobytes(), height, width)
    if area is None or area.empty:
        return area
    return inside(area, (height, width), (picture.height, picture.width))


def photo(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()[..., :3])


def framed(
    picture: Image.Image, colour: tuple[int, int, int], margins: tuple[int, int, int, int]
) -> tuple[Image.Image, Area]:
    """A margin above, below, left and right, with a scanner's grain."""
    above, below, left, right = margins
    height, width = picture.height + above + below, picture.width + left + right
    noise = np.random.default_rng(0).normal(0, 1.5, (height, width, 3))
    values = (np.array(colour) + noise).clip(0, 255).astype(np.uint8)
    area = Area(above, above + picture.height, left, left + picture.width)
    values[area.top : area.bottom, area.left : area.right] = np.asarray(picture)
    return Image.fromarray(values), area


def moulded(picture: Image.Image, side: int, wood: bool) -> tuple[Image.Image, Area]:
    """A frame with a profile, lit from above."""
    frame, area = framed(picture, (90, 62, 44) if wood else (170, 130, 60), (side,) * 4)
    values = np.asarray(frame).astype(float)
    y, x = np.mgrid[: frame.height, : frame.width]
    rows, columns = np.minimum(y, y[::-1]), np.minimum(x, x[:, ::-1])
    depth = np.minimum(rows, columns) / side
    stops = [0, 0.1, 0.15, 0.5, 0.8, 0.9, 0.93, 1]
    profile = np.interp(depth, stops, [-40, 30, -10, 25, -20, 40, -60, -50])
    lit = np.where(rows <= columns, 1, 0.75)
    values = ((values + profile[..., None]) * lit[..., None]).clip(0, 255)
    picked = np.asarray(picture)
    values[area.top : area.bottom, area.left : area.right] = picked
    return Image.fromarray(values.astype(np.uint8)), area


def assert_found(picture: Image.Image, wanted: Area) -> None:
    """All of the border is out, and little of the picture."""
    area = found(picture)
    assert area is not None
    slack = 1 + max(picture.size) / 192  # a pixel of the copy
    assert area.top >= wanted.top - slack
    assert area.left >= wanted.left - slack
    assert area.bottom <= wanted.bottom + slack
    assert area.right <= wanted.right + slack
    assert area.height * area.width >= 0.85 * wanted.height * wanted.width


# -- pictures without one -------------------------------------------------------------------------


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_has_none(name: str) -> None:
    assert found(photo(name)) is None


@pytest.mark.parametrize("style", gallery.styles())
def test_the_gallery_has_none(style: gallery.BuiltinStyle) -> None:
    assert found(Image.open(style.path)) is None


def test_a_print_s_paper_is_a_border() -> None:
    with Image.open(Path(judging.__file__).parent / "styles" / "woodcut.jpg") as print_:
        area = found(print_)
        assert area is not None
        assert 0.8 * print_.width < area.width < print_.width


@pytest.mark.parametrize("size", [(200, 300), (33, 32), (31, 400), (1, 1), (5, 700)])
def test_one_colour_and_gradients_have_none(size: tuple[int, int]) -> None:
    for colour in ((255, 255, 255), (0, 0, 0), (120, 60, 30)):
        assert found(Image.new("RGB", size, colour)) is None
    ramp = np.linspace(0, 255, size[0]).astype(np.uint8)
    across = np.repeat(np.broadcast_to(ramp, (size[1], size[0]))[..., None], 3, 2)
    assert found(Image.fromarray(np.ascontiguousarray(across))) is None
    assert found(Image.fromarray(np.ascontiguousarray(across.transpose(1, 0, 2)))) is None


@pytest.mark.parametrize("cell", [1, 2, 3, 4, 8, 16])
def test_noise_has_none(cell: int) -> None:
    """Its cells end along straight lines, but are not plain along them."""
    for seed, top in enumerate((40, 120, 256)):
        noise = np.random.default_rng(seed).integers(0, top, (192 // cell, 160 // cell, 3))
        values = noise.astype(np.uint8).repeat(cell, 0).repeat(cell, 1)
        assert found(Image.fromarray(values)) is None


def test_a_horizon_is_no_border() -> None:
    """A plain sky over a sea: one side, and no scanner's black or white."""
    values = np.empty((300, 400, 3), np.uint8)
    values[:60] = 150, 180, 220
    values[60:] = np.random.default_rng(0).integers(0, 120, (240, 400, 3))
    assert found(Image.fromarray(values)) is None


def test_a_drawing_on_plain_ground_is_no_framed_one() -> None:
    picture = Image.new("RGB", (400, 400), (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    pen.ellipse([60, 90, 330, 350], fill=(20, 30, 90))
    pen.line([20, 30, 380, 300], fill=(0, 0, 0), width=6)
    assert found(picture) is None


# -- borders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BRIGHT)
@pytest.mark.parametrize(
    ("colour", "margins"),
    [
        ((250, 250, 248), (20, 20, 20, 20)),
        ((6, 6, 6), (12, 30, 18, 24)),
        ((150, 30, 30), (30, 30, 30, 30)),
        ((236, 228, 208), (70, 70, 70, 70)),
        ((252, 252, 252), (0, 20, 0, 16)),
        ((252, 252, 252), (0, 0, 20, 20)),
    ],
)
def test_margins(
    name: str, colour: tuple[int, int, int], margins: tuple[int, int, int, int]
) -> None:
    assert_found(*framed(photo(name), colour, margins))


@pytest.mark.parametrize("degrees", [-1.5, 0.7, 1.5])
def test_a_slanted_scan(degrees: float) -> None:
    picture, area = framed(photo("chelsea"), (250, 250, 250), (40, 40, 40, 40))
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(250, 250, 250))
    assert_found(turned, area)


@pytest.mark.parametrize("name", BRIGHT)
@pytest.mark.parametrize("wood", [True, False])
def test_frames(name: str, wood: bool) -> None:
    assert_found(*moulded(photo(name), 40, wood))


def test_a_frame_on_a_wall() -> None:
    picture, frame = moulded(photo("coffee"), 45, False)
    hung, wall = framed(picture, (190, 188, 180), (60, 90, 70, 70))
    values = np.asarray(hung) * np.linspace(1.05, 0.85, hung.height)[:, None, None]
    values[wall.top : wall.bottom, wall.left : wall.right] = np.asarray(picture)
    wanted = Area(
        wall.top + frame.top,
        wall.top + frame.bottom,
        wall.left + frame.left,
        wall.left + frame.right,
    )
    assert_found(Image.fromarray(values.clip(0, 255).astype(np.uint8)), wanted)


def test_a_mat_within_a_frame() -> None:
    matted, mat = framed(photo("chelsea"), (238, 232, 215), (30, 30, 30, 30))
    picture, frame = moulded(matted, 32, True)
    wanted = Area(
        frame.top + mat.top, frame.top + mat.bottom, frame.left + mat.left, frame.left + mat.right
    )
    assert_found(picture, wanted)


def test_of_a_picture_that_is_all_border_nothing_is_left() -> None:
    """A frame around one colour, and a mat wider than what it holds."""
    blank, _ = framed(Image.new("RGB", (300, 200), (90, 90, 200)), (10, 10, 10), (20, 20, 20, 20))
    assert found(blank) == Area(0, 0, 0, 0)
    small = photo("chelsea").resize((150, 100))
    wide, _ = framed(small, (240, 240, 240), (60, 60, 90, 90))
    area = found(wide)
    assert area is not None
    assert area.empty


def test_the_inside_is_rounded_inwards() -> None:
    assert inside(Area(1, 9, 2, 8), (10, 10), (25, 31)) == Area(3, 22, 7, 24)


def test_a_file_with_a_drawn_frame(tmp_path: Path) -> None:
    """As it comes from a disk, with JPEG's grain."""
    picture, area = framed(photo("chelsea"), (5, 5, 5), (24, 24, 24, 24))
    path = tmp_path / "framed.jpg"
    picture.save(path, quality=70)
    assert_found(Image.open(path), area)
