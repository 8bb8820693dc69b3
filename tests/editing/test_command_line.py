"""Lines for a terminal, read back by the command's own parser."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from styleswap.cli import main
from styleswap.cli.flags import given_settings
from styleswap.cli.parser import build_parser
from styleswap.client import Daemon, Picture, Style
from styleswap.editing.command_line import as_command
from styleswap.editing.second_style import Second
from styleswap.v1.controls import CONTROLS

OTHER = {
    "method": "optimise",
    "strength": 0.35,
    "style_scale": 2.0,
    "colours": "luminance",
    "scales": 2,
    "patch_size": 5,
    "patch_stride": 2,
    "matching": "plain",
    "overlap": "average",
    "style_flips": True,
    "style_rotations": True,
    "style_border": "keep",
    "variety": 0.85,
    "style_statistics": 0.35,
    "tones": "own",
    "detail": 0.65,
    "tile_limit": 512,
    "model": "vgg19",
    "refine": 20,
    "iterations": 30,
    "smoothness": 0.07,
    "start": "noise",
    "tone": 0.3,
    "hue": 0.6,
    "objective": "gram",
    "content_weight": 0.3,
    "octaves": 2,
    "descent": "pixels",
}
"""One that is not the default of every control that has another one."""


def read(line: str) -> tuple[list[str], dict[str, object]]:
    program, *words = shlex.split(line)
    assert program == "styleswap"
    arguments = build_parser().parse_args(words)
    return arguments.pictures, given_settings(arguments)


def test_every_control_comes_back_as_it_was() -> None:
    assert OTHER.keys() | {"transform"} == {c.name for c in CONTROLS if len(c.choices) != 1}
    _pictures, settings = read(as_command("a.kra", "builtin/woodcut", OTHER))
    usual = {control.name: control.default for control in CONTROLS}
    idle = {"refine", "tone", "tones", "hue"}  # by the method and the matching
    assert idle == OTHER.keys() - settings.keys()
    assert {**usual, **settings} == {**usual, **OTHER, **{name: usual[name] for name in idle}}
    guided = {**OTHER, "method": "feed-forward", "matching": "centred"}
    _pictures, settings = read(as_command("a.kra", "builtin/woodcut", guided))
    assert idle | {"smoothness"} <= settings.keys()
    assert all(settings[name] == guided[name] for name in settings)
    assert {"iterations", "start"} == guided.keys() - settings.keys() - {"method", "matching"}
    # Without patches, what is of them is left out.
    _pictures, settings = read(
        as_command("a.kra", "builtin/woodcut", {**OTHER, "transform": "transport"})
    )
    assert settings["transform"] == "transport"
    of_patches = {"patch_size", "patch_stride", "matching", "overlap", "variety", "detail"}
    assert OTHER.keys() - settings.keys() == of_patches | idle | {"style_statistics"}


def test_defaults_are_left_out() -> None:
    usual = {control.name: control.default for control in CONTROLS}
    line = as_command("photo.png", "builtin/mosaic", usual)
    assert line == "styleswap stylize photo.png builtin/mosaic --output painted.png"


@pytest.mark.parametrize("path", ["with space.png", "it's.png", "a;b.png", "$HOME.png", "ü.png"])
def test_names_of_files_survive_the_shell(path: str) -> None:
    pictures, _settings = read(as_command(path, path, {}))
    assert pictures == [path, path]


def test_a_picture_without_a_file_has_a_name_to_replace() -> None:
    pictures, _settings = read(as_command("", "builtin/mosaic", {}))
    assert pictures == ["picture.png", "builtin/mosaic"]


def test_a_second_style_is_mixed_in() -> None:
    line = as_command("a.kra", "builtin/woodcut", {}, Second("my painting.png", 30))
    arguments = build_parser().parse_args(shlex.split(line)[1:])
    assert arguments.pictures == ["a.kra", "builtin/woodcut"]
    assert arguments.mix == [["my painting.png", "30"]]
    assert arguments.weight == 70


NAMES = {
    "My waves": "'My waves'",
    "it's $5, or more": """'it'"'"'s $5, or more'""",
    "St. Ives": "'St. Ives'",
    # The name of a file that there is, of a built-in style, of an option, an id and a folder.
    "wall.png": None,
    "mosaic": None,
    "--help": None,
    "builtin/wall": None,
    "walls/wall": None,
}


@pytest.mark.parametrize(
    ("name", "second"), [*((name, False) for name in NAMES), ("My waves", True)]
)
def test_own_styles_are_called_by_name_where_that_is_understood(
    daemon: Daemon,
    daemon_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    second: bool,
) -> None:
    monkeypatch.setenv("STYLESWAP_HOME", str(daemon_home))
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(3).integers(0, 255, (3, 32, 40, 3), np.uint8)
    for file, pixels in zip(("photo.png", "wall.png"), values, strict=False):
        Image.fromarray(pixels).save(file)
    picture = Picture(40, 32, "rgb", "uint8", False, values[2].tobytes())
    style = daemon.styles.add(picture, name).style
    try:
        mixed = Second(style.id, 40) if second else None
        of = "builtin/woodcut" if second else style.id
        line = as_command("photo.png", of, {}, mixed, daemon.styles.list())
        word = NAMES[name] or style.id
        how = f"builtin/woodcut --weight 60 --mix {word} 40" if second else word
        assert line == f"styleswap stylize photo.png {how} --output painted.png"
        assert main(shlex.split(line)[1:]) == 0
        with_id = line.replace(word, style.id).replace("painted.png", "expected.png")
        assert main(shlex.split(with_id)[1:]) == 0
    finally:
        daemon.styles.remove(style)
    assert Path("painted.png").read_bytes() == Path("expected.png").read_bytes()


def test_one_of_two_of_the_same_name_is_called_by_its_id() -> None:
    library = [
        Style(f"sha256:{digit * 64}", name, 9, 9, False)
        for digit, name in (("1", "Waves"), ("2", "waves"), ("3", "Waves and more"))
    ]
    words = [shlex.split(as_command("a.png", each.id, {}, None, library))[3] for each in library]
    assert words == [library[0].id, library[1].id, "Waves and more"]


def test_a_style_that_is_gone_keeps_its_id() -> None:
    gone = "sha256:" + 64 * "4"
    assert shlex.split(as_command("a.png", gone, {}))[3] == gone
