from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ControlGroup(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTROL_GROUP_UNSPECIFIED: _ClassVar[ControlGroup]
    CONTROL_GROUP_BASIC: _ClassVar[ControlGroup]
    CONTROL_GROUP_ADVANCED: _ClassVar[ControlGroup]

class Method(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METHOD_UNSPECIFIED: _ClassVar[Method]
    METHOD_FEED_FORWARD: _ClassVar[Method]
    METHOD_OPTIMISE: _ClassVar[Method]

class Start(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    START_UNSPECIFIED: _ClassVar[Start]
    START_CONTENT: _ClassVar[Start]
    START_NOISE: _ClassVar[Start]
    START_NETWORK: _ClassVar[Start]

class Transform(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSFORM_UNSPECIFIED: _ClassVar[Transform]
    TRANSFORM_PATCH_SWAP: _ClassVar[Transform]
    TRANSFORM_TRANSPORT: _ClassVar[Transform]
    TRANSFORM_MEAN: _ClassVar[Transform]
    TRANSFORM_COVARIANCE: _ClassVar[Transform]
    TRANSFORM_DISTRIBUTION: _ClassVar[Transform]

class Guide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUIDE_UNSPECIFIED: _ClassVar[Guide]
    GUIDE_COLOURS: _ClassVar[Guide]

class Objective(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBJECTIVE_UNSPECIFIED: _ClassVar[Objective]
    OBJECTIVE_ACTIVATIONS: _ClassVar[Objective]
    OBJECTIVE_GRAM: _ClassVar[Objective]
    OBJECTIVE_MARKOV: _ClassVar[Objective]
    OBJECTIVE_NEIGHBOURS: _ClassVar[Objective]

class Descent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DESCENT_UNSPECIFIED: _ClassVar[Descent]
    DESCENT_PIXELS: _ClassVar[Descent]
    DESCENT_PYRAMID: _ClassVar[Descent]

class Matching(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_UNSPECIFIED: _ClassVar[Matching]
    MATCHING_CENTRED: _ClassVar[Matching]
    MATCHING_PLAIN: _ClassVar[Matching]

class Overlap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERLAP_UNSPECIFIED: _ClassVar[Overlap]
    OVERLAP_CENTRE: _ClassVar[Overlap]
    OVERLAP_AVERAGE: _ClassVar[Overlap]

class StyleBorder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STYLE_BORDER_UNSPECIFIED: _ClassVar[StyleBorder]
    STYLE_BORDER_AUTO: _ClassVar[StyleBorder]
    STYLE_BORDER_KEEP: _ClassVar[StyleBorder]

class Tones(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TONES_UNSPECIFIED: _ClassVar[Tones]
    TONES_STRETCHED: _ClassVar[Tones]
    TONES_OWN: _ClassVar[Tones]

class Colours(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLOURS_UNSPECIFIED: _ClassVar[Colours]
    COLOURS_STYLE: _ClassVar[Colours]
    COLOURS_CONTENT: _ClassVar[Colours]
    COLOURS_LUMINANCE: _ClassVar[Colours]
    COLOURS_MATCHED: _ClassVar[Colours]
CONTROL_GROUP_UNSPECIFIED: ControlGroup
CONTROL_GROUP_BASIC: ControlGroup
CONTROL_GROUP_ADVANCED: ControlGroup
METHOD_UNSPECIFIED: Method
METHOD_FEED_FORWARD: Method
METHOD_OPTIMISE: Method
START_UNSPECIFIED: Start
START_CONTENT: Start
START_NOISE: Start
START_NETWORK: Start
TRANSFORM_UNSPECIFIED: Transform
TRANSFORM_PATCH_SWAP: Transform
TRANSFORM_TRANSPORT: Transform
TRANSFORM_MEAN: Transform
TRANSFORM_COVARIANCE: Transform
TRANSFORM_DISTRIBUTION: Transform
GUIDE_UNSPECIFIED: Guide
GUIDE_COLOURS: Guide
OBJECTIVE_UNSPECIFIED: Objective
OBJECTIVE_ACTIVATIONS: Objective
OBJECTIVE_GRAM: Objective
OBJECTIVE_MARKOV: Objective
OBJECTIVE_NEIGHBOURS: Objective
DESCENT_UNSPECIFIED: Descent
DESCENT_PIXELS: Descent
DESCENT_PYRAMID: Descent
MATCHING_UNSPECIFIED: Matching
MATCHING_CENTRED: Matching
MATCHING_PLAIN: Matching
OVERLAP_UNSPECIFIED: Overlap
OVERLAP_CENTRE: Overlap
OVERLAP_AVERAGE: Overlap
STYLE_BORDER_UNSPECIFIED: StyleBorder
STYLE_BORDER_AUTO: StyleBorder
STYLE_BORDER_KEEP: StyleBorder
TONES_UNSPECIFIED: Tones
TONES_STRETCHED: Tones
TONES_OWN: Tones
COLOURS_UNSPECIFIED: Colours
COLOURS_STYLE: Colours
COLOURS_CONTENT: Colours
COLOURS_LUMINANCE: Colours
COLOURS_MATCHED: Colours
CONTROL_FIELD_NUMBER: _ClassVar[int]
control: _descriptor.FieldDescriptor
CHOICE_FIELD_NUMBER: _ClassVar[int]
choice: _descriptor.FieldDescriptor

class Condition(_message.Message):
    __slots__ = ("control", "values", "above")
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    ABOVE_FIELD_NUMBER: _ClassVar[int]
    control: str
    values: _containers.RepeatedScalarFieldContainer[str]
    above: float
    def __init__(self, control: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., above: _Optional[float] = ...) -> None: ...

class Control(_message.Message):
    __slots__ = ("label", "help", "group", "default", "minimum", "maximum", "step", "counts_with", "at_most")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    COUNTS_WITH_FIELD_NUMBER: _ClassVar[int]
    AT_MOST_FIELD_NUMBER: _ClassVar[int]
    label: str
    help: str
    group: ControlGroup
    default: str
    minimum: float
    maximum: float
    step: float
    counts_with: _containers.RepeatedCompositeFieldContainer[Condition]
    at_most: str
    def __init__(self, label: _Optional[str] = ..., help: _Optional[str] = ..., group: _Optional[_Union[ControlGroup, str]] = ..., default: _Optional[str] = ..., minimum: _Optional[float] = ..., maximum: _Optional[float] = ..., step: _Optional[float] = ..., counts_with: _Optional[_Iterable[_Union[Condition, _Mapping]]] = ..., at_most: _Optional[str] = ...) -> None: ...

class Choice(_message.Message):
    __slots__ = ("nick", "label")
    NICK_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    nick: str
    label: str
    def __init__(self, nick: _Optional[str] = ..., label: _Optional[str] = ...) -> None: ...

class Settings(_message.Message):
    __slots__ = ("method", "strength", "style_scale", "transform", "variety", "colours", "scales", "patch_size", "patch_stride", "matching", "overlap", "style_statistics", "style_flips", "style_rotations", "style_border", "tile_limit", "model", "refine", "iterations", "smoothness", "start", "tone", "tones", "hue", "detail", "guide", "objective", "content_weight", "octaves", "descent")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    STYLE_SCALE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    VARIETY_FIELD_NUMBER: _ClassVar[int]
    COLOURS_FIELD_NUMBER: _ClassVar[int]
    SCALES_FIELD_NUMBER: _ClassVar[int]
    PATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    PATCH_STRIDE_FIELD_NUMBER: _ClassVar[int]
    MATCHING_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    STYLE_STATISTICS_FIELD_NUMBER: _ClassVar[int]
    STYLE_FLIPS_FIELD_NUMBER: _ClassVar[int]
    STYLE_ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    STYLE_BORDER_FIELD_NUMBER: _ClassVar[int]
    TILE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REFINE_FIELD_NUMBER: _ClassVar[int]
    ITERATIONS_FIELD_NUMBER: _ClassVar[int]
    SMOOTHNESS_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    TONES_FIELD_NUMBER: _ClassVar[int]
    HUE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    GUIDE_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    OCTAVES_FIELD_NUMBER: _ClassVar[int]
    DESCENT_FIELD_NUMBER: _ClassVar[int]
    method: Method
    strength: float
    style_scale: float
    transform: Transform
    variety: float
    colours: Colours
    scales: int
    patch_size: int
    patch_stride: int
    matching: Matching
    overlap: Overlap
    style_statistics: float
    style_flips: bool
    style_rotations: bool
    style_border: StyleBorder
    tile_limit: int
    model: str
    refine: int
    iterations: int
    smoothness: float
    start: Start
    tone: float
    tones: Tones
    hue: float
    detail: float
    guide: Guide
    objective: Objective
    content_weight: float
    octaves: int
    descent: Descent
    def __init__(self, method: _Optional[_Union[Method, str]] = ..., strength: _Optional[float] = ..., style_scale: _Optional[float] = ..., transform: _Optional[_Union[Transform, str]] = ..., variety: _Optional[float] = ..., colours: _Optional[_Union[Colours, str]] = ..., scales: _Optional[int] = ..., patch_size: _Optional[int] = ..., patch_stride: _Optional[int] = ..., matching: _Optional[_Union[Matching, str]] = ..., overlap: _Optional[_Union[Overlap, str]] = ..., style_statistics: _Optional[float] = ..., style_flips: _Optional[bool] = ..., style_rotations: _Optional[bool] = ..., style_border: _Optional[_Union[StyleBorder, str]] = ..., tile_limit: _Optional[int] = ..., model: _Optional[str] = ..., refine: _Optional[int] = ..., iterations: _Optional[int] = ..., smoothness: _Optional[float] = ..., start: _Optional[_Union[Start, str]] = ..., tone: _Optional[float] = ..., tones: _Optional[_Union[Tones, str]] = ..., hue: _Optional[float] = ..., detail: _Optional[float] = ..., guide: _Optional[_Union[Guide, str]] = ..., objective: _Optional[_Union[Objective, str]] = ..., content_weight: _Optional[float] = ..., octaves: _Optional[int] = ..., descent: _Optional[_Union[Descent, str]] = ...) -> None: ...
