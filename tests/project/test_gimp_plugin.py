"""What the GIMP filter may import, and what of it GIMP loads before its menu entry appears."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from styleswap.v1.controls import CONTROLS

from .imports import imported, roots, tree

PLUGIN = Path(__file__).parents[2] / "plugins" / "gimp"
MODULES = sorted(PLUGIN.rglob("*.py"))
OWN = {path.stem for path in PLUGIN.glob("*.py")} | {
    path.parent.name for path in PLUGIN.glob("*/__init__.py")
}


def at_import(body: list[ast.stmt], guarded: bool = False) -> Iterator[tuple[str, bool]]:
    """The modules that are loaded with a module, and whether an exception is caught there."""
    for node in body:
        if isinstance(node, ast.Try):
            yield from at_import(node.body, True)
        yield from ((name, guarded) for name in roots(node))


def test_only_the_editor_the_standard_library_and_the_client() -> None:
    allowed = {"gi", "styleswap_vendor"} | OWN | sys.stdlib_module_names
    assert {path for path in MODULES if not imported(path) <= allowed} == set()


def test_a_broken_copy_of_the_client_cannot_hide_the_menu_entry() -> None:
    seen: set[str] = set()
    waiting = ["style-swap"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for loaded, guarded in at_import(tree(PLUGIN / f"{name}.py").body):
            if loaded in OWN:
                waiting += [loaded] if loaded not in seen else []
            else:
                alone = loaded in sys.stdlib_module_names or loaded == "gi"
                assert alone or (loaded == "styleswap_vendor" and guarded), (name, loaded)
    assert seen == {"style-swap", "style_filter", "argument_order", "gimpfu_compat", "errors"}


# As scripts count them, behind run-mode, image, drawables, style, style-drawable and output. The
# arguments of controls that come later stand behind style-2-share: add them at the end of LATER.
FIRST = [
    "method",
    "strength",
    "style_scale",
    "colours",
    "scales",
    "patch_size",
    "patch_stride",
    "matching",
    "overlap",
    "style_flips",
    "style_rotations",
    "tile_limit",
    "model",
    "refine",
    "iterations",
    "smoothness",
    "start",
    "tone",
    "hue",
]
LATER = [
    "transform",
    "guide",
    "objective",
    "style_border",
    "variety",
    "style_statistics",
    "tones",
    "detail",
    "content_weight",
    "octaves",
    "descent",
]


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("argument_order").split


def test_arguments_of_controls_keep_their_places(split: Callable[..., Any]) -> None:
    first, later = split(CONTROLS)
    assert [control.name for control in first] == FIRST
    assert [control.name for control in later] == LATER


def test_an_argument_of_a_new_control_goes_behind_all_others(split: Callable[..., Any]) -> None:
    number = max(control.field_number for control in CONTROLS) + 1
    new = [
        replace(CONTROLS[0], name=f"new_{each}", field_number=number + each) for each in range(2)
    ]
    # Wherever the dialog shows them.
    first, later = split([new[1], *CONTROLS[:4], new[0], *CONTROLS[4:]])
    assert [control.name for control in first] == FIRST
    assert [control.name for control in later] == [*LATER, "new_0", "new_1"]


def test_gimp_starts_it_as_a_program() -> None:
    entry = PLUGIN / "style-swap.py"
    assert entry.stat().st_mode & 0o111
    assert entry.read_text().startswith("#!/usr/bin/env python3\n")


def test_only_one_module_deals_with_procedures() -> None:
    plumbing = {"ImageProcedure", "PDBStatusType", "PDBProcType", "RunMode", "ParamFlags"}
    users = {
        path.name
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in plumbing
    }
    assert users == {"gimpfu_compat.py"}
