"""What the GIMP filter may import, and what of it GIMP loads before its menu entry appears."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

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
    assert seen == {"style-swap", "style_filter", "gimpfu_compat", "errors"}


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
