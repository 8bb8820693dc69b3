"""The style library through a real daemon."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap.client import Daemon, Refused, Style, UnknownStyle, connect


@pytest.fixture
def added(daemon: Daemon, noise: Any) -> Any:
    """A style of the user's, removed with the test."""
    style = daemon.styles.add(noise((40, 70, 3), seed=7), "Harbour").style
    yield style
    if style.id in {each.id for each in daemon.styles.list()}:
        daemon.styles.remove(style.id)


def test_gallery_comes_first(daemon: Daemon, added: Style) -> None:
    styles = daemon.styles.list()
    assert Style("builtin/woodcut", "Woodcut", 768, 768, True) in styles
    builtin = [style.builtin for style in styles]
    assert builtin == sorted(builtin, reverse=True)
    assert styles[-1] == added


def test_added_picture_paints_like_the_picture_itself(
    daemon: Daemon, added: Style, photo: Any, noise: Any
) -> None:
    assert added.id.startswith("sha256:")
    assert (added.name, added.width, added.height, added.builtin) == ("Harbour", 70, 40, False)
    sent_along = daemon.stylize(photo, noise((40, 70, 3), seed=7))
    for called in (added.id, "harbour", added):
        np.testing.assert_array_equal(daemon.stylize(photo, called), sent_along)


def test_same_pixels_are_the_same_style(
    daemon: Daemon, added: Style, tmp_path: Path, noise: Any
) -> None:
    path = tmp_path / "painting.png"
    Image.fromarray(noise((40, 70, 3), seed=7)).save(path)
    again = daemon.styles.add(path)
    assert again.existed
    assert again.style.id == added.id


def test_file_is_named_after_itself(daemon: Daemon, tmp_path: Path, noise: Any) -> None:
    path = tmp_path / "The Great Wave.tiff"
    Image.fromarray(noise((30, 40, 3), seed=8)).save(path)
    result = daemon.styles.add(str(path))
    try:
        assert not result.existed
        assert result.style.name == "The Great Wave"
    finally:
        daemon.styles.remove("The Great Wave")
    assert result.style not in daemon.styles.list()


def test_file_sent_along_paints_like_its_pixels(
    daemon: Daemon, photo: Any, style: Any, tmp_path: Path
) -> None:
    path = tmp_path / "painting.png"
    Image.fromarray(style).save(path)
    from_pixels = daemon.stylize(photo, style)
    for called in (path, str(path)):
        np.testing.assert_array_equal(daemon.stylize(photo, called), from_pixels)


def test_large_style_is_added(daemon: Daemon, big_picture: Any) -> None:
    result = daemon.styles.add(big_picture, "Large")
    daemon.styles.remove(result.style)
    assert (result.style.width, result.style.height) == (2000, 1500)


def test_rename(daemon: Daemon, added: Style) -> None:
    assert daemon.styles.rename("Harbour", "Port").name == "Port"
    with pytest.raises(UnknownStyle):
        daemon.styles.rename("Harbour", "Quay")
    assert daemon.styles.rename(added.id, "Harbour") == added


def test_builtin_styles_stay(daemon: Daemon) -> None:
    with pytest.raises(Refused, match="builtin/woodcut"):
        daemon.styles.rename("Woodcut", "Mine")
    with pytest.raises(Refused):
        daemon.styles.remove("builtin/woodcut")
    assert "builtin/woodcut" in {style.id for style in daemon.styles.list()}


def test_removing_what_is_not_there(daemon: Daemon) -> None:
    with pytest.raises(UnknownStyle):
        daemon.styles.remove("sha256:" + "0" * 64)


@pytest.mark.parametrize("size", [16, 64])
def test_thumbnail(daemon: Daemon, added: Style, size: int) -> None:
    with Image.open(io.BytesIO(daemon.styles.thumbnail("Harbour", size))) as picture:
        assert picture.format == "PNG"
        assert max(picture.size) == size
        assert picture.size[0] > picture.size[1]


def test_library_survives_a_restart(fresh_home: Path, noise: Any) -> None:
    with connect(home=fresh_home) as client:
        style = client.styles.add(noise((30, 40, 3), seed=9), "Kept").style
        assert client.shutdown(wait=20)
        assert style in client.styles.list()
