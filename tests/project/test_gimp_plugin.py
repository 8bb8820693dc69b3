"""What the GIMP filter may import, and what of it GIMP loads before its menu entry appears."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "plugins" / "gimp"
MODULES = sorted(PLUGIN.rglob("*.py"))
OWN = {path.stem for path in PLUGIN.glob("*.py")} | {
    path.parent.name for path in PLUGIN.glob("*/__init__.py")
}


def roots(node: ast.AST) -> set[str]:
    """The first parts of the names that one import statement imports absolutely."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return {str(node.module).partition(".")[0]}
    return set()


def at_import(body: list[ast.stmt], guarded: bool = False) -> Iterator[tuple[str, bool]]:
    """The modules that are loaded with a module, and whether an exception is caught there."""
    for node in body:
        if isinstance(node, ast.Try):
            yield from at_import(node.body, True)
        yield from ((name, guarded) for name in roots(node))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), path.name, feature_version=(3, 10))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_only_the_editor_the_standard_library_and_the_client(path: Path) -> None:
    imported = set().union(*(roots(node) for node in ast.walk(tree(path))))
    allowed = {"gi", "styleswap_vendor"} | OWN
    assert imported <= allowed | sys.stdlib_module_names


def test_a_broken_copy_of_the_client_cannot_hide_the_menu_entry() -> None:
    seen: set[str] = set()
    waiting = ["style-swap"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for imported, guarded in at_import(tree(PLUGIN / f"{name}.py").body):
            if imported in OWN:
                waiting += [imported] if imported not in seen else []
            else:
                alone = imported in sys.stdlib_module_names or imported == "gi"
                assert alone or (imported == "styleswap_vendor" and guarded), (name, imported)
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
