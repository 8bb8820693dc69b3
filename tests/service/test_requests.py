"""Headers: what is refused, with which reason and field, before any pixel is sent."""

from typing import Any

import grpc
import numpy as np
import pytest

from styleswap.service import limits
from styleswap.v1 import controls_pb2, pictures_pb2, styles_pb2, stylize_pb2

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def put_header_only(daemon: Any, header: styles_pb2.PutStyleHeader) -> None:
    daemon.styles.PutStyle(iter([styles_pb2.PutStyleRequest(header=header)]), timeout=30)


def set_size(header: Any, width: int, height: int) -> None:
    header.planes[0].pixels.width, header.planes[0].pixels.height = width, height


def second_content(header: Any) -> None:
    header.planes.add().CopyFrom(header.planes[0])
    header.planes[-1].index = 5


def unknown_field(message: Any) -> None:
    # Field 999, a varint: what a newer client may send.
    message.MergeFromString(b"\xb8\x3e\x01")


def reduce_from(header: Any, width: int, height: int) -> None:
    """The content has 96 x 72 pixels."""
    header.coarse_only = True
    header.reduced_from.width, header.reduced_from.height = width, height


def set_region(header: Any, x: int, y: int, width: int, height: int, **more: bool) -> None:
    header.region.CopyFrom(stylize_pb2.Region(x=x, y=y, width=width, height=height))
    for name, value in more.items():
        setattr(header, name, value)


def add_mask(header: Any, width: int = 96, height: int = 72, **more: int) -> Any:
    """A mask that the first style refers to; of the content's size if nothing else is said."""
    plane = header.planes.add(role=pictures_pb2.PLANE_ROLE_MASK, index=6)
    form = {"layout": pictures_pb2.LAYOUT_GRAY, "depth": pictures_pb2.DEPTH_UINT8, **more}
    plane.pixels.CopyFrom(pictures_pb2.PixelFormat(width=width, height=height, **form))
    header.styles[0].mask = 6
    return plane


def two_files(header: Any) -> None:
    """Each of them is within the limit."""
    for index in (1, 2):
        plane = header.planes.add(role=pictures_pb2.PLANE_ROLE_STYLE, index=index)
        plane.encoded.byte_count = limits.FILE_BYTES // 2 + 1
        header.styles.add(plane=index)


