"""What is done when memory runs out."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from styleswap import engine
from styleswap.pixel_format import PixelFormat
from styleswap.processes import SharedMemory
from styleswap.v1.settings import defaults
from styleswap.worker import painting
from styleswap.worker.models import Models
from styleswap.worker.orders import Order, SharedPicture, StyleOrder
from styleswap.worker.refusals import Refusal


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
    form = PixelFormat(32, 32, "rgb", "uint8", False)
    pictures = [SharedPicture(form, SharedMemory.holding(each.tobytes())) for each in noise]
    return Order(
        content=pictures[0],
        styles=(StyleOrder(pictures[1], "noise"),),
        settings=defaults(),
        preview=False,
        coarse_only=False,
    )


def paint(order, models, *, cancelled=False):
    def nowhere(*told):
        pass

    asker = painting.Asker(nowhere, nowhere, lambda: cancelled, SharedMemory.create)
    return painting.paint(order, models, asker)


def pixels(painted):
    form, memory = painted.picture.format, painted.picture.memory
    flat = np.frombuffer(memory.read(0, memory.size), form.depth)
    return flat.reshape(form.height, form.width, form.channels)


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


def test_dropped_cache_is_enough(models, order, monkeypatch) -> None:
    expected = paint(order, models)
    assert expected.report.notices == []
    assert models.cache.bytes > 0
    short = Short(monkeypatch, lambda tile, call: call == 2)
    painted = paint(order, models)
    assert short.calls == [0, 0]
    assert short.caches[1] == 0
    assert len(painted.report.notices) == 1
    assert "cache" in painted.report.notices[0]
    np.testing.assert_array_equal(pixels(painted), pixels(expected))


def test_smaller_tiles_are_taken_and_told(models, order, monkeypatch) -> None:
    short = Short(monkeypatch, lambda tile, call: 0 < tile <= 256)
    painted = paint(order, models)
    assert short.calls == [0, 0, 256]
    assert "256" in painted.report.notices[0]
    assert painted.report.settings.tile_limit == 256
    assert painted.report.device == "cpu"


def test_ways_that_have_cost_a_process_are_left_out(models, order) -> None:
    painted = paint(replace(order, spared=2), models)
    assert painted.report.settings.tile_limit == 256
    assert "256" in painted.report.notices[0]
    assert paint(replace(order, spared=99), models).report.settings.tile_limit == 128


def test_an_order_arrives_as_it_was_sent(order) -> None:
    mask = SharedPicture(
        PixelFormat(32, 32, "gray", "uint8", False), SharedMemory.holding(bytes(1024))
    )
    styles = tuple(StyleOrder(order.styles[0].picture, str(n), n, mask) for n in range(2))
    sent = replace(order, styles=styles, region=(1, 2, 3, 4), spared=1)
    values, files = sent.to_message()
    # What styles share travels once, and is shared where it arrives.
    assert len(files) == 3
    came = Order.from_message(json.loads(json.dumps(values)), tuple(map(os.dup, files)))
    assert came.styles[0].picture is came.styles[1].picture
    assert came.styles[0].mask is came.styles[1].mask
    assert (came.region, came.spared, came.settings) == (sent.region, 1, sent.settings)
    for one, other in ((came.content, sent.content), (came.styles[0].mask, mask)):
        assert one.format == other.format
        assert one.memory.read(0, one.memory.size) == other.memory.read(0, other.memory.size)


def test_nothing_suffices(models, order, monkeypatch) -> None:
    Short(monkeypatch, lambda tile, call: False)
    with pytest.raises(Refusal) as caught:
        paint(order, models)
    assert caught.value.reason == "OUT_OF_MEMORY"
    assert caught.value.retry_seconds is not None
    monkeypatch.undo()
    assert paint(order, models).report.device == "cpu"


def test_cancelled_work_of_an_ending_daemon_says_so(models, order) -> None:
    with pytest.raises(Refusal) as caught:
        paint(order, models, cancelled=True)
    assert caught.value.reason == "SHUTTING_DOWN"
