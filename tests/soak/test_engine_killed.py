"""The engine is killed under several requests at once, and one of them ends while it runs again."""

import threading
import time
from pathlib import Path

import numpy as np

from styleswap import connect
from styleswap.v1 import server_pb2, server_pb2_grpc

from .real_daemon import RealDaemon, end


def test_a_request_that_ends_takes_no_other_one_with_it(tmp_path: Path) -> None:
    """Both have seen the same death; what the one forgets of it must not be the other's."""
    # The next engine paints in smaller tiles: what is only pasted is the same in these to the bit.
    settings = {"style_rotations": True, "style_statistics": 0.0, "detail": 0.0}
    values = np.random.default_rng(3)
    content = values.integers(0, 255, (200, 300, 3), np.uint8)
    style = values.integers(0, 255, (200, 200, 3), np.uint8)
    daemon = RealDaemon(tmp_path / "home")
    try:
        with connect(home=daemon.home, start=False) as api, daemon.new_channel() as channel:
            expected = api.stylize(content, style, **settings)
            server = server_pb2_grpc.ServerServiceStub(channel)
            painted: list[np.ndarray] = []
            working = threading.Event()

            def paint() -> None:
                painted.append(
                    api.stylize(
                        content,
                        style,
                        **settings,
                        progress=lambda progress: progress.fraction > 0 and working.set(),
                    )
                )

            thread = threading.Thread(target=paint, daemon=True)
            thread.start()
            assert working.wait(60)
            calls = [
                server.UnloadModel.future(
                    server_pb2.UnloadModelRequest(name="embedded"), metadata=daemon.metadata
                )
                for _ in range(8)
            ]
            time.sleep(0.02)
            for pid in daemon.children():
                end(pid)
            time.sleep(0.5)
            for call in calls:
                call.cancel()
            thread.join(60)
            assert painted, "the painting never ends"
            assert (painted[0] == expected).all()
    finally:
        found = daemon.stop()
    assert not found
