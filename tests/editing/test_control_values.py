"""Values of controls, for widgets."""

import math

from styleswap.editing.control_values import decimals, last_step, nearest, value_in
from styleswap.v1.controls import CONTROLS, by_name

NUMBERS = [control for control in CONTROLS if control.kind in ("int", "float")]


def test_absent_and_wrong_values_are_the_default():
    for control in CONTROLS:
        for values in ({}, {control.name: object()}, {control.name: control.default}):
            assert value_in(values, control) == control.default


def test_a_value_that_holds_is_taken():
    assert value_in({"strength": 0.4, "patch_size": 5}, by_name("strength")) == 0.4
    assert value_in({"strength": 0.4, "patch_size": 4}, by_name("patch_size")) == 3


def test_whole_steps_from_end_to_end():
    for control in NUMBERS:
        steps = [control.minimum + step * control.step for step in range(last_step(control) + 1)]
        assert steps[-1] <= control.maximum + 1e-9 < steps[-1] + control.step
        for value in (*steps, control.minimum - 1, control.maximum + 1, control.minimum + 0.3):
            best = min(steps, key=lambda step: abs(step - value))
            found = nearest(control, value)
            assert math.isclose(found, best) or math.isclose(abs(found - value), abs(best - value))


def test_decimals_of_a_step():
    assert decimals(by_name("strength")) == 2
    assert decimals(by_name("patch_size")) == 0
