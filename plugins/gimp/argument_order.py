"""The order of the procedure's arguments in the PDB: scripts may count them, so it is for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Numbered(Protocol):
    """A control, as far as its order goes."""

    @property
    def field_number(self) -> int:
        """Its number in the contract: its own for ever."""


Each = TypeVar("Each", bound=Numbered)

BEFORE_SECOND_STYLE = 19
"""The last number of those that were there before the second style's arguments."""

_NUMBERED_LATE = {27: 23, 23: 24, 24: 25, 25: 26, 26: 27}
"""The order of those whose numbers do not follow it: 27 was there before 23 to 26. All others have
higher numbers than older ones."""


def split(controls: Iterable[Each]) -> tuple[list[Each], list[Each]]:
    """Returns the controls whose arguments stand before the second style's, and those behind.

    The table may have new ones anywhere, as the dialog needs it; here they go to the end.
    """

    def place(control: Numbered) -> int:
        return _NUMBERED_LATE.get(control.field_number, control.field_number)

    ordered = sorted(controls, key=place)
    first = [control for control in ordered if control.field_number <= BEFORE_SECOND_STYLE]
    return first, ordered[len(first) :]
