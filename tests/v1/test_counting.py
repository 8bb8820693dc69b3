"""Which controls count by the table; that this is true of pictures, tests/engine shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styleswap.v1.controls import CONTROLS, by_name
from styleswap.v1.counting import counts, effective, idle, may_be_idle
from styleswap.v1.settings import defaults

CONDITIONAL = [
    *("variety", "patch_size", "patch_stride", "matching", "overlap", "style_statistics", "refine"),
    *("iterations", "smoothness", "start", "tone", "tones", "hue", "detail", "guide", "objective"),
    *("content_weight", "octaves", "descent"),
]

PATCHES = {"variety", "patch_size", "patch_stride", "matching", "style_statistics", "detail"}
COLOURS = {"guide", "tone", "tones", "hue"}
OPTIMISED = {"smoothness", "objective", "descent"}


def counting(**settings):
    """The controls with conditions that count with some settings."""
    return [
        control.name for control in CONTROLS if control.counts_with and counts(control, settings)
    ]


def test_the_table_names_the_controls_that_do_not_always_count():
    assert [control.name for control in CONTROLS if control.counts_with] == CONDITIONAL


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, {"overlap", "refine"} | COLOURS),
        ({"tone": 0.0}, {"overlap", "refine"} | COLOURS - {"tones"}),
        ({"refine": 1}, {"overlap", "refine"} | OPTIMISED | COLOURS),
        ({"method": "optimise"}, {"overlap", "iterations", "start"} | OPTIMISED | COLOURS),
        # What does not count itself, makes nothing count.
        (
            {"method": "optimise", "refine": 9, "matching": "plain"},
            {"overlap", "iterations", "start"} | OPTIMISED,
        ),
        (
            {"refine": 1, "objective": "gram"},
            {"overlap", "refine", "content_weight", "octaves"} | OPTIMISED | COLOURS,
        ),
        (
            {"refine": 1, "objective": "markov"},
            {"overlap", "refine", "content_weight"} | OPTIMISED | COLOURS,
        ),
        # Nor does a choice that does not count itself.
        ({"objective": "gram"}, {"overlap", "refine"} | COLOURS),
        ({"matching": "plain", "patch_size": 1}, {"refine"}),
        ({"matching": "plain", "patch_size": 1, "refine": 1}, {"refine"} | OPTIMISED),
    ],
)
def test_what_counts(settings, names):
    assert set(counting(**settings)) == names | PATCHES
    assert set(counting(**(defaults() | settings))) == names | PATCHES
    # What is of patches, or of how they are compared, is of no matter without them.
    alone = names - PATCHES - COLOURS - {"overlap"}
    assert set(counting(**settings, transform="transport")) == alone


def test_a_condition_counts_only_where_its_own_control_does():
    """As smoothness with a refinement, were optimising not enough for it."""
    smoothness = by_name("smoothness")
    (refined,) = (each for each in smoothness.counts_with if each.control == "refine")
    alone = type(smoothness)(**{**vars(smoothness), "counts_with": (refined,)})
    assert counts(alone, {"refine": 5})
    assert not counts(alone, {"refine": 5, "method": "optimise"})


def test_every_control_with_conditions_may_be_idle():
    assert {control.name for control in CONTROLS if may_be_idle(control)} == set(CONDITIONAL)


def test_settings_that_do_not_count_are_left_out():
    settings = {"method": "optimise", "refine": 3, "tone": 0.1, "iterations": 5}
    assert effective(settings) == {"method": "optimise", "tone": 0.1, "iterations": 5}
    assert effective({}) == {}
    assert set(effective(defaults())) == {c.name for c in CONTROLS} - {
        "iterations",
        "start",
        "content_weight",
        "octaves",
        *OPTIMISED,
    }


@given(
    st.sets(st.sampled_from([name for name in CONDITIONAL if len(by_name(name).choices) != 1])),
    st.booleans(),
    st.booleans(),
)
def test_what_is_left_out_changes_nothing_about_what_counts(given, plain, optimised):
    settings = {name: value_beside_the_default(by_name(name)) for name in given}
    settings |= {"matching": "plain"} if plain else {}
    settings |= {"method": "optimise"} if optimised else {}
    kept = effective(settings)
    assert effective(kept) == kept
    assert counting(**kept) == counting(**settings)
    assert {control.name for control in idle(settings)} == settings.keys() - kept.keys()


def test_a_default_that_does_not_count_is_nothing_to_tell():
    assert idle({"iterations": 100, "start": "content"}) == ()
    assert [control.name for control in idle({"iterations": 99, "start": "content"})] == [
        "iterations"
    ]


def value_beside_the_default(control):
    """A value of a control that is not its default."""
    if control.kind == "choice":
        return next(each.nick for each in control.choices if each.nick != control.default)
    return control.default + control.step