CASES = {
    "zero width": (lambda h: set_size(h, 0, 5), "EMPTY_PICTURE", "header.planes[0].pixels.width"),
    "zero height": (lambda h: set_size(h, 5, 0), "EMPTY_PICTURE", "header.planes[0].pixels.height"),
    "too wide": (
        lambda h: set_size(h, 16385, 1),
        "PICTURE_TOO_LARGE",
        "header.planes[0].pixels.width",
    ),
    "vast": (
        lambda h: set_size(h, 2**32 - 1, 2**32 - 1),
        "PICTURE_TOO_LARGE",
        "header.planes[0].pixels.width",
    ),
    "no layout": (
        lambda h: h.planes[0].pixels.ClearField("layout"),
        "UNKNOWN_LAYOUT",
        "header.planes[0].pixels.layout",
    ),
    "unheard-of depth": (
        lambda h: setattr(h.planes[0].pixels, "depth", 77),
        "UNKNOWN_DEPTH",
        "header.planes[0].pixels.depth",
    ),
    "no transfer": (
        lambda h: h.planes[0].pixels.ClearField("transfer"),
        "UNKNOWN_TRANSFER",
        "header.planes[0].pixels.transfer",
    ),
    "alpha of no kind": (
        lambda h: setattr(h.planes[0].pixels, "layout", pictures_pb2.LAYOUT_RGBA),
        "UNKNOWN_ALPHA_KIND",
        "header.planes[0].pixels.alpha_kind",
    ),
    "alpha of an unheard-of kind": (
        lambda h: setattr(h.planes[0].pixels, "alpha_kind", 9),
        "UNKNOWN_ALPHA_KIND",
        "header.planes[0].pixels.alpha_kind",
    ),
    "no role": (
        lambda h: h.planes[0].ClearField("role"),
        "PLANE_ROLE",
        "header.planes[0].role",
    ),
    "unheard-of role": (
        lambda h: setattr(h.planes[0], "role", 12),
        "PLANE_ROLE",
        "header.planes[0].role",
    ),
    "no format": (
        lambda h: h.planes[0].ClearField("pixels"),
        "NO_FORMAT",
        "header.planes[0]",
    ),
    "content as a file": (
        lambda h: setattr(h.planes[0].encoded, "byte_count", 5),
        "ENCODED_CONTENT",
        "header.planes[0].encoded",
    ),
    "no content": (lambda h: h.ClearField("planes"), "CONTENT_COUNT", "header.planes"),
    "two contents": (second_content, "CONTENT_COUNT", "header.planes"),
    "one index for two planes": (
        lambda h: h.planes.add().CopyFrom(h.planes[0]),
        "PLANE_INDEX_TWICE",
        "header.planes",
    ),
    "no style": (lambda h: h.ClearField("styles"), "STYLE_COUNT", "header.styles"),
    "nine styles": (
        lambda h: [h.styles.add(id="builtin/mosaic") for _ in range(8)],
        "STYLE_COUNT",
        "header.styles",
    ),
    "negative weight": (
        lambda h: h.styles.add(id="builtin/mosaic", weight=-0.5),
        "STYLE_WEIGHT",
        "header.styles[1].weight",
    ),
    "weight that is NaN": (
        lambda h: setattr(h.styles[0], "weight", float("nan")),
        "STYLE_WEIGHT",
        "header.styles[0].weight",
    ),
    "infinite weight": (
        lambda h: setattr(h.styles[0], "weight", float("inf")),
        "STYLE_WEIGHT",
        "header.styles[0].weight",
    ),
    "weights of 0 alone": (
        lambda h: setattr(h.styles[0], "weight", 0.0),
        "NO_WEIGHT",
        "header.styles",
    ),
    "second style of no source": (
        lambda h: h.styles.add(weight=1),
        "NO_STYLE",
        "header.styles[1]",
    ),
    "mask of another size": (
        lambda h: add_mask(h, 72, 96),
        "MASK_SIZE",
        "header.planes[1].pixels",
    ),
    "mask of colours": (
        lambda h: add_mask(h, layout=pictures_pb2.LAYOUT_RGB),
        "MASK_LAYOUT",
        "header.planes[1].pixels.layout",
    ),
    "mask of no depth": (
        lambda h: add_mask(h, depth=pictures_pb2.DEPTH_UNSPECIFIED),
        "UNKNOWN_DEPTH",
        "header.planes[1].pixels.depth",
    ),
    "mask of an unheard-of transfer": (
        lambda h: add_mask(h, transfer=9),
        "UNKNOWN_TRANSFER",
        "header.planes[1].pixels.transfer",
    ),
    "mask as a file": (
        lambda h: setattr(add_mask(h).encoded, "byte_count", 5),
        "ENCODED_MASK",
        "header.planes[1].encoded",
    ),
    "mask that is not there": (
        lambda h: setattr(h.styles[0], "mask", 3),
        "UNKNOWN_PLANE",
        "header.styles[0].mask",
    ),
    "mask in the content's plane": (
        lambda h: setattr(h.styles[0], "mask", 0),
        "UNKNOWN_PLANE",
        "header.styles[0].mask",
    ),
    "style in a mask's plane": (
        lambda h: (add_mask(h), setattr(h.styles[0], "plane", 6)),
        "UNKNOWN_PLANE",
        "header.styles[0].plane",
    ),
    "mask plane that nobody wants": (
        lambda h: (add_mask(h), h.styles[0].ClearField("mask")),
        "UNUSED_PLANE",
        "header.planes",
    ),
    "files that are too large together": (
        two_files,
        "FILE_TOO_LARGE",
        "header.planes[2].encoded.byte_count",
    ),
    "style of no source": (
        lambda h: h.styles[0].ClearField("id"),
        "NO_STYLE",
        "header.styles[0]",
    ),
    "style of an empty id": (
        lambda h: setattr(h.styles[0], "id", ""),
        "NO_STYLE",
        "header.styles[0]",
    ),
    "style in a plane that is not there": (
        lambda h: setattr(h.styles[0], "plane", 3),
        "UNKNOWN_PLANE",
        "header.styles[0].plane",
    ),
    "style in the content's plane": (
        lambda h: setattr(h.styles[0], "plane", 0),
        "UNKNOWN_PLANE",
        "header.styles[0].plane",
    ),
    "style plane that nobody wants": (
        lambda h: h.planes.add(
            index=4, role=pictures_pb2.PLANE_ROLE_STYLE, encoded={"byte_count": 9}
        ),
        "UNUSED_PLANE",
        "header.planes",
    ),
    "unknown field": (unknown_field, "UNKNOWN_FIELD", "header.999"),
    "unknown field of a plane": (
        lambda h: unknown_field(h.planes[0].pixels),
        "UNKNOWN_FIELD",
        "header.planes[0].pixels.999",
    ),
    "unknown field of a style": (
        lambda h: unknown_field(h.styles[0]),
        "UNKNOWN_FIELD",
        "header.styles[0].999",
    ),
    "unknown setting": (
        lambda h: unknown_field(h.settings),
        "UNKNOWN_SETTING",
        "header.settings.999",
    ),
    "setting out of range": (
        lambda h: setattr(h.settings, "strength", 1.5),
        "SETTING_OUT_OF_RANGE",
        "header.settings.strength",
    ),
    "setting that is NaN": (
        lambda h: setattr(h.settings, "style_scale", float("nan")),
        "SETTING_OUT_OF_RANGE",
        "header.settings.style_scale",
    ),
    "even patch size": (
        lambda h: setattr(h.settings, "patch_size", 4),
        "SETTING_OUT_OF_RANGE",
        "header.settings.patch_size",
    ),
    "stride beyond the patch": (
        lambda h: setattr(h.settings, "patch_stride", 5),
        "SETTING_OUT_OF_RANGE",
        "header.settings.patch_stride",
    ),
    "unheard-of choice": (
        lambda h: setattr(h.settings, "colours", 66),
        "SETTING_OUT_OF_RANGE",
        "header.settings.colours",
    ),
    "reduced copy for a whole painting": (
        lambda h: h.reduced_from.CopyFrom(stylize_pb2.Size(width=960, height=720)),
        "WITHOUT_COARSE_ONLY",
        "header.reduced_from",
    ),
    "copy of a smaller picture": (
        lambda h: reduce_from(h, 960, 71),
        "NOT_REDUCED",
        "header.reduced_from.height",
    ),
    "copy of nothing": (
        lambda h: reduce_from(h, 0, 720),
        "EMPTY_PICTURE",
        "header.reduced_from.width",
    ),
    "copy of a picture that is too large": (
        lambda h: reduce_from(h, 16385, 12289),
        "PICTURE_TOO_LARGE",
        "header.reduced_from.width",
    ),
    "copy of another shape": (
        lambda h: reduce_from(h, 960, 740),
        "ASPECT",
        "header.reduced_from",
    ),
    "region of no width": (
        lambda h: set_region(h, 5, 5, 0, 5),
        "EMPTY_REGION",
        "header.region.width",
    ),
    "region of no height": (
        lambda h: set_region(h, 5, 5, 5, 0),
        "EMPTY_REGION",
        "header.region.height",
    ),
    "region beyond the right": (
        lambda h: set_region(h, 90, 5, 7, 5),
        "REGION_OUTSIDE",
        "header.region.width",
    ),
    "region far below": (
        lambda h: set_region(h, 0, 2**32 - 1, 5, 2**32 - 1),
        "REGION_OUTSIDE",
        "header.region.height",
    ),
    "region of the coarsest pass": (
        lambda h: set_region(h, 5, 5, 5, 5, coarse_only=True),
        "REGION_WITH_OTHERS",
        "header.region",
    ),
    "region with a preview": (
        lambda h: set_region(h, 5, 5, 5, 5, preview=True),
        "REGION_WITH_OTHERS",
        "header.region",
    ),
    "unknown field of a region": (
        lambda h: unknown_field(h.region),
        "UNKNOWN_FIELD",
        "header.region.999",
    ),
    "unheard-of model": (
        lambda h: setattr(h.settings, "model", "vgg99"),
        "UNKNOWN_MODEL",
        "header.settings.model",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_header_is_refused_with_its_field(
    daemon: Any, content: np.ndarray, case: str
) -> None:
    spoil, reason, field = CASES[case]
    header = daemon.header(content, "builtin/woodcut")
    spoil(header)
    failure = daemon.refused(lambda: list(daemon.send(header, [])))
    assert (failure.code, failure.reason, failure.fields) == (INVALID, reason, [field])


def test_sentences_name_the_value_and_what_is_allowed(daemon: Any, content: np.ndarray) -> None:
    header = daemon.header(content, "builtin/woodcut")
    header.settings.strength = 7
    message = daemon.refused(lambda: list(daemon.send(header, []))).message
    assert "strength" in message
    assert "7" in message
    assert "0 to 1" in message


def test_a_mask_of_another_size_names_both(daemon: Any, content: np.ndarray) -> None:
    header = daemon.header(content, "builtin/woodcut")
    add_mask(header, 100, 50)
    message = daemon.refused(lambda: list(daemon.send(header, []))).message
    assert "100x50" in message
    assert "96x72" in message


def test_model_without_weights_says_what_to_do(daemon: Any, content: np.ndarray) -> None:
    header = daemon.header(content, "builtin/woodcut", settings={"model": "vgg19"})
    with pytest.raises(grpc.RpcError) as caught:
        list(daemon.send(header, []))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert str(daemon.home / "weights") in caught.value.details()


def test_unknown_style_is_not_found(daemon: Any, content: np.ndarray) -> None:
    for id_ in ("builtin/nothing", "sha256:" + "0" * 64, "sha256:../../etc/passwd", "woodcut"):
        failure = daemon.refused(lambda id_=id_: list(daemon.send(daemon.header(content, id_), [])))
        assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_STYLE")
        assert failure.metadata["id"] == id_


def test_stream_must_begin_with_a_header(daemon: Any) -> None:
    chunk = pictures_pb2.Chunk(plane=0, offset=0, data=b"x")
    for parts in ([], [stylize_pb2.StylizeRequest(chunk=chunk)], [stylize_pb2.StylizeRequest()]):
        failure = daemon.refused(lambda parts=parts: list(daemon.painter.Stylize(iter(parts))))
        assert (failure.code, failure.reason) == (INVALID, "NO_HEADER")


def test_put_style_headers(daemon: Any, style: np.ndarray) -> None:
    good = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, encoded={"byte_count": 4})
    content = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_CONTENT, pixels={"width": 1})
    empty = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, encoded={"byte_count": 0})
    vast = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, encoded={"byte_count": 2**60})
    cases = [
        ("x" * 201, good, "STYLE_NAME", "header.name"),
        ("two\nlines", good, "STYLE_NAME", "header.name"),
        ("a", content, "EMPTY_PICTURE", "header.plane.pixels.height"),
        ("a", empty, "EMPTY_FILE", "header.plane.encoded.byte_count"),
        ("a", vast, "FILE_TOO_LARGE", "header.plane.encoded.byte_count"),
    ]
    for name, plane, reason, field in cases:
        header = styles_pb2.PutStyleHeader(name=name, plane=plane)
        failure = daemon.refused(lambda header=header: put_header_only(daemon, header))
        assert (failure.code, failure.reason, failure.fields) == (INVALID, reason, [field])


