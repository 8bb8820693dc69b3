"""What was painted before, as the next pass and the next frame take it."""

import pytest
import torch
import torch.nn.functional as F

from styleswap.engine.levels.carry import Carry
from styleswap.engine.tiles import Span, Tile

from .conftest import Picture

AREAS = [
    Tile(Span(0, 40), Span(0, 60)),
    Tile(Span(7, 20), Span(31, 32)),
    # A picture whose sides are no multiples of cells ends before its last cells.
    Tile(Span(30, 48), Span(50, 64)),
]


@pytest.mark.parametrize("area", AREAS, ids=str)
def test_the_next_pass_takes_it_enlarged(picture: Picture, area: Tile) -> None:
    before = picture(20, 30, 1).half()
    padded = F.pad(before.float()[None], (8, 8, 8, 8), mode="replicate")
    whole = F.interpolate(padded, scale_factor=2.0, mode="bilinear")[..., 16:, 16:]
    wanted = whole[(..., *area.place)]
    torch.testing.assert_close(Carry(before).pixels(area), wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("area", AREAS, ids=str)
def test_the_next_frame_takes_it_as_it_is(picture: Picture, area: Tile) -> None:
    before = picture(40, 60, 1).half()
    whole = F.pad(before.float()[None], (0, 8, 0, 8), mode="replicate")
    assert torch.equal(Carry(before, factor=1).pixels(area), whole[(..., *area.place)])
