"""Training pictures: the split, crops and their augmentation."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from styleswap.training.crops import LEAST_SIDE, Pictures, is_validation, recolour, smooth_some


def batch(count: int = 64, side: int = 32) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_the_split_is_by_the_name_of_the_file_alone() -> None:
    paths = [Path(f"a/{i}.jpg") for i in range(2000)]
    held = [is_validation(p) for p in paths]
    assert held == [is_validation(Path("b/c") / p.name) for p in paths]
    assert 0.03 < sum(held) / len(held) < 0.07


def test_splits_are_disjoint_and_whole(photos: Path) -> None:
    parts = [Pictures(photos, validation=v).pictures for v in (False, True)]
    assert [len(p) for p in parts] == [4, 2]
    seen = {picture.numpy().tobytes() for part in parts for picture in part}
    assert len(seen) == 6


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(ValueError, match=r"no training pictures in .*give a folder with JPEG"):
        Pictures(tmp_path)


def training_names(*endings: str) -> list[str]:
    """File names of the training split, one for each ending."""
    return [
        next(name for i in range(999) if not is_validation(Path(name := f"{i}{ending}")))
        for ending in endings
    ]


def test_bad_pictures_are_skipped_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Image.effect_noise((90, 80), 90).convert("RGB")
    good, short, damaged, empty, text, icon, half = training_names(
        "-good.png",
        "-short.jpg",
        "-damaged.png",
        "-empty.webp",
        "-text.jpeg",
        "-icon.png",
        "-half.webp",
    )
    whole.save(tmp_path / good)
    whole.save(tmp_path / short, quality=90)
    (tmp_path / short).write_bytes((tmp_path / short).read_bytes()[:2000])
    whole.save(tmp_path / damaged)
    held = bytearray((tmp_path / damaged).read_bytes())
    held[len(held) // 2 : len(held) // 2 + 40] = bytes(40)
    (tmp_path / damaged).write_bytes(held)
    (tmp_path / empty).touch()
    (tmp_path / text).write_text("this is no picture")
    whole.resize((LEAST_SIDE - 1, 400)).save(tmp_path / icon)
    whole.save(tmp_path / half)
    (tmp_path / half).write_bytes((tmp_path / half).read_bytes()[:1000])
    pictures = Pictures(tmp_path)
    assert len(pictures.pictures) == 1
    assert np.array_equal(pictures.pictures[0].numpy(), np.array(whole))
    assert {path.name for path in pictures.skipped} == {short, damaged, empty, text, icon, half}
    assert "63x400 px" in pictures.skipped[tmp_path / icon]
    (record,) = caplog.records
    told = record.getMessage()
    assert "6 of 7 pictures are skipped" in told
    assert all(name in told for name in (short, damaged, empty, text, icon, half))
    (tmp_path / good).unlink()
    with pytest.raises(ValueError, match=f"none of the 6 pictures .* can be used: .*{icon}"):
        Pictures(tmp_path)


def test_every_kind_of_picture_becomes_rgb(tmp_path: Path) -> None:
    """Gray, 16 bits, CMYK, palette, alpha, several frames: each of one known colour."""
    size = (70, 70)
    names = training_names(
        "-gray.jpg",
        "-deep.png",
        "-cmyk.jpg",
        "-palette.png",
        "-alpha.png",
        "-animated.png",
        "-animated.webp",
        "-exposures.jpg",
    )
    gray, deep, cmyk, palette, alpha, animated, webp, exposures = (tmp_path / n for n in names)
    Image.new("L", size, 77).save(gray)
    Image.fromarray(np.full(size, 77 * 257, np.uint16)).save(deep)
    Image.new("CMYK", size, (255, 0, 0, 51)).save(cmyk, quality=100)
    Image.new("P", size, 3).save(palette)
    Image.new("RGBA", size, (10, 20, 30, 0)).save(alpha)
    frames = [Image.new("RGB", size, colour) for colour in ((200, 100, 50), (0, 0, 0))]
    frames[0].save(animated, save_all=True, append_images=frames[1:])
    frames[0].save(webp, save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save(exposures, "MPO", save_all=True, append_images=frames[1:], quality=100)
    with Image.open(palette) as file:
        entry = file.convert("RGB").getpixel((0, 0))
    pictures = Pictures(tmp_path)
    assert not pictures.skipped
    found = dict(zip(sorted(names), (p[35, 35].tolist() for p in pictures.pictures), strict=True))
    wanted = {
        gray: (77, 77, 77),
        deep: (77, 77, 77),
        cmyk: (0, 204, 204),
        palette: entry,
        alpha: (255, 255, 255),
        animated: (200, 100, 50),
        webp: (200, 100, 50),
        exposures: (200, 100, 50),
    }
    for path, colour in wanted.items():
        assert found[path.name] == pytest.approx(colour, abs=3), path.name


def test_a_crop_at_its_own_size_is_a_part_of_a_picture(photos: Path) -> None:
    pictures = Pictures(photos)
    for crop in pictures.batch(8, 24, np.random.default_rng(0), (1, 1)):
        bytes_ = (crop * 255).round().byte().permute(1, 2, 0).numpy()
        found = False
        for picture in pictures.pictures:
            whole = np.lib.stride_tricks.sliding_window_view(picture.numpy(), (24, 24, 3))
            for wanted in (bytes_, bytes_[:, ::-1]):
                places = (whole[:, :, 0, 0, 0] == wanted[0, 0]).all(2)
                found |= any((whole[y, x, 0] == wanted).all() for y, x in np.argwhere(places))
        assert found


@pytest.mark.parametrize("factor", [0.4, 0.8, 1.7, 3.0])
def test_crops_are_resampled_as_pillow_does(tmp_path: Path, photos: Path, factor: float) -> None:
    """The whole of a square picture, so that the place of the window is known."""
    name = next(p.name for p in photos.iterdir() if not is_validation(p))
    random = np.random.default_rng(4)
    square = random.integers(90, 166, (90, 90, 3), dtype=np.uint8)
    Image.fromarray(square).resize((90, 90)).save(tmp_path / name)
    side = round(90 * factor)
    crops = Pictures(tmp_path).batch(4, side, random, (factor / 9, factor / 9)) * 255
    wanted = Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC)
    plain = torch.from_numpy(np.array(wanted)).permute(2, 0, 1).float()
    for crop in crops:
        off = min(float((crop - x).abs().max()) for x in (plain, plain.flip(2)))
        assert off <= 2  # Pillow rounds between the two axes, and clips there


@pytest.mark.parametrize("zoom", [(0.5, 3.0), (0.01, 0.02), (8.0, 9.0)])
def test_crops_have_the_wished_size_at_any_zoom(photos: Path, zoom: tuple[float, float]) -> None:
    crops = Pictures(photos).batch(6, 40, np.random.default_rng(0), zoom)
    assert crops.shape == (6, 3, 40, 40)
    assert crops.dtype == torch.float32
    assert 0 <= float(crops.min()) < float(crops.max()) <= 1
    assert len({c.numpy().tobytes() for c in crops}) == 6


def test_enlarging_shows_a_part_reducing_the_whole(tmp_path: Path, photos: Path) -> None:
    """A ramp from black to white tells how much of it a crop sees."""
    name = next(p.name for p in photos.iterdir() if not is_validation(p))
    ramp = np.linspace(0, 255, 200, dtype=np.uint8)
    Image.fromarray(np.repeat(np.tile(ramp, (200, 1))[..., None], 3, 2)).save(tmp_path / name)
    pictures = Pictures(tmp_path)
    for zoom, seen in ((4, 10 / 200), (1, 40 / 200), (0.4, 100 / 200)):
        crop = 255 * pictures.batch(1, 40, np.random.default_rng(1), (zoom, zoom))
        assert float(crop.max() - crop.min()) == pytest.approx(255 * seen, abs=6)


def test_recolouring_stays_in_range_and_leaves_its_share_alone() -> None:
    given = batch()
    changed = recolour(given, np.random.default_rng(0), 0.5)
    assert 0 <= float(changed.min()) < float(changed.max()) <= 1
    same = [torch.allclose(a, b, atol=1e-6) for a, b in zip(given, changed, strict=True)]
    assert 20 <= sum(same) <= 44
    untouched = recolour(given, np.random.default_rng(0), 0)
    torch.testing.assert_close(untouched, given)
    assert not any(
        torch.allclose(a, b, atol=1e-3)
        for a, b in zip(given, recolour(given, np.random.default_rng(0), 1), strict=True)
    )


def test_recolouring_mixes_channels_pixel_by_pixel() -> None:
    """One affine map of colours per picture: found by least squares, where nothing is clamped."""
    given = 0.4 + 0.2 * batch(16)
    changed = recolour(given, np.random.default_rng(3), 1)
    explained = 0
    for before, after in zip(given, changed, strict=True):
        if float(after.min()) > 0 and float(after.max()) < 1:
            x = torch.cat([before.flatten(1), torch.ones(1, 32 * 32)]).T
            solution = torch.linalg.lstsq(x, after.flatten(1).T).solution
            torch.testing.assert_close(x @ solution, after.flatten(1).T, rtol=0, atol=1e-4)
            explained += 1
    assert explained > 8


def test_some_pictures_are_smoothed() -> None:
    given = batch(200)
    changed = smooth_some(given, np.random.default_rng(0), 0.3)
    assert 0 <= float(changed.min()) < float(changed.max()) <= 1
    same = torch.tensor([torch.equal(a, b) for a, b in zip(given, changed, strict=True)])
    assert 120 <= int(same.sum()) <= 160
    smooth = changed[~same]
    assert float(smooth.diff(dim=3).abs().mean()) < 0.2 * float(given.diff(dim=3).abs().mean())
    flat = (smooth.amax((2, 3)) - smooth.amin((2, 3))).amax(1) == 0
    assert 0 < int(flat.sum()) < len(smooth)
    assert torch.equal(smooth_some(given, np.random.default_rng(0), 0), given)
