"""Where the daemon listens, and how many may knock.

Two servers with the same services: one on a Unix socket in the private folder, where nobody but the
user can knock, and one on loopback, where every program of the machine can. There the number of
connections is limited, and those that say nothing are closed.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import grpc
import grpc.aio

from styleswap.service.ownership import SOCKET_PREFIX

_HANDSHAKE_SECONDS: Final = 5
"""How long a connection may take to begin to speak HTTP/2."""
_IDLE_SECONDS: Final = 300
"""After so long without a call a connection is closed; clients connect anew by themselves."""
_ALIVE_SECONDS: Final = 20
"""How often a client must give a sign of life, and how long it may take for that."""
_CONNECTIONS: Final = 2048
"""Connections on loopback at once; fewer where the system gives fewer descriptors."""
_DESCRIPTORS: Final = 1 << 16
"""As many the daemon takes at the most; macOS gives a process no more than 10240."""
_SOCKET_PATH_BYTES: Final = 103 if sys.platform == "darwin" else 107
"""Length of a Unix socket's path, its end not counted."""

_COMMON: Final = (
    # Without this, a second process could listen on the same port and get calls.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)

_log = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address on loopback cannot be had."""


class Doors:
    """The servers."""

    def __init__(self, interceptors: Sequence[grpc.aio.ServerInterceptor]) -> None:
        loopback = [
            *_COMMON,
            ("grpc.server_handshake_timeout_ms", _HANDSHAKE_SECONDS * 1000),
            ("grpc.max_connection_idle_ms", _IDLE_SECONDS * 1000),
            ("grpc.keepalive_time_ms", _ALIVE_SECONDS * 1000),
            ("grpc.keepalive_timeout_ms", _ALIVE_SECONDS * 1000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.max_allowed_incoming_connections", min(_CONNECTIONS, raise_descriptors() // 2)),
        ]
        self._loopback = grpc.aio.server(interceptors=interceptors, options=loopback)
        self._private = grpc.aio.server(interceptors=interceptors, options=_COMMON)
        self._socket: Path | None = None

    def serve(self, add: Callable[[grpc.aio.Server], Any]) -> None:
        """Calls `add` with each server, to which it adds services."""
        add(self._loopback)
        add(self._private)

    async def open(self, host: str, port: int, home: Path) -> tuple[str, str]:
        """Begins to listen.

        Args:
            host: a numeric loopback address.
            port: 0 takes any free one.
            home: the private folder, for the Unix socket.

        Returns:
            The address on loopback, and the path of the socket, empty where none can be had.

        Raises:
            CannotListen: the port is taken.
        """
        host = f"[{host}]" if ":" in host else host
        try:
            port = self._loopback.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise CannotListen(f"{host}:{port}") from error
        path = home / f"{SOCKET_PREFIX}{secrets.token_hex(4)}.sock"
        if _has_sockets() and len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
            # Not every file system has sockets.
            with contextlib.suppress(RuntimeError, OSError):
                self._private.add_insecure_port(f"unix:{quote(os.fsencode(path))}")
                path.chmod(0o600)
                self._socket = path
        if self._socket is None:
            _log.info("no Unix socket can be had in %s", home)
        await self._loopback.start()
        await self._private.start()
        return f"{host}:{port}", str(self._socket or "")

    async def close(self, grace: float) -> None:
        """Ends the servers; calls under way may take `grace` seconds."""
        await asyncio.gather(self._loopback.stop(grace), self._private.stop(grace))
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.unlink(missing_ok=True)


def raise_descriptors() -> int:
    """Lets this process open as many files as the system allows; returns how many."""
    try:
        import resource
    except ImportError:  # Windows
        return _DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (_DESCRIPTORS, 10_240):
        limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < limit:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def _has_sockets() -> bool:
    import socket

    # Windows has them, but neither its asyncio nor its gRPC.
    return hasattr(socket, "AF_UNIX") and sys.platform != "win32"
