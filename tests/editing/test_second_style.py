"""The second style of a painting: read from values of any kind, and handed to the client."""

from typing import Any

import pytest

from styleswap.client import Styled
from styleswap.client.mixing import as_styled
from styleswap.editing.second_style import (
    SHARE,
    Second,
    mixed,
    mixed_name,
    second_in,
    share_in,
    values_of,
)


@pytest.mark.parametrize(
    ("values", "second"),
    [
        ({}, None),
        ({"style_2": ""}, None),
        ({"style_2": None, "style_2_share": 40}, None),
        ({"style_2": "  ", "style_2_share": 40}, None),
        ({"style_2": "builtin/mosaic"}, Second("builtin/mosaic", 50)),
        ({"style_2": "builtin/mosaic", "style_2_share": 0}, None),
        ({"style_2": "builtin/mosaic", "style_2_share": "0"}, None),
        ({"style_2": "builtin/mosaic", "style_2_share": 100}, Second("builtin/mosaic", 100)),
        ({"style_2": "a.png", "style_2_share": "7"}, Second("a.png", 7)),
        ({"style_2": "a.png", "style_2_share": "101"}, Second("a.png", 50)),
        ({"style_2": "a.png", "style_2_share": -1}, Second("a.png", 50)),
        ({"style_2": "a.png", "style_2_share": "much"}, Second("a.png", 50)),
    ],
)
def test_values(values: dict[str, Any], second: Second | None) -> None:
    assert second_in(values) == second
    assert second_in(values_of(second)) == second


def test_the_share_is_a_number_as_a_control_s() -> None:
    assert [SHARE.validate(share) for share in (0, 50, 100)] == [0, 50, 100]
    for wrong in (-1, 101, 0.5, "50"):
        with pytest.raises(ValueError, match="style_2_share"):
            SHARE.validate(wrong)
    assert share_in({}) == SHARE.default


def test_what_the_client_gets() -> None:
    assert mixed("builtin/woodcut", None, str) == "builtin/woodcut"
    both = mixed("builtin/woodcut", Second("mosaic", 30), str.upper)
    assert both == [Styled("builtin/woodcut", 70), Styled("MOSAIC", 30)]
    assert as_styled(both) == tuple(both)  # type: ignore[arg-type]
    assert as_styled(mixed("a", Second("b", 100), str))[0].weight == 0


def test_names() -> None:
    assert mixed_name("Woodcut", "") == "Woodcut"
    assert mixed_name("Woodcut", "Mosaic") == "Woodcut and Mosaic"
