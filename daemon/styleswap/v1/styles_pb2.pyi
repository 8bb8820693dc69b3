from styleswap.v1 import pictures_pb2 as _pictures_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StyleKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STYLE_KIND_UNSPECIFIED: _ClassVar[StyleKind]
    STYLE_KIND_PICTURE: _ClassVar[StyleKind]
STYLE_KIND_UNSPECIFIED: StyleKind
STYLE_KIND_PICTURE: StyleKind

class Style(_message.Message):
    __slots__ = ("id", "name", "width", "height", "builtin", "kind")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    BUILTIN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    width: int
    height: int
    builtin: bool
    kind: StyleKind
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., builtin: _Optional[bool] = ..., kind: _Optional[_Union[StyleKind, str]] = ...) -> None: ...

class PutStyleHeader(_message.Message):
    __slots__ = ("name", "plane")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    name: str
    plane: _pictures_pb2.Plane
    def __init__(self, name: _Optional[str] = ..., plane: _Optional[_Union[_pictures_pb2.Plane, _Mapping]] = ...) -> None: ...

class PutStyleRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: PutStyleHeader
    chunk: _pictures_pb2.Chunk
    def __init__(self, header: _Optional[_Union[PutStyleHeader, _Mapping]] = ..., chunk: _Optional[_Union[_pictures_pb2.Chunk, _Mapping]] = ...) -> None: ...

class PutStyleResponse(_message.Message):
    __slots__ = ("style", "existed", "notices")
    STYLE_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    style: Style
    existed: bool
    notices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, style: _Optional[_Union[Style, _Mapping]] = ..., existed: _Optional[bool] = ..., notices: _Optional[_Iterable[str]] = ...) -> None: ...

class ListStylesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListStylesResponse(_message.Message):
    __slots__ = ("styles",)
    STYLES_FIELD_NUMBER: _ClassVar[int]
    styles: _containers.RepeatedCompositeFieldContainer[Style]
    def __init__(self, styles: _Optional[_Iterable[_Union[Style, _Mapping]]] = ...) -> None: ...

class GetThumbnailRequest(_message.Message):
    __slots__ = ("id", "size")
    ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    id: str
    size: int
    def __init__(self, id: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class GetThumbnailResponse(_message.Message):
    __slots__ = ("png",)
    PNG_FIELD_NUMBER: _ClassVar[int]
    png: bytes
    def __init__(self, png: _Optional[bytes] = ...) -> None: ...

class RenameStyleRequest(_message.Message):
    __slots__ = ("id", "name")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class RenameStyleResponse(_message.Message):
    __slots__ = ("style",)
    STYLE_FIELD_NUMBER: _ClassVar[int]
    style: Style
    def __init__(self, style: _Optional[_Union[Style, _Mapping]] = ...) -> None: ...

class DeleteStyleRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteStyleResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
