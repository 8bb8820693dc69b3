"""The table of controls: every control of the filter, in the order of a dialog.

Generated from controls.proto by protos/generate.py; do not edit.
"""

from typing import Final

from styleswap.v1.control import Choice, Control, ControlError, Value

__all__ = ["CONTROLS", "Choice", "Control", "ControlError", "Value", "by_name", "validate"]

CONTROLS: Final[tuple[Control, ...]] = (
    Control(
        name="method",
        kind="choice",
        default="feed-forward",
        minimum=None,
        maximum=None,
        step=None,
        choices=(Choice(nick="feed-forward", label="Feed-forward", number=1),),
        group="advanced",
        label="Method",
        help="How the picture is made",
        field_number=1,
    ),
    Control(
        name="strength",
        kind="float",
        default=1.0,
        minimum=0.0,
        maximum=1.0,
        step=0.05,
        choices=(),
        group="basic",
        label="Strength",
        help="How far the picture moves from the original (0) to the style (1)",
        field_number=2,
    ),
    Control(
        name="style_scale",
        kind="float",
        default=1.0,
        minimum=0.25,
        maximum=4.0,
        step=0.05,
        choices=(),
        group="basic",
        label="Style scale",
        help="Size of the strokes: below 1 finer, above 1 coarser",
        field_number=3,
    ),
    Control(
        name="colours",
        kind="choice",
        default="style",
        minimum=None,
        maximum=None,
        step=None,
        choices=(
            Choice(nick="style", label="Style's", number=1),
            Choice(nick="content", label="Content's", number=2),
            Choice(nick="luminance", label="Luminance only", number=3),
            Choice(nick="matched", label="Matched to style", number=4),
        ),
        group="basic",
        label="Colours",
        help="Where the colours of the result come from",
        field_number=4,
    ),
    Control(
        name="tone",
        kind="float",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
        step=0.05,
        choices=(),
        group="basic",
        label="Tone",
        help="How much light and dark of the original choose among patches: 0 goes by structure alone, 1 keeps the tones in place",
        field_number=18,
    ),
    Control(
        name="hue",
        kind="float",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        step=0.05,
        choices=(),
        group="basic",
        label="Hue",
        help="How much the hues of the original choose among patches: 0 not at all, 1 has red things look for the style's reds",
        field_number=19,
    ),
    Control(
        name="scales",
        kind="int",
        default=0,
        minimum=0,
        maximum=8,
        step=1,
        choices=(),
        group="advanced",
        label="Scales",
        help="Passes from coarse to fine: 0 chooses by the picture's size, 1 is the paper's single scale",
        field_number=5,
    ),
    Control(
        name="patch_size",
        kind="int",
        default=3,
        minimum=1,
        maximum=15,
        step=2,
        choices=(),
        group="advanced",
        label="Patch size",
        help="Side of the swapped patches; larger is more abstract",
        field_number=6,
    ),
    Control(
        name="patch_stride",
        kind="int",
        default=1,
        minimum=1,
        maximum=15,
        step=1,
        choices=(),
        group="advanced",
        label="Patch stride",
        help="Distance between swapped patches, at most the patch size; larger is faster and blockier",
        field_number=7,
    ),
    Control(
        name="matching",
        kind="choice",
        default="centred",
        minimum=None,
        maximum=None,
        step=None,
        choices=(
            Choice(nick="centred", label="Centred", number=1),
            Choice(nick="plain", label="Plain (paper)", number=2),
        ),
        group="advanced",
        label="Matching",
        help="Centred uses more of the style's patches; plain is the paper's",
        field_number=8,
    ),
    Control(
        name="overlap",
        kind="choice",
        default="centre",
        minimum=None,
        maximum=None,
        step=None,
        choices=(
            Choice(nick="centre", label="Centre-weighted", number=1),
            Choice(nick="average", label="Average (paper)", number=2),
        ),
        group="advanced",
        label="Overlap",
        help="Centre-weighted keeps more contrast; average is the paper's",
        field_number=9,
    ),
    Control(
        name="style_flips",
        kind="bool",
        default=False,
        minimum=None,
        maximum=None,
        step=None,
        choices=(),
        group="advanced",
        label="Flip style",
        help="Also use mirrored copies of the style; takes twice as long to match",
        field_number=10,
    ),
    Control(
        name="style_rotations",
        kind="bool",
        default=False,
        minimum=None,
        maximum=None,
        step=None,
        choices=(),
        group="advanced",
        label="Rotate style",
        help="Also use copies of the style turned by 90, 180 and 270 degrees; takes four times as long to match",
        field_number=11,
    ),
    Control(
        name="tile_limit",
        kind="int",
        default=0,
        minimum=0,
        maximum=4096,
        step=64,
        choices=(),
        group="advanced",
        label="Tile limit",
        help="Largest side of a tile in pixels, smaller needs less memory; 0 chooses by the device",
        field_number=12,
    ),
    Control(
        name="model",
        kind="text",
        default="embedded",
        minimum=None,
        maximum=None,
        step=None,
        choices=(),
        group="advanced",
        label="Model",
        help="Encoder and inverse network, one of the server's list",
        field_number=13,
    ),
)

_BY_NAME: Final = {control.name: control for control in CONTROLS}


def by_name(name: str) -> Control:
    """Returns the control called `name`; raises ControlError where there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise ControlError(name, f"There is no setting {name!r}; choose one of: {known}.") from None


def validate(name: str, value: object) -> Value:
    """Returns `value` as the control called `name` stores it; raises ControlError if refused."""
    return by_name(name).validate(value)
