"""The style library of a daemon, for asyncio."""

# A method is called `list`: what stands in annotations is looked up late, by nobody.
from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from os import PathLike
from pathlib import Path

from styleswap.client.answers import Added, Style
from styleswap.client.calls import Caller
from styleswap.client.cancel import Stoppable, run_cancellable
from styleswap.client.mixing import style_plane
from styleswap.client.pictures import require_picture
from styleswap.client.style_choice import FileStyle, PixelStyle, choose_id
from styleswap.client.transfer import garbled, numbered
from styleswap.v1 import styles_pb2

ADD_SECONDS = 300.0
"""Deadline of adding a style."""
_STYLE = 1


class AsyncStyles:
    """The style library of a daemon."""

    def __init__(self, caller: Caller) -> None:
        """Belongs to a daemon, as its attribute `styles`."""
        self._caller = caller

    async def list(self) -> list[Style]:
        """Returns the library: the built-in styles in their order, then the user's by name."""
        request = styles_pb2.ListStylesRequest()
        response = await self._caller.unary(lambda stubs: stubs.styles.ListStyles, request)
        return [Style.from_message(style) for style in response.styles]

    async def add(
        self,
        picture: object,
        name: str = "",
        *,
        timeout: float | None = ADD_SECONDS,
        cancel: Stoppable | None = None,
    ) -> Added:
        """Adds a picture to the library.

        Args:
            picture: the path of an image file, or a picture as in `AsyncDaemon.stylize`.
            name: the name to show; by default the file's name without its suffix.
            timeout, cancel: as in `AsyncDaemon.stylize`.

        Returns:
            The style; the one that was there already where its pixels are the same.
        """
        choice: FileStyle | PixelStyle
        if isinstance(picture, (str, PathLike)):
            choice = FileStyle(picture)
            name = name or Path(picture).stem
        else:
            choice = PixelStyle(require_picture(picture, "style"))
        plane, parts = style_plane(choice, _STYLE)
        responses: list[styles_pb2.PutStyleResponse] = []

        async def messages() -> AsyncGenerator[styles_pb2.PutStyleRequest, None]:
            header = styles_pb2.PutStyleHeader(name=name, plane=plane)
            yield styles_pb2.PutStyleRequest(header=header)
            chunks = numbered(_STYLE, parts)
            async with contextlib.aclosing(chunks):
                async for chunk in chunks:
                    yield styles_pb2.PutStyleRequest(chunk=chunk)

        async def receive(response: styles_pb2.PutStyleResponse) -> None:
            responses.append(response)

        await run_cancellable(
            self._caller.stream(lambda stubs: stubs.styles.PutStyle, messages(), receive, timeout),
            cancel,
        )
        if not responses:
            raise garbled("no answer")
        added = responses[0]
        return Added(Style.from_message(added.style), added.existed, tuple(added.notices))

    async def remove(self, style: object) -> None:
        """Removes one of the user's styles, given by id, unique name or as a `Style`."""
        request = styles_pb2.DeleteStyleRequest(id=await choose_id(style, self.list, whole=True))
        await self._caller.unary(lambda stubs: stubs.styles.DeleteStyle, request)

    async def rename(self, style: object, name: str) -> Style:
        """Gives one of the user's styles another name, of 1 to 200 characters."""
        request = styles_pb2.RenameStyleRequest(id=await choose_id(style, self.list), name=name)
        response = await self._caller.unary(lambda stubs: stubs.styles.RenameStyle, request)
        return Style.from_message(response.style)

    async def thumbnail(self, style: object, size: int = 128) -> bytes:
        """Returns a PNG file of a style, its longest side `size` pixels (16 to 512)."""
        request = styles_pb2.GetThumbnailRequest(id=await choose_id(style, self.list), size=size)
        response = await self._caller.unary(lambda stubs: stubs.styles.GetThumbnail, request)
        return bytes(response.png)
