"""Previews against the painting that they announce, by the real daemon."""

import numpy as np
import pytest
from PIL import Image

from styleswap.client import Cancelled, CancelToken, InvalidRequest, Picture
from styleswap.editing import previews
from styleswap.editing.region import Rect

SIZE = (320, 240)
SETTINGS = {"scales": 2, "strength": 0.9}


def picture_of(array):
    height, width, channels = array.shape
    layout = {3: "rgb", 4: "rgba"}[channels]
    return Picture(width, height, layout, "uint8", False, array.tobytes())


def array_of(picture):
    channels = picture.format.channels
    values = np.frombuffer(bytes(picture.data), np.uint8)
    return values.reshape(picture.height, picture.width, channels).astype(int)


@pytest.fixture(scope="module")
def photo():
    """(240, 320, 3) uint8: a sun over soft hills."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    sun = np.hypot(x - 220, y - 60) < 40
    hills = y > 150 + 30 * np.sin(x / 40)
    picture = np.stack([90 + y / 3, 120 + x / 6, 220 - y / 2], axis=-1)
    picture[hills] = [60, 110, 40]
    picture[sun] = [250, 220, 90]
    noise = np.random.default_rng(2).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def style():
    """(96, 96, 3) uint8: blurred noise in warm colours."""
    noise = np.random.default_rng(3).random((12, 12, 3)) * [255, 160, 90]
    return picture_of(np.asarray(Image.fromarray(noise.astype(np.uint8)).resize((96, 96))))


@pytest.fixture(scope="module")
def painting(daemon, photo, style):
    """The whole painting, its coarse pass, and its report."""
    coarse = []
    result = daemon.paint(picture_of(photo), style, preview=coarse.append, **SETTINGS)
    return result, coarse[0]


def test_the_coarse_preview_is_the_first_pass_of_the_painting(daemon, photo, style, painting):
    preview = previews.coarse(daemon, picture_of(photo), SIZE, style, SETTINGS)
    np.testing.assert_array_equal(array_of(preview.picture), array_of(painting[1]))


OPTIMISED = [
    {"method": "optimise", "iterations": 20},
    {"refine": 20},
    {"refine": 20, "scales": 2},
]


@pytest.mark.parametrize("settings", OPTIMISED, ids="-".join)
def test_an_optimisation_is_seen_on_its_way(daemon, photo, style, settings):
    seen = []
    small = Image.fromarray(photo).resize((96, 72))
    picture = picture_of(np.asarray(small))
    preview = previews.coarse(daemon, picture, small.size, style, settings, on_the_way=seen.append)
    assert len(seen) > 3
    assert all(each.seconds_whole is None and not each.notices for each in seen)
    assert preview.seconds_whole > 0
    end = array_of(preview.picture)
    away = [np.abs(array_of(each.picture) - end).mean() for each in seen]
    assert away == sorted(away, reverse=True)
    assert len(set(away)) > 3


def test_nothing_is_seen_on_the_way_of_other_methods(daemon, photo, style):
    seen = []
    previews.coarse(daemon, picture_of(photo), SIZE, style, SETTINGS, on_the_way=seen.append)
    assert not seen


def test_a_reduced_copy_is_enough_for_it(daemon, photo, style, painting):
    small = np.asarray(Image.fromarray(photo).resize((200, 150), Image.Resampling.BOX))
    preview = previews.coarse(daemon, picture_of(small), SIZE, style, SETTINGS)
    expected = array_of(painting[1])
    found = array_of(preview.picture)
    assert found.shape == expected.shape
    unpainted = np.asarray(Image.fromarray(photo).resize(found.shape[1::-1]), int)
    assert np.abs(found - expected).mean() < 0.25 * np.abs(unpainted - expected).mean()


def test_a_crop_is_a_part_of_the_painting(daemon, photo, style, painting):
    region = Rect(130, 20, 100, 80)
    preview = previews.crop(daemon, picture_of(photo), region, style, SETTINGS)
    whole = array_of(painting[0].picture)
    expected = whole[region.y : region.bottom, region.x : region.right]
    found = array_of(preview.picture)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1


def test_transparency_comes_along(daemon, photo, style):
    alpha = np.linspace(0, 255, photo[..., :1].size).reshape(*photo.shape[:2], 1).astype(np.uint8)
    picture = picture_of(np.concatenate([photo, alpha], axis=-1))
    preview = previews.crop(daemon, picture, Rect(10, 20, 64, 48), style, SETTINGS)
    np.testing.assert_array_equal(array_of(preview.picture)[..., 3:], alpha[20:68, 10:74])


def test_the_time_of_the_whole_is_estimated(daemon, photo, style, painting):
    """A guess from less work; a busy machine makes it rough."""
    taken = painting[0].report.whole_seconds
    assert taken > 0
    coarse = previews.coarse(daemon, picture_of(photo), SIZE, style, SETTINGS)
    crop = previews.crop(daemon, picture_of(photo), Rect(0, 0, 160, 120), style, SETTINGS)
    for preview in (coarse, crop):
        assert taken / 8 < preview.seconds_whole < taken * 8


def test_notices_are_handed_on(daemon, photo, style):
    tiny = np.asarray(Image.fromarray(photo).resize((40, 30)))
    preview = previews.coarse(daemon, picture_of(tiny), SIZE, style, SETTINGS)
    assert preview.notices
    whole = previews.coarse(daemon, picture_of(photo), SIZE, style, SETTINGS)
    assert not whole.notices


def test_a_region_outside_is_refused(daemon, photo, style):
    with pytest.raises(InvalidRequest):
        previews.crop(daemon, picture_of(photo), Rect(300, 0, 100, 100), style, SETTINGS)


@pytest.mark.parametrize("kind", ["coarse", "crop"])
def test_previews_can_be_cancelled(daemon, photo, style, kind):
    token = CancelToken()
    token.set()
    make, where = {
        "coarse": (previews.coarse, SIZE),
        "crop": (previews.crop, Rect(0, 0, 9, 9)),
    }[kind]
    with pytest.raises(Cancelled):
        make(daemon, picture_of(photo), where, style, SETTINGS, token)
