"""The table of controls against the descriptors of the proto, read without the generator."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from styleswap.v1 import controls_pb2
from styleswap.v1.controls import CONTROLS, ControlError, by_name, validate

FIELDS = controls_pb2.Settings.DESCRIPTOR.fields
KIND_OF_TYPE = {"float": "TYPE_FLOAT", "int": "TYPE_UINT32", "bool": "TYPE_BOOL"}
KIND_OF_TYPE |= {"choice": "TYPE_ENUM", "text": "TYPE_STRING"}
NUMBERS = [control for control in CONTROLS if control.kind in ("float", "int")]


def test_the_table_has_every_field_in_the_protos_order():
    assert [(control.name, control.field_number) for control in CONTROLS] == [
        (field.name, field.number) for field in FIELDS
    ]


def test_the_table_says_what_the_proto_says():
    for control in CONTROLS:
        field = controls_pb2.Settings.DESCRIPTOR.fields_by_name[control.name]
        options = field.GetOptions().Extensions[controls_pb2.control]
        assert getattr(field, KIND_OF_TYPE[control.kind]) == field.type
        assert (control.label, control.help) == (options.label, options.help)
        number = control.kind in ("float", "int")
        default = float(options.default) if number else options.default
        written = str(control.default).lower() if control.kind == "bool" else control.default
        assert written == default
        limits = (options.minimum, options.maximum, options.step) if number else (None, None, None)
        assert (control.minimum, control.maximum, control.step) == limits
        values = field.enum_type.values[1:] if control.kind == "choice" else ()
        assert [(choice.nick, choice.label, choice.number) for choice in control.choices] == [
            (said.nick, said.label, value.number)
            for value in values
            for said in [value.GetOptions().Extensions[controls_pb2.choice]]
        ]
        assert [(each.control, each.values, each.above) for each in control.counts_with] == [
            (each.control, tuple(each.values), each.above if each.HasField("above") else None)
            for each in options.counts_with
        ]
        assert control.at_most == options.at_most


def test_the_default_is_allowed():
    for control in CONTROLS:
        value = control.validate(control.default)
        assert (value, type(value)) == (control.default, type(control.default))


def test_a_range_ends_where_it_says():
    for control in NUMBERS:
        ends = control.minimum, control.maximum
        assert tuple(map(control.validate, ends)) == ends
        for outside in (control.minimum - control.step, control.maximum + control.step):
            with pytest.raises(ControlError) as caught:
                control.validate(outside)
            assert caught.value.name == control.name
            parts = (control.name, repr(outside), *(f"{end:g}" for end in ends))
            assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strength", math.nan),
        ("strength", math.inf),
        ("strength", 10**400),
        ("strength", True),
        ("strength", "0.5"),
        ("strength", None),
        ("patch_size", 4),
        ("patch_size", 3.0),
        ("scales", True),
        ("tile_limit", 100),
        ("style_flips", 1),
        ("style_flips", "true"),
        ("colours", "red"),
        ("colours", 1),
        ("colours", "Style"),
        ("model", ""),
        ("model", " "),
        ("model", 3),
    ],
)
def test_a_wrong_value_is_refused(name, value):
    with pytest.raises(ControlError, match=f"^{name} = .*: must be ") as caught:
        validate(name, value)
    assert caught.value.name == name


def test_a_choice_that_is_refused_names_the_allowed_ones():
    with pytest.raises(ValueError, match="one of style, content, luminance, matched"):
        validate("colours", "red")


def test_an_unknown_control_is_refused_by_its_name():
    with pytest.raises(ControlError, match=r"no setting 'stregth'.*strength") as caught:
        by_name("stregth")
    assert caught.value.name == "stregth"


def test_numbers_of_numpy_are_numbers():
    assert validate("strength", np.float32(0.5)) == 0.5
    size = validate("patch_size", np.int64(5))
    assert size == 5
    assert type(size) is int


@given(st.floats(min_value=0, max_value=1))
def test_every_number_in_range_is_kept(value):
    assert struct.pack("<d", validate("strength", value)) == struct.pack("<d", value)


@given(st.integers(min_value=-50, max_value=50))
def test_patch_sizes_are_odd_and_in_range(value):
    if value in range(1, 16, 2):
        assert validate("patch_size", value) == value
    else:
        with pytest.raises(ControlError, match="from 1 to 15 in steps of 2"):
            validate("patch_size", value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("strength", " 0.25", 0.25),
        ("patch_size", "5", 5),
        ("style_flips", "Yes", True),
        ("style_flips", "off", False),
        ("colours", "luminance", "luminance"),
        ("model", "vgg19", "vgg19"),
    ],
)
def test_text_stands_for_a_value(name, text, value):
    parsed = by_name(name).parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("strength", "much"), ("patch_size", "3.0"), ("style_flips", "maybe"), ("strength", "nan")],
)
def test_text_that_stands_for_nothing_is_refused(name, text):
    with pytest.raises(ControlError, match=f"^{name} = "):
        by_name(name).parse(text)
