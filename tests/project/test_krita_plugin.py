"""What the modules of the Krita plug-in may import: Krita has one interpreter for all plug-ins."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from .imports import imported, tree

PLUGIN = Path(__file__).parents[2] / "plugins" / "krita" / "style_swap"
MODULES = sorted(PLUGIN.rglob("*.py"))
BINDINGS = {"PyQt5", "PyQt6"}


def name(path: Path) -> str:
    return path.relative_to(PLUGIN).as_posix()


def relatives(path: Path) -> set[str]:
    """The modules of the plug-in that a file imports, as paths below it without their ending."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1].relative_to(PLUGIN).as_posix()
            parts = [part for part in (folder, *(node.module or "").split(".")) if part not in ".."]
            base = "/".join(parts)
            found |= {base} if node.module else {f"{base}/{each.name}" for each in node.names}
    return found


def test_only_qt_krita_the_standard_library_and_the_client() -> None:
    allowed = {"krita", "styleswap_vendor"} | BINDINGS | sys.stdlib_module_names
    assert {name(path) for path in MODULES if not imported(path) <= allowed} == set()


def test_one_module_chooses_the_binding_of_qt() -> None:
    assert {name(path) for path in MODULES if imported(path) & BINDINGS} == {"qt.py"}


def test_what_krita_is_given_stands_in_three_modules() -> None:
    users = {name(path) for path in MODULES if "krita" in imported(path)}
    assert users == {"__init__.py", "broken.py", "plugin.py"}


def test_widgets_know_nothing_of_krita() -> None:
    known = {"errors", "qt"}
    for path in (PLUGIN / "docker").glob("*.py"):
        if path.name != "panel.py":  # which brings the widgets and the session together
            others = {each for each in relatives(path) if not each.startswith("docker/")}
            assert others <= known, path.name


def test_what_knows_krita_knows_no_widgets() -> None:
    for path in (PLUGIN / "host").glob("*.py"):
        others = {each for each in relatives(path) if not each.startswith("host/")}
        assert others <= {"errors", "pump", "qt"}, path.name


def test_the_search_path_of_the_interpreter_is_left_alone() -> None:
    for path in MODULES:
        code = "\n".join(
            ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)
        )
        assert "sys.path" not in code, name(path)
