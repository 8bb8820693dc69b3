"""The client for asyncio."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from styleswap.client import (
    AsyncDaemon,
    Cancelled,
    CancelToken,
    DaemonNotRunning,
    Picture,
    connect_async,
)


@pytest.fixture
async def client(daemon: Any, daemon_home: Path) -> Any:
    async with connect_async(home=daemon_home, start=False) as client:
        yield client


async def test_await_instead_of_async_with(daemon: Any, daemon_home: Path) -> None:
    client = await connect_async(home=daemon_home, start=False)
    assert isinstance(client, AsyncDaemon)
    async with client:
        assert await client.health()
    with pytest.raises(RuntimeError, match="closed"):
        await client.info()


async def test_paints(client: AsyncDaemon, photo: Any, style: Any) -> None:
    seen: list[str] = []
    result = await client.paint(photo, style, progress=lambda told: seen.append(told.stage))
    assert result.picture.shape == photo.shape
    assert "matching" in seen
    np.testing.assert_array_equal(await client.stylize(photo, style, strength=0), photo)


async def test_callbacks_may_be_coroutines(client: AsyncDaemon, style: Any, noise: Any) -> None:
    photo = noise((30, 20, 1))
    canvas = bytearray(600)
    seen: list[str] = []

    async def progress(told: Any) -> None:
        await asyncio.sleep(0)
        seen.append(told.stage)

    async def read_rows(y0: int, y1: int) -> bytes:
        await asyncio.sleep(0)
        return photo[y0:y1].tobytes()

    async def write_rows(y0: int, rows: bytes) -> None:
        await asyncio.sleep(0)
        canvas[y0 * 20 : y0 * 20 + len(rows)] = rows

    form = Picture(20, 30, "gray", "uint8", False, canvas).format
    await client.paint_rows(form, read_rows, write_rows, style, progress=progress, strength=0)
    assert bytes(canvas) == photo.tobytes()
    assert seen


async def test_many_at_once(client: AsyncDaemon, noise: Any, style: Any) -> None:
    photos = [noise((11, 13, 3), seed=seed) for seed in range(4)]
    results = await asyncio.gather(*(client.stylize(photo, style, strength=0) for photo in photos))
    for photo, result in zip(photos, results, strict=True):
        np.testing.assert_array_equal(photo, result)


async def test_cancelled_task_ends_the_request(client: AsyncDaemon, slow_request: Any) -> None:
    matching = asyncio.Event()

    def progress(told: Any) -> None:
        if told.stage == "matching":
            matching.set()

    task = asyncio.ensure_future(client.stylize(**slow_request, progress=progress))
    await asyncio.wait_for(matching.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while (await client.info()).queue_length:
            await asyncio.sleep(0.02)


async def test_cancel_token(client: AsyncDaemon, slow_request: Any) -> None:
    token = CancelToken()
    asyncio.get_running_loop().call_later(0.3, token.set)
    with pytest.raises(Cancelled):
        await client.stylize(**slow_request, cancel=token)


async def test_timeout_of_asyncio_works_around_calls(
    client: AsyncDaemon, slow_request: Any, photo: Any, style: Any
) -> None:
    """grpclib cancels tasks for its own ends; that must not disturb those of the program."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await client.stylize(**slow_request)
    async with asyncio.timeout(60):
        np.testing.assert_array_equal(await client.stylize(photo, style, strength=0), photo)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_deadline_leaves_the_task_alone(client: AsyncDaemon, slow_request: Any) -> None:
    from styleswap.client import DeadlineExceeded

    with pytest.raises(DeadlineExceeded):
        await client.stylize(**slow_request, timeout=0.3)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_library(client: AsyncDaemon, noise: Any) -> None:
    added = await client.styles.add(noise((20, 20, 3), seed=11), "Asynchronous")
    assert added.style in await client.styles.list()
    renamed = await client.styles.rename("Asynchronous", "Later")
    assert (await client.styles.thumbnail(renamed, 16)).startswith(b"\x89PNG")
    await client.styles.remove(renamed)
    assert renamed not in await client.styles.list()


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(DaemonNotRunning, match="styleswap serve"):
        await connect_async(home=tmp_path, start=False)
