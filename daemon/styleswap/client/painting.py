"""One painting: the request that asks for it, and the answer that brings it."""

import contextlib
import time
from collections.abc import AsyncGenerator, Callable

from styleswap.client.answers import Progress, Report
from styleswap.client.calls import Caller
from styleswap.client.cancel import run_cancellable
from styleswap.client.errors import UnknownStyle
from styleswap.client.mixing import Planes, Styled, as_styled
from styleswap.client.options import PaintOptions
from styleswap.client.pictures import Picture, PictureFormat
from styleswap.client.style_choice import Listing, choose_style, unknown
from styleswap.client.transfer import Arrival, Expected, PictureSink, Sink, ask, garbled, numbered
from styleswap.v1 import pictures_pb2, stylize_pb2

_CONTENT = 0
_RESULT, _PREVIEW = 0, 1


async def paint(
    caller: Caller,
    library: Listing,
    format: PictureFormat,
    content: AsyncGenerator[bytes, None],
    style: object,
    sink: Sink,
    options: PaintOptions,
    alike: Callable[[Picture], object] = lambda picture: picture,
) -> Report:
    """Has a picture painted.

    Args:
        caller: makes the calls.
        library: lists the styles of the library.
        format: the content's.
        content: the content's bytes.
        style: as in `AsyncDaemon.stylize`.
        sink: takes the result.
        options: the caller's.
        alike: makes of a preview the picture that the caller's `preview` is called with.

    Raises:
        StyleSwapError: one of its subclasses; the message says what to do.
    """
    header = options.header()
    header.planes.add(role=pictures_pb2.PLANE_ROLE_CONTENT, index=_CONTENT, pixels=format.message())
    styles = as_styled(style)
    region = None if options.region is None else header.region
    answer = _Answer(Expected(format, options.coarse_only, region), sink, options, alike)
    timeout = options.timeout

    async def work() -> Report:
        ends = None if timeout is None else time.monotonic() + timeout
        choices = [await choose_style(styled.style, library) for styled in styles]
        planes = Planes(header)
        for styled, choice in zip(styles, choices, strict=True):
            planes.add(styled, choice)
        try:
            await caller.stream(
                lambda stubs: stubs.stylize.Stylize,
                _messages(header, [(_CONTENT, content), *planes.uploads]),
                answer.take,
                None if ends is None else max(0.001, ends - time.monotonic()),
            )
        except UnknownStyle as error:
            missing = None if error.suggestions else await _missing(styles, library)
            if missing is None:
                raise
            raise UnknownStyle(
                missing.message, reason=error.reason, suggestions=missing.suggestions
            ) from error
        return answer.result()

    # Finding the daemon again, and asking for the library, are within the time too.
    return await run_cancellable(work(), options.cancel, timeout)


async def _missing(styles: tuple[Styled, ...], library: Listing) -> UnknownStyle | None:
    """Returns the error for the first id that the library does not have, naming similar ones."""
    listed = await library()
    known = {style.id for style in listed}
    for styled in styles:
        if isinstance(styled.style, str) and styled.style not in known:
            return unknown(styled.style, listed)
    return None


async def _messages(
    header: stylize_pb2.StylizeHeader, uploads: list[tuple[int, AsyncGenerator[bytes, None]]]
) -> AsyncGenerator[stylize_pb2.StylizeRequest, None]:
    yield stylize_pb2.StylizeRequest(header=header)
    for plane, parts in uploads:
        chunks = numbered(plane, parts)
        async with contextlib.aclosing(chunks):
            async for chunk in chunks:
                yield stylize_pb2.StylizeRequest(chunk=chunk)


class _Answer:
    """Sorts the parts of an answer: progress, preview, result, report."""

    def __init__(
        self,
        expected: Expected,
        sink: Sink,
        options: PaintOptions,
        alike: Callable[[Picture], object],
    ) -> None:
        self._expected = expected
        self._sink = sink
        self._progress = options.progress
        self._preview = options.preview
        self._alike = alike
        self._arrivals: dict[int, Arrival] = {}
        self._report: Report | None = None

    async def take(self, response: stylize_pb2.StylizeResponse) -> None:
        """Takes one part."""
        part = response.WhichOneof("part")
        if part == "progress":
            if self._progress is not None:
                await ask(self._progress, Progress.from_message(response.progress))
        elif part == "start":
            index = response.start.index
            if index == _RESULT:
                form = self._expected.result(response.start.format, index in self._arrivals)
                sink = self._sink
            else:
                wanted = index == _PREVIEW and self._preview is not None
                form = self._expected.preview(response.start.format, wanted)
                sink = PictureSink(self._show)
            arrival = Arrival(form, sink)
            self._arrivals[index] = arrival
            await arrival.begin()
        elif part == "chunk":
            if response.chunk.plane not in self._arrivals:
                raise garbled("a chunk of no picture")
            await self._arrivals[response.chunk.plane].write(response.chunk)
        elif part == "report":
            self._report = Report.from_message(response.report)

    def result(self) -> Report:
        """Returns the report; raises StyleSwapError where anything is missing."""
        arrival = self._arrivals.get(_RESULT)
        if self._report is None or arrival is None or not arrival.complete:
            raise garbled("half a result")
        return self._report

    async def _show(self, picture: Picture) -> None:
        if self._preview is not None:
            await ask(self._preview, self._alike(picture))
