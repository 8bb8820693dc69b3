"""Who may use the device, and when."""

import asyncio
import contextlib

import pytest

from styleswap.service.device_queue import DeviceQueue
from styleswap.worker.refusals import Refusal


class Call:
    """A call of the daemon: a slot, and work that lasts until it is let go."""

    def __init__(self, queue, *, brief=False, receiving=False):
        self.positions = []
        self.entered, self.begun, self.go = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.brief, self.receiving, self.queue = brief, receiving, queue
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        async with self.queue.slot() as slot:
            if self.receiving:
                await self.go.wait()
            self.queue.enter(slot)
            self.entered.set()
            async with self.queue.turn(slot, self.positions.append, brief=self.brief):
                self.begun.set()
                await self.go.wait()
        return "done"

    async def end(self):
        self.go.set()
        return await self.task


@pytest.fixture
async def queue():
    return DeviceQueue(limit=2)


async def begun(queue, **more):
    call = Call(queue, **more)
    await asyncio.wait_for(call.begun.wait(), 30)
    return call


async def waiting(queue):
    call = Call(queue)
    await asyncio.wait_for(call.entered.wait(), 30)
    await asyncio.sleep(0)
    return call


async def test_first_come_first_served_and_positions_count_down(queue):
    first = await begun(queue)
    second, third = await waiting(queue), await waiting(queue)
    assert queue.length == 3
    assert (second.positions[-1], third.positions[-1]) == (1, 2)
    assert await first.end() == "done"
    await asyncio.wait_for(second.begun.wait(), 30)
    assert not third.begun.is_set()
    assert third.positions[-1] == 1
    assert third.positions == sorted(third.positions, reverse=True)
    await second.end()
    await third.end()
    assert queue.length == 0


async def test_full_queue_names_a_time_and_has_room_again(queue):
    calls = [await begun(queue), await waiting(queue), await waiting(queue)]
    with pytest.raises(Refusal) as caught:
        await Call(queue).task
    assert caught.value.reason == "QUEUE_FULL"
    assert caught.value.retry_seconds > 0
    await calls.pop(0).end()
    calls.append(await waiting(queue))
    for call in calls:
        await call.end()


async def test_calls_whose_pictures_still_come_take_no_place(queue):
    sending = [Call(queue, receiving=True) for _ in range(5)]
    calls = [await begun(queue), await waiting(queue), await waiting(queue)]
    assert queue.length == 8
    with pytest.raises(Refusal) as caught:
        await sending[0].end()
    assert caught.value.reason == "QUEUE_FULL"
    for call in (*calls, *sending[1:]):
        await call.end()


async def test_one_that_is_cancelled_while_waiting_lets_the_next_up(queue):
    first = await begun(queue)
    second, third = await waiting(queue), await waiting(queue)
    second.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second.task
    assert third.positions[-1] == 1
    await first.end()
    await asyncio.wait_for(third.begun.wait(), 30)
    await third.end()


async def test_work_counts_until_it_has_stopped_even_if_its_call_is_over(queue):
    go = asyncio.Event()
    work = None

    async def call():
        nonlocal work
        async with queue.slot() as slot:
            queue.enter(slot)

            async def stubborn():
                async with queue.turn(slot, lambda position: None, brief=False):
                    await go.wait()

            work = asyncio.ensure_future(stubborn())
            await asyncio.sleep(0.01)

    await call()
    assert queue.length == 1
    behind = await waiting(queue)
    assert not behind.begun.is_set()
    go.set()
    await work
    await behind.end()
    assert queue.length == 0


async def test_previews_wait_for_nobody_and_count_in_front_of_who_waits(queue):
    painting = await begun(queue)
    after = await waiting(queue)
    preview = await begun(queue, brief=True)
    assert preview.positions[0] == 1
    assert after.positions[-1] == 2
    await preview.end()
    assert after.positions[-1] == 1
    await painting.end()
    await after.end()


async def test_draining_refuses_the_new_and_waits_for_the_old(queue):
    calls = [await begun(queue), Call(queue, receiving=True)]
    await asyncio.sleep(0)
    drained = asyncio.ensure_future(queue.drain())
    await asyncio.sleep(0.01)
    with pytest.raises(Refusal) as caught:
        await Call(queue).task
    assert caught.value.reason == "SHUTTING_DOWN"
    await calls[0].end()
    assert not drained.done()
    await calls[1].end()
    await asyncio.wait_for(drained, 30)


@pytest.mark.parametrize("receiving", [True, False])
async def test_calls_that_are_given_up_say_that_the_daemon_ends(queue, receiving):
    painting, sending = await begun(queue), Call(queue, receiving=True)
    await asyncio.sleep(0)
    queue.give_up(receiving=receiving)
    with pytest.raises(Refusal) as caught:
        await sending.task
    assert caught.value.reason == "SHUTTING_DOWN"
    if receiving:
        assert await painting.end() == "done"
    else:
        with pytest.raises(Refusal):
            await painting.task
    assert queue.length == 0


async def test_on_empty_is_called_when_the_last_call_goes(queue):
    calls = []
    queue.on_empty(lambda: calls.append(queue.length))
    first, second = await begun(queue), await waiting(queue)
    await first.end()
    assert calls == []
    second.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second.task
    assert calls == [0]
