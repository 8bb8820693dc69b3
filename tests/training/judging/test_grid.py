"""The grid's pictures are there, the same every time, and differ."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from styleswap import gallery
from styleswap.training.judging.grid import (
    FACES,
    FROZEN,
    GRIDS,
    HASHES,
    PHOTOS,
    STYLES,
    contents_of,
    photo_path,
    read_picture,
    sample,
    styles_of,
)

FILES = {style.id.removeprefix(gallery.PREFIX): style.path for style in gallery.styles()}


def test_the_whole_grid_comes_with_the_program_and_scikit_image() -> None:
    full = GRIDS["full"]
    assert len(full.contents) == 6
    assert len(full.styles) == 8
    assert set(GRIDS["small"].contents) <= set(full.contents)
    assert set(GRIDS["small"].styles) <= set(full.styles)
    contents = contents_of(full.contents, 64)
    styles = styles_of(full.styles, 64, FILES)
    assert [s.name for s in contents] == list(PHOTOS)
    assert [s.name for s in styles] == list(STYLES)
    assert len({s.pixels.mean().item() for s in contents + styles}) == 14
    for subject in contents + styles:
        height, width = subject.pixels.shape[2:]
        assert max(height, width) == 64
        assert height % 4 == width % 4 == 0
        assert 0 <= float(subject.pixels.min()) < float(subject.pixels.max()) <= 1


def test_photos_are_scikit_images() -> None:
    from skimage import data

    for name in ("astronaut", "chelsea", "coffee", "rocket", "brick"):
        with Image.open(photo_path(name)) as file:
            assert np.array_equal(np.array(file), getattr(data, name)())


def test_the_photos_are_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hashes that scikit-image's own registry has for them too."""
    from skimage.data._registry import registry

    assert {name: registry[f"data/{file}"] for name, file in PHOTOS.items()} == HASHES
    monkeypatch.setitem(HASHES, "rocket", HASHES["brick"])
    with pytest.raises(ValueError, match=r"rocket\.jpg is missing or not the judge's photo"):
        photo_path("rocket")


def test_the_styles_are_fixed_whatever_the_gallery_holds() -> None:
    """SHA-256 of all eight files, one after the other: a new one moves all figures."""
    digest = hashlib.sha256()
    for name in STYLES:
        digest.update(FROZEN[name].read_bytes())
    assert digest.hexdigest() == "4816787f9019403338c8a9dcfd9620c7a5b0d676384495ad2c389081d8618123"
    redrawn = {"woodcut": FILES["halftone"], "halftone": FILES["halftone"]}
    woodcut, halftone = styles_of(["woodcut", "halftone"], 64, redrawn)
    assert torch.equal(woodcut.pixels, read_picture(FROZEN["woodcut"], 64))
    assert torch.equal(halftone.pixels, read_picture(FILES["halftone"], 64))


def test_faces_are_inside_of_their_photos(tmp_path: Path) -> None:
    astronaut, rocket = contents_of(["astronaut", "rocket"], 64)
    assert astronaut.face == FACES["astronaut"]
    assert rocket.face is None
    for left, top, right, bottom in FACES.values():
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    Image.new("RGB", (64, 64)).save(tmp_path / "astronaut.png")
    (mine,) = contents_of([str(tmp_path / "astronaut.png")], 64)
    assert mine.face is None


def test_a_gray_photo_is_gray_in_all_channels() -> None:
    brick = sample("brick", 64)
    assert torch.equal(brick[:, 0], brick[:, 1])
    assert torch.equal(brick[:, 0], brick[:, 2])


def test_files_stand_in_for_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    Image.new("RGB", (100, 50), (51, 102, 204)).save(path)
    for subjects in (contents_of([str(path)], 48), styles_of([str(path)], 48, FILES)):
        assert subjects[0].name == "mine"
        assert subjects[0].pixels.shape == (1, 3, 24, 48)
        assert subjects[0].pixels[0, :, 0, 0].tolist() == pytest.approx([0.2, 0.4, 0.8])


def test_what_is_not_there_is_told_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no photo 'nobody'.*astronaut, chelsea"):
        contents_of(["nobody"], 64)
    with pytest.raises(ValueError, match=r"no style 'woodcutter'.*windswept, woodcut"):
        styles_of(["woodcutter"], 64, FILES)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo_path("rocket").read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"broken\.jpg is no readable picture"):
        read_picture(broken, 64)
