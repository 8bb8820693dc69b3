"""Runs Python that a test outside the sandbox sends, and sends back what it leaves in `answer`.

One connection is one script: a JSON object each way, on a Unix socket in the scratch folder.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import socket
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def encode(value: object) -> bytes:
    """Return a value as JSON; bytes and paths too may stand in it."""
    return json.dumps(value, default=_plain).encode()


def decode(data: bytes) -> Any:
    """Return what `encode` was given; paths come back as text."""
    return json.loads(data, object_hook=_object)


def _plain(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{value!r} cannot be sent")


def _object(values: dict[str, Any]) -> Any:
    return base64.b64decode(values["base64"]) if values.keys() == {"base64"} else values


def receive(connection: socket.socket) -> bytes:
    """Return all that the other side sends before it is done."""
    return b"".join(iter(lambda: connection.recv(1 << 20), b""))


Job = Callable[[], tuple[bool, bytes]]
"""Runs one script; returns whether there may be another, and the answer."""


def serve(
    path: str,
    names: Mapping[str, object],
    after: Callable[[], object],
    within: Callable[[Job], tuple[bool, bytes]] = lambda job: job(),
) -> None:
    """Run scripts one after the other until one raises SystemExit.

    Args:
        path: where the socket is made.
        names: what every script finds defined, besides the variables that come with it.
        after: called after every script.
        within: does the job in the thread where scripts are to run, and returns what it returns.
    """
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        going = True
        while going:
            connection, _ = listening.accept()
            with connection:
                message = decode(receive(connection))
                given = {**names, **message["variables"]}
                going, reply = within(functools.partial(_run, message["script"], given, after))
                with contextlib.suppress(OSError):  # the test gave up waiting
                    connection.sendall(reply)


def _run(script: str, names: dict[str, object], after: Callable[[], object]) -> tuple[bool, bytes]:
    names["answer"] = None
    try:
        try:
            exec(compile(script, "<script>", "exec"), names)
        finally:
            after()
        return True, encode({"answer": names["answer"]})
    except SystemExit:
        return False, encode({"answer": None})
    except BaseException:  # noqa: BLE001 - the test gets it
        return True, encode({"error": traceback.format_exc()})
