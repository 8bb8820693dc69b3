"""The second style of a painting in an editor: which it is, and how much of it there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from styleswap.client.mixing import Styled
from styleswap.editing.words import ControlText, _
from styleswap.v1.control import Control

STYLE = "style_2"
"""The name of its value: an id, a name or the path of a file, "" for none."""
USUAL_SHARE = 50
SHARE = Control(
    name="style_2_share",
    kind="int",
    default=USUAL_SHARE,
    minimum=0,
    maximum=100,
    step=1,
    choices=(),
    group="basic",
    label="Share",
    help="How much of the second style there is, in percent",
    field_number=0,
)
"""A number that dialogs show as they show controls; the daemon knows it as two weights."""


def share_text() -> ControlText:
    """Returns what a dialog says about the share."""
    return ControlText(
        _("Share"), _("How much of the second style there is, in percent"), choices={}
    )


@dataclass(frozen=True)
class Second:
    """A second style with a share above 0."""

    style: str
    """Its id, its name, or the path of its file."""
    share: int
    """In percent, up to 100."""

    @property
    def weights(self) -> tuple[int, int]:
        """The weights of the first style and of this one."""
        return 100 - self.share, self.share


def share_in(values: Mapping[str, Any]) -> int:
    """Returns the share among values, number or text; the usual one where it is absent or wrong."""
    text = str(values.get(SHARE.name, ""))
    share = int(text) if text.isdecimal() else USUAL_SHARE
    return share if share <= 100 else USUAL_SHARE


def second_in(values: Mapping[str, Any]) -> Second | None:
    """Returns the second style among values by name; None where there is none, or none of it."""
    style, share = str(values.get(STYLE) or "").strip(), share_in(values)
    return Second(style, share) if style and share else None


def values_of(second: Second | None) -> dict[str, str]:
    """Returns the values, as texts by name, that `second_in` reads; none of them for None."""
    return {} if second is None else {STYLE: second.style, SHARE.name: str(second.share)}


def mixed(style: object, second: Second | None, open_style: Callable[[str], object]) -> object:
    """Returns one or two styles as the client takes them.

    Args:
        style: the first, as the client takes it.
        second: the other; None for none.
        open_style: gives that one as the client takes it.
    """
    if second is None:
        return style
    first, other = second.weights
    return [Styled(style, first), Styled(open_style(second.style), other)]


def mixed_name(name: str, second: str) -> str:
    """Returns the name of two mixed styles; `second` is "" where there is none."""
    return _("{first} and {second}").format(first=name, second=second) if second else name
