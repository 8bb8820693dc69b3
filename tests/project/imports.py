"""What the modules of a plug-in import, read off their source."""

from __future__ import annotations

import ast
from pathlib import Path


def tree(path: Path) -> ast.Module:
    """The source as Python 3.10 understands it."""
    return ast.parse(path.read_text(), path.name, feature_version=(3, 10))


def roots(node: ast.AST) -> set[str]:
    """The first parts of the names that one import statement imports absolutely."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return {str(node.module).partition(".")[0]}
    return set()


def imported(path: Path) -> set[str]:
    """The same of all statements of a file."""
    return set().union(*(roots(node) for node in ast.walk(tree(path))))
