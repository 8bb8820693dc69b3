"""What a style may be called by."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from styleswap.client import InvalidPicture, Style, UnknownStyle
from styleswap.client.style_choice import (
    FileStyle,
    LibraryStyle,
    PixelStyle,
    choose_id,
    choose_style,
    style_of,
)

SHA = "sha256:" + "0" * 64
LIBRARY = [
    Style("builtin/woodcut", "Woodcut", 768, 768, True),
    Style("builtin/mosaic", "Mosaic", 768, 768, True),
    Style(SHA, "Harbour", 10, 10, False),
    Style(SHA.replace("0", "1"), "harbour", 10, 10, False),
    Style(SHA.replace("0", "2"), "Moss", 10, 10, False),
    Style(SHA.replace("0", "3"), "Moss on stone", 10, 10, False),
    Style(SHA.replace("0", "4"), "Straße bei Nacht", 10, 10, False),
]


class Library:
    """Counts how often it is listed."""

    def __init__(self) -> None:
        self.listed = 0

    async def __call__(self) -> list[Style]:
        self.listed += 1
        return LIBRARY


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.mark.parametrize("text", ["builtin/woodcut", "builtin/to-come", SHA])
async def test_ids_are_taken_at_their_word(library: Library, text: str) -> None:
    assert await choose_style(text, library) == LibraryStyle(text)
    assert library.listed == 0


async def test_style_of_a_listing(library: Library) -> None:
    assert await choose_style(LIBRARY[1], library) == LibraryStyle("builtin/mosaic")


@pytest.mark.parametrize("text", ["Woodcut", "woodcut", "WOODCUT"])
async def test_unique_name(library: Library, text: str) -> None:
    assert await choose_style(text, library) == LibraryStyle("builtin/woodcut")
    assert library.listed == 1


async def test_name_of_two_styles(library: Library) -> None:
    with pytest.raises(UnknownStyle, match="2 styles are called 'Harbour'") as caught:
        await choose_style("Harbour", library)
    assert caught.value.suggestions == (LIBRARY[2].id, LIBRARY[3].id)
    assert caught.value.reason == "STYLE_AMBIGUOUS"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wood", "builtin/woodcut"),
        ("MOSA", "builtin/mosaic"),
        ("moss", LIBRARY[4].id),  # a whole name goes before one that only begins so
        ("Moss on", LIBRARY[5].id),
        ("STRASSE", LIBRARY[6].id),
    ],
)
async def test_beginning_of_one_name(library: Library, text: str, meant: str) -> None:
    assert await choose_style(text, library) == LibraryStyle(meant)
    assert await choose_id(text, library) == meant
    assert style_of(text, LIBRARY).id == meant


async def test_what_cannot_be_undone_wants_a_whole_name(library: Library) -> None:
    for choose in (choose_style, choose_id):
        with pytest.raises(UnknownStyle, match="There is no style 'wood'"):
            await choose("wood", library, whole=True)
    with pytest.raises(UnknownStyle, match="There is no style 'wood'"):
        style_of("wood", LIBRARY, whole=True)
    assert await choose_id("Woodcut", library, whole=True) == "builtin/woodcut"


@pytest.mark.parametrize(("text", "count"), [("mos", 3), ("Harb", 2)])
async def test_beginning_of_several_names(library: Library, text: str, count: int) -> None:
    with pytest.raises(UnknownStyle, match=f"names of {count} styles begin with '{text}'") as told:
        await choose_style(text, library)
    begun = [style for style in LIBRARY if style.name.lower().startswith(text.lower())]
    assert told.value.suggestions == tuple(style.id for style in begun)
    assert told.value.reason == "STYLE_AMBIGUOUS"
    assert all(f"{style.name} ({style.id})" in str(told.value) for style in begun)


@pytest.mark.parametrize("text", ["", " ", "cut", "oodcut"])
async def test_what_no_name_begins_with(library: Library, text: str) -> None:
    with pytest.raises(UnknownStyle, match=f"There is no style '{text}'"):
        await choose_style(text, library)


@pytest.mark.parametrize("text", ["woodcutt", "builtin-woodcut", "Wood cut"])
async def test_misspelt_name_names_the_nearest(library: Library, text: str) -> None:
    with pytest.raises(UnknownStyle, match=r"Did you mean builtin/woodcut") as caught:
        await choose_style(text, library)
    assert caught.value.suggestions[0] == "builtin/woodcut"


async def test_name_like_no_other(library: Library) -> None:
    with pytest.raises(UnknownStyle, match="styles list") as caught:
        await choose_style("xyz", library)
    assert caught.value.suggestions == ()


async def test_path_of_a_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "painting.jpg"
    path.touch()
    assert await choose_style(path, library) == FileStyle(path)
    assert await choose_style(str(path), library) == FileStyle(path)
    assert library.listed == 0


async def test_name_goes_before_a_file_without_suffix(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Woodcut").touch()
    for name in ("Birch", "Wood"):
        (tmp_path / name).touch()
    assert await choose_style("Woodcut", library) == LibraryStyle("builtin/woodcut")
    assert await choose_style("Birch", library) == FileStyle(Path("Birch"))
    assert await choose_style("Wood", library) == FileStyle(Path("Wood"))


async def test_missing_file(library: Library, tmp_path: Path) -> None:
    with pytest.raises(UnknownStyle, match=r"There is no file .*gone\.png"):
        await choose_style(str(tmp_path / "gone.png"), library)


async def test_pixels(library: Library, style: Any) -> None:
    choice = await choose_style(style, library)
    assert isinstance(choice, PixelStyle)
    assert choice.opened.picture.data == style.tobytes()


async def test_pixels_that_cannot_be_painted(library: Library) -> None:
    with pytest.raises(InvalidPicture, match="The style is an array of int64") as caught:
        await choose_style(np.zeros((9, 9), np.int64), library)
    assert caught.value.field == "style"


@pytest.mark.parametrize("thing", [None, 7, b"builtin/woodcut"])
async def test_other_things(library: Library, thing: object) -> None:
    with pytest.raises(UnknownStyle, match="give an id or name"):
        await choose_style(thing, library)


async def test_library_s_own_calls_take_no_pictures(
    library: Library, tmp_path: Path, style: Any
) -> None:
    path = tmp_path / "painting.jpg"
    path.touch()
    assert await choose_id("Mosaic", library) == "builtin/mosaic"
    for picture in (str(path), style):
        with pytest.raises(UnknownStyle, match="not a style of the library"):
            await choose_id(picture, library)
