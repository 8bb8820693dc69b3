"""The page of the controls says of each when it counts, as the table does."""

import re
from pathlib import Path

from styleswap.v1.controls import CONTROLS

PAGE = Path(__file__).parents[2] / "docs" / "controls.md"


def written(name: str) -> str:
    return f"`{name.replace('_', '-')}`"


def test_every_control_stands_on_the_page() -> None:
    text = PAGE.read_text()
    for control in CONTROLS:
        # With its range or its choices behind the name.
        assert written(control.name).rstrip("`") in text


def test_the_page_says_when_a_control_counts() -> None:
    section = PAGE.read_text().partition("## When a control counts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]*) \|$", section, re.MULTILINE)
    assert rows == [
        (
            written(control.name),
            " or ".join(
                f"{written(each.control)} above {each.above:g}"
                if each.above is not None
                else f"{written(each.control)} {' or '.join(f'`{nick}`' for nick in each.values)}"
                for each in control.counts_with
            ),
        )
        for control in CONTROLS
        if control.counts_with
    ]
