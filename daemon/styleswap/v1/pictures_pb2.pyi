from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Layout(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LAYOUT_UNSPECIFIED: _ClassVar[Layout]
    LAYOUT_GRAY: _ClassVar[Layout]
    LAYOUT_GRAY_ALPHA: _ClassVar[Layout]
    LAYOUT_RGB: _ClassVar[Layout]
    LAYOUT_RGBA: _ClassVar[Layout]

class Depth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPTH_UNSPECIFIED: _ClassVar[Depth]
    DEPTH_UINT8: _ClassVar[Depth]
    DEPTH_UINT16: _ClassVar[Depth]
    DEPTH_FLOAT32: _ClassVar[Depth]

class Transfer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSFER_UNSPECIFIED: _ClassVar[Transfer]
    TRANSFER_SRGB: _ClassVar[Transfer]
    TRANSFER_LINEAR: _ClassVar[Transfer]

class AlphaKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALPHA_KIND_UNSPECIFIED: _ClassVar[AlphaKind]
    ALPHA_KIND_STRAIGHT: _ClassVar[AlphaKind]

class PlaneRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLANE_ROLE_UNSPECIFIED: _ClassVar[PlaneRole]
    PLANE_ROLE_CONTENT: _ClassVar[PlaneRole]
    PLANE_ROLE_STYLE: _ClassVar[PlaneRole]
    PLANE_ROLE_MASK: _ClassVar[PlaneRole]
LAYOUT_UNSPECIFIED: Layout
LAYOUT_GRAY: Layout
LAYOUT_GRAY_ALPHA: Layout
LAYOUT_RGB: Layout
LAYOUT_RGBA: Layout
DEPTH_UNSPECIFIED: Depth
DEPTH_UINT8: Depth
DEPTH_UINT16: Depth
DEPTH_FLOAT32: Depth
TRANSFER_UNSPECIFIED: Transfer
TRANSFER_SRGB: Transfer
TRANSFER_LINEAR: Transfer
ALPHA_KIND_UNSPECIFIED: AlphaKind
ALPHA_KIND_STRAIGHT: AlphaKind
PLANE_ROLE_UNSPECIFIED: PlaneRole
PLANE_ROLE_CONTENT: PlaneRole
PLANE_ROLE_STYLE: PlaneRole
PLANE_ROLE_MASK: PlaneRole

class PixelFormat(_message.Message):
    __slots__ = ("width", "height", "layout", "depth", "transfer", "alpha_kind")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    ALPHA_KIND_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    layout: Layout
    depth: Depth
    transfer: Transfer
    alpha_kind: AlphaKind
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., layout: _Optional[_Union[Layout, str]] = ..., depth: _Optional[_Union[Depth, str]] = ..., transfer: _Optional[_Union[Transfer, str]] = ..., alpha_kind: _Optional[_Union[AlphaKind, str]] = ...) -> None: ...

class EncodedFormat(_message.Message):
    __slots__ = ("byte_count",)
    BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    byte_count: int
    def __init__(self, byte_count: _Optional[int] = ...) -> None: ...

class Plane(_message.Message):
    __slots__ = ("role", "index", "pixels", "encoded")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PIXELS_FIELD_NUMBER: _ClassVar[int]
    ENCODED_FIELD_NUMBER: _ClassVar[int]
    role: PlaneRole
    index: int
    pixels: PixelFormat
    encoded: EncodedFormat
    def __init__(self, role: _Optional[_Union[PlaneRole, str]] = ..., index: _Optional[int] = ..., pixels: _Optional[_Union[PixelFormat, _Mapping]] = ..., encoded: _Optional[_Union[EncodedFormat, _Mapping]] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("plane", "offset", "data")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    plane: int
    offset: int
    data: bytes
    def __init__(self, plane: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...
