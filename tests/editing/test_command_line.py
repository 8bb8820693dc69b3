"""Lines for a terminal, read back by the command's own parser."""

import shlex

import pytest

from styleswap.cli.flags import given_settings
from styleswap.cli.parser import build_parser
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
    "tile_limit": 512,
    "model": "vgg19",
    "refine": 20,
    "iterations": 30,
    "smoothness": 0.07,
    "start": "noise",
    "tone": 0.3,
    "hue": 0.6,
}


def read(line: str) -> tuple[list[str], dict[str, object]]:
    program, *words = shlex.split(line)
    assert program == "styleswap"
    arguments = build_parser().parse_args(words)
    return arguments.pictures, given_settings(arguments)


def test_every_control_comes_back_as_it_was() -> None:
    assert OTHER.keys() == {control.name for control in CONTROLS}
    _pictures, settings = read(as_command("a.kra", "builtin/woodcut", OTHER))
    usual = {control.name: control.default for control in CONTROLS}
    assert {**usual, **settings} == OTHER


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
