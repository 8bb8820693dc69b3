"""What tests, a screen reader and the pointer find out about a widget."""

from __future__ import annotations

from ..qt import QtWidgets


def describe(
    widget: QtWidgets.QWidget,
    object_name: str,
    name: str,
    description: str = "",
    *,
    tooltip: bool = True,
) -> None:
    """Names a widget.

    Args:
        widget: any widget.
        object_name: its name for programs, in snake case, in no language.
        name: what it is, in a word or two, for those who do not see it.
        description: one sentence on what it does.
        tooltip: the description, or else the name, is shown at the pointer as well.
    """
    widget.setObjectName(object_name)
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(description)
    if tooltip:
        widget.setToolTip(description or name)


def explain_anew(widget: QtWidgets.QWidget, description: str) -> None:
    """Gives a widget another description, for all who ask."""
    widget.setAccessibleDescription(description)
    widget.setToolTip(description)


def announce(widget: QtWidgets.QWidget, text: str) -> None:
    """Has a screen reader told of a text that a widget shows from now on."""
    # Qt tells it of a new name; PyQt has no other way.
    if widget.accessibleName() != text:
        widget.setAccessibleName(text)
