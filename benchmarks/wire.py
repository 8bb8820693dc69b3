"""The client's round trip against a bare echo of the same bytes plus the engine's time."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from concurrent import futures

import grpc
import numpy as np

from benchmarks.daemon import running
from benchmarks.measure import table

SIDE = 1024
CHUNK = 1 << 20
METHOD = "/benchmarks.Echo/Echo"


def serve() -> None:
    """A server that sends back every message; prints its port and ends with its input."""
    handler = grpc.stream_stream_rpc_method_handler(lambda requests, _: requests)
    service = grpc.method_handlers_generic_handler("benchmarks.Echo", {"Echo": handler})
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((service,))
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    sys.stdout.flush()
    server.start()
    sys.stdin.read()


def echo(data: bytes, repeats: int = 5) -> float:
    """Seconds for the bytes up and back in chunks, compiled gRPC on both sides (median)."""
    command = [sys.executable, "-m", "benchmarks.wire", "serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = process.stdout.readline().strip()
        chunks = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]
        seconds = []
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.stream_stream(METHOD)
            for _ in range(repeats):
                start = time.perf_counter()
                back = b"".join(call(iter(chunks)))
                seconds.append(time.perf_counter() - start)
                assert back == data
        process.stdin.close()
    return statistics.median(seconds)


def run() -> tuple[str, dict[str, object]]:
    """An RGBA layer there and back: unpainted (strength 0) and painted."""
    layer = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    layer[..., 3] = 255
    bare = echo(layer.tobytes())
    rows = [("bare echo", {"seconds": bare})]
    with running() as (daemon, _, _):
        daemon.stylize(layer[:64, :64], "builtin/woodcut")
        idle = []
        for _ in range(5):
            start = time.perf_counter()
            daemon.stylize(layer, "builtin/woodcut", strength=0.0)
            idle.append(time.perf_counter() - start)
        start = time.perf_counter()
        result = daemon.paint(layer, "builtin/woodcut")
        whole = time.perf_counter() - start
    engine = sum(
        result.report.seconds.get(name, 0.0) for name in ("encoding", "matching", "painting")
    )
    unpainted = statistics.median(idle)
    rows += [
        ("daemon, strength 0", {"seconds": unpainted, "ratio": unpainted / bare}),
        (
            "daemon, painted",
            {"seconds": whole, "engine s": engine, "ratio": whole / (bare + engine)},
        ),
    ]
    notes = ["ratio: the round trip's time over the bare echo's plus the engine's"]
    return table(f"Wire, {SIDE}x{SIDE} RGBA, 8 bits", rows, notes), dict(rows)


if __name__ == "__main__":
    serve()