def test_default_settings_are_reported_as_used(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    from styleswap.v1.settings import defaults, to_message

    answer = daemon.paint(content, style, settings={"strength": 0.8})
    assert answer.report.settings == to_message({**defaults(), "strength": 0.8})
    assert answer.report.settings.HasField("matching")
    assert controls_pb2.Settings() != answer.report.settings


def unknown_bytes() -> bytes:
    """Field 999 of any message."""
    return pictures_pb2.Chunk().SerializeToString() + bytes([0xBA, 0x3E, 1, 0])


@pytest.mark.parametrize(
    ("method", "streaming"),
    [
        ("ServerService/GetServerInfo", False),
        ("ServerService/UnloadModel", False),
        ("StyleService/ListStyles", False),
        ("StyleService/DeleteStyle", False),
        ("StyleService/PutStyle", True),
        ("StylizeService/Stylize", True),
    ],
)
@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\xff\xff\xff", "NOT_PROTOBUF"), (unknown_bytes(), "UNKNOWN_FIELD")],
    ids=["garbage", "unknown field"],
)
def test_bytes_that_are_no_known_message_are_refused_by_name(
    daemon: Any, method: str, streaming: bool, data: bytes, reason: str
) -> None:
    kind = daemon.channel.stream_stream if streaming else daemon.channel.unary_unary
    call = kind(f"/styleswap.v1.{method}")
    metadata = [("authorization", f"Bearer {daemon.runtime.token}")]

    def refused() -> None:
        answer = call(iter([data]) if streaming else data, metadata=metadata, timeout=30)
        list(answer)

    failure = daemon.refused(refused)
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    if reason == "UNKNOWN_FIELD":
        assert failure.fields == ["request.999"]


