"""What stands in for a process where files cannot be handed to another one: on Windows.

Nothing is protected from what goes on in such a thread; but the same code runs on both sides.
"""

import json
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from styleswap.processes.channel import Channel, ChannelClosed, Message


class _ThreadChannel(Channel):
    """One end of a connection between two threads."""

    def __init__(self, incoming: "_Messages", outgoing: "_Messages") -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, values: Mapping[str, Any], files: Sequence[int] = ()) -> None:
        """See `Channel`."""
        if self._outgoing.closed:
            raise ChannelClosed("the other side has closed")
        copies = tuple(os.dup(descriptor) for descriptor in files)
        self._outgoing.queue.put(Message(json.loads(json.dumps(values)), copies))

    def receive(self, wait: Callable[[Channel], None] | None = None) -> Message:
        """See `Channel`."""
        message = self._incoming.queue.get()
        if message is None:
            self._incoming.queue.put(None)
            raise ChannelClosed("the other side has closed")
        return message

    def close(self) -> None:
        """See `Channel`."""
        for side in (self._incoming, self._outgoing):
            side.closed = True
            side.queue.put(None)


class _Messages:
    """Messages on their way in one direction."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.closed = False


class InThread:
    """A thread with the interface of a `Child`.

    Args:
        work: what it does: gets the channel and the arguments, and ends when the channel closes.
        arguments: for it.
    """

    pid = 0
    """It has no process of its own."""

    def __init__(
        self, work: Callable[[Channel, Sequence[str]], object], arguments: Sequence[str] = ()
    ) -> None:
        there, back = _Messages(), _Messages()
        self.channel: Channel = _ThreadChannel(back, there)
        theirs = _ThreadChannel(there, back)

        def run() -> None:
            try:
                work(theirs, arguments)
            finally:
                theirs.close()

        self._thread = threading.Thread(target=run, name="in-thread", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> int | None:
        """Waits for its end; returns 0, or None if it runs still."""
        self._thread.join(seconds)
        return None if self._thread.is_alive() else 0

    def kill(self) -> int:
        """Closes the channel: a thread cannot be ended from outside."""
        self.channel.close()
        return 0

    def close(self, seconds: float = 5.0) -> int:
        """Closes the channel, and waits for the end for a while."""
        self.channel.close()
        return self.wait(seconds) or 0
