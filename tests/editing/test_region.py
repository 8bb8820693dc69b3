import pytest
from hypothesis import given
from hypothesis import strategies as st

from styleswap.editing.region import Rect, with_context

numbers = st.integers(-50, 50)
sides = st.integers(0, 40)
rects = st.builds(Rect, numbers, numbers, sides, sides)


def pixels(rect):
    """The rectangle as the set of its pixels."""
    return {
        (x, y)
        for x in range(rect.x, rect.x + rect.width)
        for y in range(rect.y, rect.y + rect.height)
    }


@given(rects, rects)
def test_intersection_holds_the_pixels_of_both(one, other):
    assert pixels(one.intersect(other)) == pixels(one) & pixels(other)
    assert bool(one.intersect(other)) == bool(pixels(one) & pixels(other))


@given(rects, st.integers(0, 20), rects)
def test_grown_holds_every_pixel_within_the_margin(rect, margin, within):
    near = {
        (x + right, y + down)
        for x, y in pixels(Rect(rect.x, rect.y, min(rect.width, 1), min(rect.height, 1)))
        for right in range(-margin, rect.width + margin)
        for down in range(-margin, rect.height + margin)
    }
    assert pixels(rect.grown(margin, within)) == near & pixels(within)


@given(rects, rects)
def test_relative_coordinates_count_from_the_other_corner(rect, other):
    moved = rect.relative_to(other)
    assert {(x + other.x, y + other.y) for x, y in pixels(moved)} == pixels(rect)


@pytest.mark.parametrize("sides", [(-1, 5), (5, -1)])
def test_a_side_cannot_be_negative(sides):
    with pytest.raises(ValueError, match="cannot be"):
        Rect(0, 0, *sides)


LAYER = Rect(0, 0, 10_000, 8_000)


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        # A quarter of the longer side.
        (Rect(4000, 4000, 1000, 400), Rect(3750, 3750, 1500, 900)),
        # At least 64 pixels, at most 512.
        (Rect(4000, 4000, 10, 20), Rect(3936, 3936, 138, 148)),
        (Rect(3000, 3000, 3000, 100), Rect(2488, 2488, 4024, 1124)),
        # Cut at the layer.
        (Rect(0, 7990, 10, 10), Rect(0, 7926, 74, 74)),
        (LAYER, LAYER),
        # What the selection has outside of the layer does not count.
        (Rect(-500, -500, 510, 510), Rect(0, 0, 74, 74)),
    ],
)
def test_context_around_a_selection(kept, sent):
    assert with_context(kept, LAYER) == sent


def test_no_context_where_the_selection_misses_the_layer():
    assert not with_context(Rect(-100, 0, 50, 50), LAYER)
    assert not with_context(Rect(10, 10, 0, 0), LAYER)


def test_layer_with_an_offset():
    layer = Rect(300, -200, 100, 100)
    assert with_context(Rect(350, -150, 1, 1), layer) == layer