def test_garbage_and_unknown_fields_among_the_chunks_are_refused(
    daemon: Any, content: np.ndarray
) -> None:
    header = stylize_pb2.StylizeRequest(header=daemon.header(content, "builtin/woodcut"))
    chunk = pictures_pb2.Chunk(plane=0, offset=0, data=content.tobytes()).SerializeToString()
    chunk += unknown_bytes()
    odd = b"\x12" + encoded(len(chunk)) + chunk  # StylizeRequest.chunk
    call = daemon.channel.stream_stream("/styleswap.v1.StylizeService/Stylize")
    metadata = [("authorization", f"Bearer {daemon.runtime.token}")]
    for data, reason in ((b"\xff\xff\xff", "NOT_PROTOBUF"), (odd, "UNKNOWN_FIELD")):
        messages = [header.SerializeToString(), data]
        failure = daemon.refused(
            lambda messages=messages: list(call(iter(messages), metadata=metadata, timeout=30))
        )
        assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert failure.fields == ["chunk.999"]


def encoded(number: int) -> bytes:
    """A number as protobuf's varint."""
    parts = []
    while number >= 128:
        parts.append(number % 128 + 128)
        number //= 128
    return bytes([*parts, number])


def test_thousands_of_planes_are_refused_by_their_number(daemon: Any, content: np.ndarray) -> None:
    header = daemon.header(content, "builtin/woodcut")
    for index in range(60_000):
        header.planes.add(role=pictures_pb2.PLANE_ROLE_STYLE, index=index + 1)
    failure = daemon.refused(lambda: list(daemon.send(header, [])))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PLANE_COUNT")
    assert "60001" in failure.message


