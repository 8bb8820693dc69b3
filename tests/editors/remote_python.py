"""Python that runs in a program of the sandbox, and answers to the test."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .inside.listening import decode, encode, receive


class ScriptFailed(AssertionError):
    """A script raised an exception in there; the text is its trace."""


class RemotePython:
    """What listens on one socket of a scratch folder; see `inside/listening.py`."""

    def __init__(self, scratch: Path, name: str, alive: Callable[[], str | None]) -> None:
        """Args: alive: returns None, or why nobody will ever answer."""
        self._scratch = scratch
        self._name = name
        self._alive = alive

    def run(self, script: str, variables: dict[str, object], timeout: float) -> Any:
        """Run a script with variables.

        Returns:
            What it left in `answer`.

        Raises:
            ScriptFailed: it raised an exception, or the program ended.
        """
        deadline = time.monotonic() + timeout
        with self._connect(deadline) as connection:
            try:
                connection.sendall(encode({"script": script, "variables": variables}))
                connection.shutdown(socket.SHUT_WR)
                data = receive(connection)
            except TimeoutError:
                raise ScriptFailed(f"no answer within {timeout:g} seconds to:\n{script}") from None
            except OSError:
                data = b""
        if not data:
            raise ScriptFailed(f"{self._alive() or 'nobody'} answered to:\n{script}")
        reply = decode(data)
        if "error" in reply:
            raise ScriptFailed(reply["error"])
        return reply["answer"]

    def wait(self, timeout: float) -> None:
        """Wait until somebody listens."""
        self.run("", {}, timeout)

    def _connect(self, deadline: float) -> socket.socket:
        # The name of a socket may have 107 bytes, and folders of tests have long names.
        folder = os.open(self._scratch, os.O_PATH)
        try:
            while True:
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(max(0.1, deadline - time.monotonic()))
                try:
                    connection.connect(f"/proc/self/fd/{folder}/{self._name}")
                except (FileNotFoundError, ConnectionRefusedError):
                    connection.close()
                    reason = self._alive()
                    if reason is not None or time.monotonic() > deadline:
                        raise ScriptFailed(reason or f"{self._name}: nobody listens") from None
                    time.sleep(0.05)
                else:
                    return connection
        finally:
            os.close(folder)
