"""A daemon of another version, as far as a client asks it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2_grpc

from styleswap import runtime
from styleswap.v1 import server_pb2, server_pb2_grpc


class _AnotherVersion(server_pb2_grpc.ServerServiceServicer):
    def GetServerInfo(self, request: object, context: object) -> server_pb2.GetServerInfoResponse:
        return server_pb2.GetServerInfoResponse(version="9.9", api_oldest=2, api_newest=5)


@contextlib.contextmanager
def daemon_of_another_version(home: Path) -> Iterator[None]:
    """Have a daemon 9.9, which speaks revisions 2 to 5, run with a home folder."""
    server = grpc.server(ThreadPoolExecutor(2))
    server_pb2_grpc.add_ServerServiceServicer_to_server(_AnotherVersion(), server)
    health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    told = {"address": f"127.0.0.1:{port}", "pid": os.getpid(), "token": "t"}
    runtime.runtime_file(home).write_text(json.dumps({**told, "version": "9.9", "api": 5}))
    try:
        yield
    finally:
        runtime.runtime_file(home).unlink()
        server.stop(0).wait()
