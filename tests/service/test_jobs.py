"""The device's queue, with real threads."""

import asyncio
import threading

import pytest

from styleswap.service.errors import ServiceError
from styleswap.service.jobs import Device


class Gate:
    """Work that waits until it is let through."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.open.wait(30)
        return "done"


@pytest.fixture
async def device():
    device = Device(limit=2)
    yield device
    device.cancel_all()
    await asyncio.to_thread(device.close)


def nowhere(position: int) -> None:
    """Takes a position and does nothing with it."""


async def test_first_come_first_served_and_positions_count_down(device):
    order, positions = [], {1: [], 2: [], 3: []}
    gate = Gate()
    slots = [device.reserve() for _ in range(3)]
    assert device.length == 3

    async def run(number):
        def function():
            if number == 1:
                gate()
            order.append(number)

        await device.work(slots[number - 1], function, positions[number].append)
        device.release(slots[number - 1])

    tasks = []
    for number in (1, 2, 3):
        tasks.append(asyncio.ensure_future(run(number)))
        await asyncio.sleep(0)
    await asyncio.to_thread(gate.entered.wait, 30)
    await asyncio.sleep(0.05)
    assert positions[2][-1] == 1
    assert positions[3][-1] == 2
    gate.open.set()
    await asyncio.gather(*tasks)
    assert order == [1, 2, 3]
    assert positions[3][-1] <= 1
    assert positions[3] == sorted(positions[3], reverse=True)
    assert device.length == 0


async def test_full_queue_names_a_time_and_has_room_again_after_a_release(device):
    slots = [device.reserve() for _ in range(3)]
    with pytest.raises(ServiceError) as caught:
        device.reserve()
    assert caught.value.reason == "QUEUE_FULL"
    assert caught.value.retry_seconds > 0
    device.release(slots.pop())
    slots.append(device.reserve())
    for slot in slots:
        device.release(slot)
    assert device.length == 0


async def test_exceptions_of_the_work_reach_the_caller(device):
    slot = device.reserve()

    def fail():
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        await device.work(slot, fail, nowhere)
    device.release(slot)
    again = device.reserve()
    assert await device.work(again, lambda: 5, nowhere) == 5


async def test_cancelled_work_counts_until_its_thread_has_stopped(device):
    slot = device.reserve()
    entered, let_go = threading.Event(), threading.Event()

    def stubborn():
        entered.set()
        let_go.wait(30)
        assert slot.cancelled()

    task = asyncio.ensure_future(device.work(slot, stubborn, nowhere))
    await asyncio.to_thread(entered.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    device.release(slot)
    assert slot.cancelled()
    assert device.length == 1
    let_go.set()
    await asyncio.wait_for(device.drain(), 30)
    assert device.length == 0


async def test_work_cancelled_while_waiting_never_runs(device):
    gate, ran = Gate(), []
    first, second, third = (device.reserve() for _ in range(3))
    running = asyncio.ensure_future(device.work(first, gate, nowhere))
    await asyncio.to_thread(gate.entered.wait, 30)
    positions = []
    waiting = asyncio.ensure_future(device.work(second, lambda: ran.append(2), nowhere))
    behind = asyncio.ensure_future(device.work(third, lambda: ran.append(3), positions.append))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    device.release(second)
    assert device.length == 2
    assert positions == [2, 1]
    gate.open.set()
    assert await running == "done"
    await behind
    assert ran == [3]


async def test_draining_refuses_new_requests_and_waits_for_the_old(device):
    gate = Gate()
    slot = device.reserve()
    running = asyncio.ensure_future(device.work(slot, gate, nowhere))
    await asyncio.to_thread(gate.entered.wait, 30)
    drained = asyncio.ensure_future(device.drain())
    await asyncio.sleep(0.05)
    assert not drained.done()
    with pytest.raises(ServiceError) as caught:
        device.reserve()
    assert caught.value.reason == "SHUTTING_DOWN"
    gate.open.set()
    assert await running == "done"
    device.release(slot)
    await asyncio.wait_for(drained, 30)


async def test_on_empty_is_called_when_the_last_slot_goes(device):
    calls = []
    device.on_empty(lambda: calls.append(device.length))
    first, second = device.reserve(), device.reserve()
    device.release(first)
    assert calls == []
    device.release(second)
    assert calls == [0]


async def test_urgent_work_passes_those_that_wait_and_the_one_that_runs(device):
    order, entered, open_ = [], threading.Event(), threading.Event()
    full, waiting, urgent = (device.reserve() for _ in range(3))
    positions = {"waiting": [], "urgent": []}

    def run_full():
        entered.set()
        while not open_.wait(0.01):
            assert not device.poll(full)
        order.append("full")

    async def start(slot, function, moved, **more):
        await device.work(slot, function, moved, **more)
        device.release(slot)

    first = asyncio.ensure_future(start(full, run_full, nowhere))
    await asyncio.to_thread(entered.wait, 30)
    second = asyncio.ensure_future(
        start(waiting, lambda: order.append("waiting"), positions["waiting"].append)
    )
    await asyncio.sleep(0)
    await start(urgent, lambda: order.append("urgent"), positions["urgent"].append, urgent=True)
    assert order == ["urgent"]
    assert positions["urgent"][0] == 1
    assert 2 in positions["waiting"]
    assert device.length == 2
    open_.set()
    await asyncio.gather(first, second)
    assert order == ["urgent", "full", "waiting"]
    assert device.length == 0


async def test_urgent_work_runs_on_an_idle_device_and_may_fail(device):
    slot = device.reserve()

    def fail():
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        await device.work(slot, fail, nowhere, urgent=True)
    device.release(slot)
    again = device.reserve()
    assert await device.work(again, lambda: 5, nowhere, urgent=True) == 5


async def test_urgent_work_that_is_cancelled_while_waiting_never_runs(device):
    gate, ran = Gate(), []
    full, urgent = device.reserve(), device.reserve()
    running = asyncio.ensure_future(device.work(full, gate, nowhere))
    await asyncio.to_thread(gate.entered.wait, 30)
    waiting = asyncio.ensure_future(
        device.work(urgent, lambda: ran.append(1), nowhere, urgent=True)
    )
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    device.release(urgent)
    gate.open.set()
    await running
    device.release(full)
    await asyncio.wait_for(device.drain(), 30)
    assert ran == []