def test_a_style_of_pixels_has_the_limit_of_a_style_of_a_file(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    header = daemon.header(content, style)
    header.planes[1].pixels.width = header.planes[1].pixels.height = 10_001
    failure = daemon.refused(lambda: list(daemon.send(header, [])))
    assert failure.reason == "PICTURE_TOO_LARGE"
    assert failure.fields == ["header.planes[1].pixels"]


def test_a_refusal_is_a_line_in_the_log_and_no_trace(launch: Any, content: np.ndarray) -> None:
    daemon = launch()
    daemon.refused(lambda: daemon.paint(content, "builtin/nothing"))
    daemon.refused(lambda: daemon.put(b"no picture at all"))
    log = daemon.log()
    assert "UNKNOWN_STYLE" in log
    assert "NOT_AN_IMAGE" in log
    assert "Traceback" not in log


def test_a_reader_that_vanishes_is_no_fault(launch: Any, style: np.ndarray) -> None:
    daemon = launch()
    large = np.zeros((1500, 1500, 4), np.uint8)
    data = large.tobytes()
    chunks = [
        pictures_pb2.Chunk(plane=0, offset=start, data=data[start : start + (1 << 20)])
        for start in range(0, len(data), 1 << 20)
    ]
    header = daemon.header(large, "builtin/woodcut", settings={"strength": 0})
    for _ in range(5):
        with grpc.insecure_channel(daemon.runtime.address) as channel:
            call = channel.stream_stream(
                "/styleswap.v1.StylizeService/Stylize",
                request_serializer=stylize_pb2.StylizeRequest.SerializeToString,
                response_deserializer=stylize_pb2.StylizeResponse.FromString,
            )
            messages = [stylize_pb2.StylizeRequest(header=header)]
            messages += [stylize_pb2.StylizeRequest(chunk=each) for each in chunks]
            metadata = [("authorization", f"Bearer {daemon.runtime.token}")]
            answers = call(iter(messages), metadata=metadata, timeout=60)
            assert any(part.HasField("start") for part in answers)
        daemon.wait_until_idle()
    assert "ERROR" not in daemon.log()
