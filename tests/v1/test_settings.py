"""Settings between message and dict."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styleswap.v1 import controls_pb2
from styleswap.v1.controls import CONTROLS, ControlError
from styleswap.v1.settings import complete, defaults, from_message, from_texts, to_message


def values_of(control):
    """Every value that a control allows, as a strategy."""
    if control.kind == "float":
        return st.floats(control.minimum, control.maximum, width=32)
    if control.kind == "int":
        return st.sampled_from(range(control.minimum, control.maximum + 1, control.step))
    if control.kind == "bool":
        return st.booleans()
    if control.kind == "choice":
        return st.sampled_from([choice.nick for choice in control.choices])
    return st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


SETTINGS = st.fixed_dictionaries(
    {}, optional={control.name: values_of(control) for control in CONTROLS}
).filter(lambda given: given.get("patch_stride", 1) <= given.get("patch_size", 3))


@given(SETTINGS)
def test_settings_survive_the_wire(settings):
    data = to_message(settings).SerializeToString()
    message = controls_pb2.Settings.FromString(data)
    received = from_message(message)
    assert received.keys() == {control.name for control in CONTROLS}
    for name, value in (defaults() | settings).items():
        if isinstance(value, float):
            assert struct.pack("<f", received[name]) == struct.pack("<f", value)
        else:
            assert received[name] == value
    # Only what was given travels.
    assert {field.name for field, _ in message.ListFields()} == settings.keys()


def test_every_control_is_written_where_the_proto_says():
    message = to_message({"strength": 0.5, "colours": "luminance", "patch_size": 5})
    expected = b"\x15" + struct.pack("<f", 0.5) + b"\x20\x03" + b"\x30\x05"
    assert message.SerializeToString() == expected


@pytest.mark.parametrize("value", [0.8, 0.05, 0.1, 0.333, 1 / 3])
def test_a_decimal_comes_back_as_it_was_written(value):
    received = from_message(to_message({"strength": value}))["strength"]
    assert received == pytest.approx(value, rel=6e-8)
    assert len(repr(received)) <= max(len(repr(value)), 11)
    if value != 1 / 3:
        assert received == value


def test_an_empty_message_means_the_defaults():
    assert from_message(controls_pb2.Settings()) == defaults()


def test_an_unspecified_choice_means_its_default():
    message = controls_pb2.Settings(colours=controls_pb2.COLOURS_UNSPECIFIED)
    assert message.HasField("colours")
    assert from_message(message)["colours"] == "style"


def test_zero_and_false_are_values_not_absence():
    message = to_message({"strength": 0, "style_flips": False})
    assert message.HasField("strength")
    assert message.HasField("style_flips")
    assert from_message(message)["strength"] == 0


def test_an_unknown_field_is_refused_by_its_number():
    # Field 111, a varint, as a newer client might send it.
    message = controls_pb2.Settings.FromString(b"\xf8\x06\x01")
    with pytest.raises(ControlError, match="field 111") as caught:
        from_message(message)
    assert caught.value.name == "field 111"


def test_an_unknown_choice_is_refused():
    message = controls_pb2.Settings.FromString(b"\x20\x63")  # colours = 99
    with pytest.raises(ControlError, match=r"colours = 99: must be one of style,") as caught:
        from_message(message)
    assert caught.value.name == "colours"


def test_a_value_out_of_range_on_the_wire_is_refused():
    with pytest.raises(ControlError, match=r"strength = 1\.5: must be a number from 0 to 1"):
        from_message(controls_pb2.Settings(strength=1.5))
    with pytest.raises(ControlError, match="strength = nan"):
        from_message(controls_pb2.Settings(strength=float("nan")))


def test_an_unknown_name_is_refused():
    with pytest.raises(ControlError, match="no setting 'sharpness'") as caught:
        to_message({"sharpness": 1})
    assert caught.value.name == "sharpness"


def test_texts_stand_for_settings_that_are_checked_together():
    assert from_texts({"patch_size": "5", "style_flips": "on"}) == {
        "patch_size": 5,
        "style_flips": True,
    }
    with pytest.raises(ControlError, match=r"patch_stride = 5: .*patch_size \(3\)"):
        from_texts({"patch_stride": "5"})
    with pytest.raises(ControlError, match="no setting 'sharpness'"):
        from_texts({"sharpness": "1"})


def test_every_bound_of_the_table_is_kept():
    bound = [control for control in CONTROLS if control.at_most]
    assert [(control.name, control.at_most) for control in bound] == [
        ("patch_stride", "patch_size")
    ]
    for control in bound:
        for most in range(1, 16, 2):
            complete({control.name: most, control.at_most: most})
            if most < control.maximum:
                with pytest.raises(ControlError) as caught:
                    complete({control.name: most + 1, control.at_most: most})
                assert caught.value.name == control.name


def test_a_stride_beyond_the_patch_is_refused_in_both_directions():
    with pytest.raises(ControlError, match=r"patch_stride = 4: .*patch_size \(3\)") as caught:
        to_message({"patch_stride": 4})
    assert caught.value.name == "patch_stride"
    with pytest.raises(ControlError, match=r"patch_stride = 4"):
        from_message(controls_pb2.Settings(patch_stride=4))
    assert complete({"patch_stride": 5, "patch_size": 5})["patch_stride"] == 5
