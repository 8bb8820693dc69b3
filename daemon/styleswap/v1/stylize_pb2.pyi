from styleswap.v1 import controls_pb2 as _controls_pb2
from styleswap.v1 import pictures_pb2 as _pictures_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_QUEUED: _ClassVar[Stage]
    STAGE_LOADING: _ClassVar[Stage]
    STAGE_ENCODING: _ClassVar[Stage]
    STAGE_MATCHING: _ClassVar[Stage]
    STAGE_PAINTING: _ClassVar[Stage]
    STAGE_REFINING: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_QUEUED: Stage
STAGE_LOADING: Stage
STAGE_ENCODING: Stage
STAGE_MATCHING: Stage
STAGE_PAINTING: Stage
STAGE_REFINING: Stage

class StyleRef(_message.Message):
    __slots__ = ("id", "plane", "weight", "mask")
    ID_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    id: str
    plane: int
    weight: float
    mask: int
    def __init__(self, id: _Optional[str] = ..., plane: _Optional[int] = ..., weight: _Optional[float] = ..., mask: _Optional[int] = ...) -> None: ...

class Size(_message.Message):
    __slots__ = ("width", "height")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Region(_message.Message):
    __slots__ = ("x", "y", "width", "height")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    width: int
    height: int
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class StylizeHeader(_message.Message):
    __slots__ = ("planes", "styles", "settings", "preview", "coarse_only", "reduced_from", "region")
    PLANES_FIELD_NUMBER: _ClassVar[int]
    STYLES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    COARSE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REDUCED_FROM_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    planes: _containers.RepeatedCompositeFieldContainer[_pictures_pb2.Plane]
    styles: _containers.RepeatedCompositeFieldContainer[StyleRef]
    settings: _controls_pb2.Settings
    preview: bool
    coarse_only: bool
    reduced_from: Size
    region: Region
    def __init__(self, planes: _Optional[_Iterable[_Union[_pictures_pb2.Plane, _Mapping]]] = ..., styles: _Optional[_Iterable[_Union[StyleRef, _Mapping]]] = ..., settings: _Optional[_Union[_controls_pb2.Settings, _Mapping]] = ..., preview: _Optional[bool] = ..., coarse_only: _Optional[bool] = ..., reduced_from: _Optional[_Union[Size, _Mapping]] = ..., region: _Optional[_Union[Region, _Mapping]] = ...) -> None: ...

class StylizeRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: StylizeHeader
    chunk: _pictures_pb2.Chunk
    def __init__(self, header: _Optional[_Union[StylizeHeader, _Mapping]] = ..., chunk: _Optional[_Union[_pictures_pb2.Chunk, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("stage", "fraction", "seconds_left", "queue_position")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_POSITION_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    fraction: float
    seconds_left: float
    queue_position: int
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., fraction: _Optional[float] = ..., seconds_left: _Optional[float] = ..., queue_position: _Optional[int] = ...) -> None: ...

class PictureStart(_message.Message):
    __slots__ = ("index", "format")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    index: int
    format: _pictures_pb2.PixelFormat
    def __init__(self, index: _Optional[int] = ..., format: _Optional[_Union[_pictures_pb2.PixelFormat, _Mapping]] = ...) -> None: ...

class StageTime(_message.Message):
    __slots__ = ("stage", "seconds")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    seconds: float
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., seconds: _Optional[float] = ...) -> None: ...

class StylizeReport(_message.Message):
    __slots__ = ("version", "device", "precision", "threads", "model", "weights", "tile_plan", "notices", "times", "distinct_patches", "settings", "whole_seconds")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    TILE_PLAN_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_PATCHES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    WHOLE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    version: str
    device: str
    precision: str
    threads: int
    model: str
    weights: _containers.RepeatedScalarFieldContainer[str]
    tile_plan: _containers.RepeatedScalarFieldContainer[str]
    notices: _containers.RepeatedScalarFieldContainer[str]
    times: _containers.RepeatedCompositeFieldContainer[StageTime]
    distinct_patches: float
    settings: _controls_pb2.Settings
    whole_seconds: float
    def __init__(self, version: _Optional[str] = ..., device: _Optional[str] = ..., precision: _Optional[str] = ..., threads: _Optional[int] = ..., model: _Optional[str] = ..., weights: _Optional[_Iterable[str]] = ..., tile_plan: _Optional[_Iterable[str]] = ..., notices: _Optional[_Iterable[str]] = ..., times: _Optional[_Iterable[_Union[StageTime, _Mapping]]] = ..., distinct_patches: _Optional[float] = ..., settings: _Optional[_Union[_controls_pb2.Settings, _Mapping]] = ..., whole_seconds: _Optional[float] = ...) -> None: ...

class StylizeResponse(_message.Message):
    __slots__ = ("progress", "start", "chunk", "report")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    start: PictureStart
    chunk: _pictures_pb2.Chunk
    report: StylizeReport
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., start: _Optional[_Union[PictureStart, _Mapping]] = ..., chunk: _Optional[_Union[_pictures_pb2.Chunk, _Mapping]] = ..., report: _Optional[_Union[StylizeReport, _Mapping]] = ...) -> None: ...
