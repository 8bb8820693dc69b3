"""Messages between two processes of the program: JSON, with open files beside it."""

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

AVAILABLE: Final = hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds")
"""Whether files can be handed to another process here. On Windows they cannot."""

_HEAD: Final = struct.Struct("<II")
"""Bytes of the JSON, number of files."""

_MESSAGE_BYTES: Final = 64 << 20
"""Largest message: an ICC profile fits, a picture has no business in one."""

_FILES: Final = 64
"""Most files of one message."""


class ChannelClosed(Exception):
    """The other side is gone, or does not speak this protocol."""


@dataclass(frozen=True)
class Message:
    """What came: the values, and descriptors of open files that belong to the receiver."""

    values: dict[str, Any]
    files: tuple[int, ...] = ()

    def close(self) -> None:
        """Closes the files, where nobody takes them."""
        for descriptor in self.files:
            os.close(descriptor)


class Channel:
    """One end of a connection to another process. Any thread may send; one may receive.

    Args:
        connection: a connected Unix stream socket; it is closed with this.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._sending = threading.Lock()

    @classmethod
    def pair(cls) -> "tuple[Channel, Channel]":
        """Returns both ends of a new connection."""
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(one), cls(other)

    def fileno(self) -> int:
        """Returns the socket's descriptor, to be inherited or waited for."""
        return self._socket.fileno()

    def send(self, values: Mapping[str, Any], files: Sequence[int] = ()) -> None:
        """Sends a message; blocks while the other side's buffer is full.

        Args:
            values: what `json` can write.
            files: descriptors; the other side gets its own of the same open files.

        Raises:
            ChannelClosed: the other side is gone.
        """
        body = json.dumps(values).encode()
        data = memoryview(_HEAD.pack(len(body), len(files)) + body)
        try:
            with self._sending:
                # The files travel with the first byte.
                sent = socket.send_fds(self._socket, [data], list(files))
                self._socket.sendall(data[sent:])
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, wait: Callable[["Channel"], None] | None = None) -> Message:
        """Returns the next message; blocks until it is there.

        Args:
            wait: called before every part is read, for one who does not want to block for ever at
                half a message: returns when there is something; what it raises comes through.

        Raises:
            ChannelClosed: the other side has closed, or sent what is no message.
        """
        files: list[int] = []
        try:
            head = b""
            while len(head) < _HEAD.size:
                if wait is not None:
                    wait(self)
                part, fresh, _, _ = socket.recv_fds(
                    self._socket,
                    _HEAD.size - len(head),
                    _FILES,
                    getattr(socket, "MSG_CMSG_CLOEXEC", 0),
                )
                files += fresh
                if not part:
                    raise ChannelClosed("the other side has closed")
                head += part
            size, count = _HEAD.unpack(head)
            if size > _MESSAGE_BYTES or count != len(files):
                raise ChannelClosed("what came is no message")
            values = json.loads(self._exactly(size, wait))
            if not isinstance(values, dict):
                raise ChannelClosed("what came is no message")
            return Message(values, tuple(files))
        except BaseException as error:
            for descriptor in files:
                os.close(descriptor)
            if isinstance(error, OSError | ValueError | RecursionError):
                raise ChannelClosed(str(error)) from error
            raise

    def _exactly(self, size: int, wait: Callable[["Channel"], None] | None) -> bytearray:
        body = bytearray(size)
        view = memoryview(body)
        while view:
            if wait is not None:
                wait(self)
            count = self._socket.recv_into(view)
            if not count:
                raise ChannelClosed("the other side has closed in the midst of a message")
            view = view[count:]
        return body

    def abandon(self) -> None:
        """Closes this process's descriptor alone; whoever inherited it goes on."""
        self._socket.close()

    def close(self) -> None:
        """Ends the connection, also under a thread that waits in `receive`."""
        with contextlib.suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def channel_of(descriptor: int) -> Channel:
    """Returns the channel over a socket that was inherited as this descriptor."""
    return Channel(socket.socket(fileno=descriptor))
