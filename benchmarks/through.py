"""A picture's way through the daemon and its engine's process, beside that through another version.

Both daemons run at once and take turns with the same picture at strength 0, which is sent back as
it is: all the time goes into the way. `python -m benchmarks.through --against CHECKOUT`, where
CHECKOUT is another checkout of the project, such as one of the commit before a change.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import numpy as np

from benchmarks.measure import table
from styleswap import runtime
from styleswap.v1 import pictures_pb2, stylize_pb2, stylize_pb2_grpc

SIDES = {"4 MiB": 1024, "253 MiB": 8144}
"""Sides of square RGBA pictures."""
CHUNK = 1 << 20


@contextmanager
def daemon_of(checkout: Path) -> Iterator[runtime.Runtime]:
    """A daemon of a checkout, with a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        variables = {"PYTHONPATH": str(checkout / "daemon"), "STYLESWAP_HOME": str(home)}
        process = subprocess.Popen(
            [sys.executable, "-m", "styleswap.service"],
            env={**os.environ, **variables},
            cwd=folder,
            stderr=subprocess.DEVNULL,
        )
        try:
            while (told := runtime.read_runtime(home)) is None:
                assert process.poll() is None, f"the daemon of {checkout} has ended"
                time.sleep(0.05)
            yield told
        finally:
            process.terminate()
            process.wait()


class Client:
    """Sends pictures to a daemon and takes them back."""

    def __init__(self, told: runtime.Runtime) -> None:
        self.channel = grpc.insecure_channel(told.address)
        self.stub = stylize_pb2_grpc.StylizeServiceStub(self.channel)
        self.metadata = [("authorization", f"Bearer {told.token}")]

    def seconds(self, data: bytes, side: int) -> float:
        """The time of one picture, there and back."""
        form = pictures_pb2.PixelFormat(
            width=side,
            height=side,
            layout=pictures_pb2.LAYOUT_RGBA,
            depth=pictures_pb2.DEPTH_UINT8,
            transfer=pictures_pb2.TRANSFER_SRGB,
            alpha_kind=pictures_pb2.ALPHA_KIND_STRAIGHT,
        )
        role = pictures_pb2.PLANE_ROLE_CONTENT
        header = stylize_pb2.StylizeHeader(
            planes=[pictures_pb2.Plane(role=role, index=0, pixels=form)]
        )
        header.styles.add(id="builtin/woodcut")
        header.settings.strength = 0

        def requests() -> Iterator[stylize_pb2.StylizeRequest]:
            yield stylize_pb2.StylizeRequest(header=header)
            for offset in range(0, len(data), CHUNK):
                part = data[offset : offset + CHUNK]
                chunk = pictures_pb2.Chunk(plane=0, offset=offset, data=part)
                yield stylize_pb2.StylizeRequest(chunk=chunk)

        start = time.perf_counter()
        taken = 0
        for response in self.stub.Stylize(requests(), metadata=self.metadata):
            part = response.chunk.data
            assert data[taken : taken + len(part)] == part
            taken += len(part)
        spent = time.perf_counter() - start
        assert taken == len(data)
        return spent


def compared(against: Path, repeats: int) -> list[tuple[str, dict[str, float]]]:
    """A row for each picture: medians of both versions, their ratio and difference."""
    here = Path(__file__).parent.parent
    rows = []
    with ExitStack() as stack:
        before, now = (Client(stack.enter_context(daemon_of(path))) for path in (against, here))
        for name, side in SIDES.items():
            pixels = np.random.default_rng(0).integers(0, 256, (side, side, 4), np.uint8)
            pixels[..., 3] = 255
            data = pixels.tobytes()
            times: dict[Client, list[float]] = {before: [], now: []}
            for number in range(2 * repeats + 2):
                # The order changes, and the first of each warms up.
                pair = (before, now) if number // 2 % 2 else (now, before)
                times[pair[number % 2]].append(pair[number % 2].seconds(data, side))
            old, new = (statistics.median(times[client][1:]) for client in (before, now))
            figures = {
                "before ms": old * 1e3,
                "now ms": new * 1e3,
                "ratio": new / old,
                "more ms": (new - old) * 1e3,
            }
            rows.append((name, figures))
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.through", description=__doc__)
    parser.add_argument("--against", type=Path, required=True, help="another checkout")
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    notes = [f"medians of {options.repeats}, in turn"]
    sys.stdout.write(table("Strength 0", compared(options.against, options.repeats), notes))
