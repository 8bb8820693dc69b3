"""What a choice of a control stands for: the module of its name, so that a new one is one file."""

import importlib
from typing import Any


def chosen(package: str, kind: str, nick: str) -> Any:
    """What a module of a package calls by its kind, such as `transform`.

    Args:
        package: with a module for every choice.
        kind: of what is wanted; the name in the module.
        nick: of the choice; the module's name, with hyphens.

    Raises:
        ValueError: there is no such choice.
    """
    try:
        return getattr(importlib.import_module(f"{package}.{nick.replace('-', '_')}"), kind)
    except (ImportError, AttributeError):
        raise ValueError(f"there is no {kind} {nick!r}") from None
