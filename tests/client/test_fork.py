"""A connection that a forked child uses: an error at once, and its parent goes on."""

import asyncio
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from styleswap.client import Daemon, Forked, connect, connect_async


def in_a_child(work: Callable[[], None]) -> None:
    """Runs something in a fork; it ends when it takes longer than a minute."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            import signal

            signal.alarm(60)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - a child has nobody to raise it to
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0


# Threads of other tests, which the children do without.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def test_child_is_told_to_connect_anew(
    daemon: Daemon, daemon_home: Path, photo: Any, style: Any
) -> None:
    uses: tuple[Callable[[], object], ...] = (
        lambda: daemon.stylize(photo, style, timeout=3),
        daemon.info,
        daemon.health,
        daemon.styles.list,
        lambda: daemon.shutdown(wait=1),
        daemon.close,
    )

    def work() -> None:
        for use in uses:
            with pytest.raises(Forked, match="connect in the child process"):
                use()
        with connect(home=daemon_home, start=False) as own:
            np.testing.assert_array_equal(own.stylize(photo, style, strength=0), photo)

    in_a_child(work)
    np.testing.assert_array_equal(daemon.stylize(photo, style, strength=0), photo)


def test_child_of_an_asynchronous_program(
    daemon: Daemon, daemon_home: Path, photo: Any, style: Any
) -> None:
    async def connected() -> Any:
        return await connect_async(home=daemon_home, start=False)

    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(connected())

    def work() -> None:
        for use in (client.info, client.close, lambda: client.stylize(photo, style)):
            with pytest.raises(Forked):
                asyncio.run(use())

    in_a_child(work)
    assert loop.run_until_complete(client.info()).version
    loop.run_until_complete(client.close())
    loop.close()
