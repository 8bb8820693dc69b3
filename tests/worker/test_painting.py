"""What is done when memory runs out."""

import numpy as np
import pytest
import torch
from styleswap.service.models import Models
from styleswap.service.relay import Relay

from styleswap import engine
from styleswap.service import painting
from styleswap.service.errors import ServiceError
from styleswap.service.pixels import Format, Picture, values
from styleswap.v1.settings import defaults


def test_each_attempt_needs_less_than_the_last() -> None:
    first, second, *rest, last = painting.attempts("cuda", 0, 2048)
    assert (first.on_cpu, first.tile_limit, first.notice) == (False, 0, "")
    assert (second.on_cpu, second.tile_limit) == (False, 0)
    assert [attempt.tile_limit for attempt in rest] == [1024, 512, 256, 128]
    assert not any(attempt.on_cpu for attempt in rest)
    assert last.on_cpu
    assert all(attempt.notice for attempt in (second, *rest, last))


def test_tiles_are_halved_from_what_was_asked_for_in_the_controls_steps() -> None:
    limits = [attempt.tile_limit for attempt in painting.attempts("cpu", 704, 2048)]
    assert limits == [704, 704, 320, 128]
    assert not any(attempt.on_cpu for attempt in painting.attempts("cpu", 704, 2048))


def test_memory_errors_are_told_from_others() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert painting.is_out_of_memory(caught.value)
    assert painting.is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert painting.is_out_of_memory(MemoryError())
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2) @ torch.ones(3)
    assert not painting.is_out_of_memory(caught.value)
    assert not painting.is_out_of_memory(ValueError("DefaultCPUAllocator"))


@pytest.fixture
def models(tmp_path):
    models = Models("cpu", tmp_path)
    models.start()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield models
    torch.set_num_threads(threads)


@pytest.fixture
def order():
    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    form = Format(32, 32, "rgb", "uint8", False)
    return painting.Order(
        content=Picture(form, bytearray(noise[0].tobytes())),
        styles=(painting.StyleOrder(Picture(form, noise[1].tobytes()), "noise"),),
        settings=defaults(),
        preview=False,
        coarse_only=False,
    )


class Short:
    """The engine on a device whose memory suffices only for some tile limits."""

    def __init__(self, monkeypatch, enough):
        self.enough = enough
        self.calls = []
        self.caches = []
        self.real = engine.stylize
        monkeypatch.setattr(engine, "stylize", self)

    def __call__(self, content, style, settings, model, *, cache, **more):
        self.calls.append(settings.tile_limit)
        self.caches.append(cache.bytes)
        if not self.enough(settings.tile_limit, len(self.calls)):
            self.real(content, style, settings, model, cache=cache, **more)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return self.real(content, style, settings, model, cache=cache, **more)


async def test_dropped_cache_is_enough(models, order, tmp_path, monkeypatch) -> None:
    expected = painting.paint(order, models, Relay(), lambda: False, tmp_path)
    assert expected.report.notices == []
    assert models.cache.bytes > 0
    short = Short(monkeypatch, lambda tile, call: call == 2)
    painted = painting.paint(order, models, Relay(), lambda: False, tmp_path)
    assert short.calls == [0, 0]
    assert short.caches[1] == 0
    assert len(painted.report.notices) == 1
    assert "cache" in painted.report.notices[0]
    np.testing.assert_array_equal(values(painted.picture), values(expected.picture))


async def test_smaller_tiles_are_taken_and_told(models, order, tmp_path, monkeypatch) -> None:
    short = Short(monkeypatch, lambda tile, call: 0 < tile <= 256)
    painted = painting.paint(order, models, Relay(), lambda: False, tmp_path)
    assert short.calls == [0, 0, 256]
    assert "256" in painted.report.notices[0]
    assert painted.report.settings.tile_limit == 256
    assert painted.report.device == "cpu"


async def test_nothing_suffices(models, order, tmp_path, monkeypatch) -> None:
    Short(monkeypatch, lambda tile, call: False)
    with pytest.raises(ServiceError) as caught:
        painting.paint(order, models, Relay(), lambda: False, tmp_path)
    assert caught.value.reason == "OUT_OF_MEMORY"
    assert caught.value.retry_seconds is not None
    monkeypatch.undo()
    assert painting.paint(order, models, Relay(), lambda: False, tmp_path).report.device == "cpu"


async def test_cancelled_work_of_an_ending_daemon_says_so(models, order, tmp_path) -> None:
    with pytest.raises(ServiceError) as caught:
        painting.paint(order, models, Relay(), lambda: True, tmp_path)
    assert caught.value.reason == "SHUTTING_DOWN"
