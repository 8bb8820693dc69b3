"""Contact sheets: every picture whole and in its place."""

from pathlib import Path

import pytest
from PIL import Image

from styleswap.training.judging.sheet import BAND, GAP, Labelled, check_target, labelled_sheet

SIZE = (40, 30)


def test_pictures_stand_in_rows_above_their_labels() -> None:
    wide, tall = Image.new("RGB", (80, 40), "red"), Image.new("RGB", (20, 40), "blue")
    sheet = labelled_sheet([[Labelled("none"), Labelled("a", wide)], [Labelled("b", tall)]], SIZE)
    step = SIZE[0] + GAP, SIZE[1] + BAND + GAP
    assert sheet.size == (2 * step[0] - GAP, 2 * step[1] - GAP)
    assert sheet.getpixel((step[0] + 20, 15)) == (255, 0, 0)
    assert sheet.getpixel((step[0] + 20, 2)) == (255, 255, 255)  # not cut: fitted into its place
    assert sheet.getpixel((20, step[1] + 15)) == (0, 0, 255)
    assert sheet.getpixel((20, 15)) == (255, 255, 255)
    labels = [sheet.crop((x, SIZE[1], x + SIZE[0], SIZE[1] + BAND)) for x in (0, step[0])]
    assert all(min(label.convert("L").getextrema()) < 100 for label in labels)
    assert labels[0].tobytes() != labels[1].tobytes()


def test_targets_are_checked_before_the_work(tmp_path: Path) -> None:
    check_target(tmp_path / "sheet.webp")
    with pytest.raises(ValueError, match=r"sheet\.tiff.*\.png"):
        check_target(tmp_path / "sheet.tiff")
    with pytest.raises(ValueError, match="does not exist"):
        check_target(tmp_path / "none" / "sheet.png")
