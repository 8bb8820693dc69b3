"""What the soak's clients do, one action at a time, each with the words that may come back."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from PIL import Image

from styleswap import runtime
from styleswap.client import CancelToken, Styled, StyleSwapError

from .client import Client
from .damage import case as damaged_picture
from .expected_codes import DONE, Outcome
from .raw_actions import STALLED_SECONDS, large_upload, mute, reader_leaves, stalled_upload
from .real_daemon import end, outcome_of

BUILTIN = ("builtin/woodcut", "builtin/mosaic", "builtin/pointillism", "builtin/charcoal")
KILLED: Outcome = ("KILLED", "")
"""The client was killed, as it should be."""


def paint(client: Client) -> None:
    """A small painting with some settings, watched."""
    chance = client.chance
    settings: dict[str, Any] = {
        "strength": chance.choice((1.0, 0.7, 0.0)),
        "patch_size": chance.choice((1, 3, 3, 5)),
        "colours": chance.choice(("style", "content", "luminance", "matched")),
        "scales": chance.choice((0, 1, 2)),
    }
    if chance.random() < 0.15:
        settings |= {"method": "optimise", "iterations": 3}
    client.api.stylize(
        client.content(),
        chance.choice(BUILTIN),
        progress=lambda progress: None,
        preview=lambda picture: None,
        **settings,
    )


def mix(client: Client) -> None:
    """Two styles, one of them sent along, with a mask."""
    content = client.content()
    mask = client.noise(*content.shape[:2], 1)[..., 0]
    own = client.noise(client.chance.randrange(24, 90), 60)
    client.api.stylize(content, [Styled(own, 2), Styled("builtin/mosaic", mask=mask)])


def region(client: Client) -> None:
    """A part of a painting."""
    client.api.stylize(client.noise(200, 160), "builtin/woodcut", region=(30, 50, 64, 48))


def previews(client: Client) -> None:
    """Previews without end: each is cancelled for the next, as when a control is dragged."""
    content = client.noise(240, 320)
    until = time.monotonic() + client.chance.uniform(1, 4)
    while time.monotonic() < until and not client.stop.is_set():
        token = CancelToken()
        timer = threading.Timer(client.chance.uniform(0.05, 0.6), token.set)
        timer.start()
        try:
            client.api.stylize(
                content,
                client.chance.choice(BUILTIN),
                coarse_only=True,
                reduced_from=(3200, 2400),
                cancel=token,
                strength=client.chance.choice((0.5, 1.0)),
            )
        except StyleSwapError as error:
            if error.reason != "CANCELLED":
                raise
        finally:
            timer.cancel()


def cancel(client: Client) -> None:
    """A painting of some seconds, cancelled at any moment."""
    token = CancelToken()
    timer = threading.Timer(client.chance.choice((0.0, 0.01, 0.1, 0.4, 1.0, 2.0)), token.set)
    timer.start()
    try:
        client.api.stylize(
            client.noise(500, 600), "builtin/mosaic", cancel=token, style_rotations=True
        )
    finally:
        timer.cancel()


def deadline(client: Client) -> None:
    """A painting that has too little time."""
    seconds = client.chance.choice((0.001, 0.02, 0.1, 0.5))
    client.api.stylize(client.noise(400, 500), "builtin/mosaic", timeout=seconds)


def kill_client(client: Client) -> None:
    """A client process is killed in the midst of a transfer or of its painting."""
    stage = client.chance.choice(("upload", "paint", "download", "add"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.victim", str(client.daemon.home), stage,
         str(client.chance.randrange(10**6))],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # However far it gets: a full queue ends it before its time.
    timer = threading.Timer(30, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(client.chance.uniform(0, 0.3))
    finally:
        timer.cancel()
        end(process.pid)
        process.wait()
        process.stdout.close()


def command(client: Client) -> None:
    """The command paints a file; now and then it is interrupted, or killed."""
    source, result = client.folder / "photo.png", client.folder / "painted.png"
    Image.fromarray(client.noise(80, 110)).save(source)
    result.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "styleswap", "stylize", str(source),
         client.chance.choice(BUILTIN), "--output", str(result)],
        env={**os.environ, runtime.HOME_VARIABLE: str(client.daemon.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    number = client.chance.choice((None, None, signal.SIGTERM, signal.SIGINT, signal.SIGKILL))
    if number is not None:
        time.sleep(client.chance.uniform(0.3, 4))
        process.send_signal(number)
    try:
        words = process.communicate(timeout=STALLED_SECONDS)[1]
    finally:
        process.kill()
        process.wait()
    # Python's own word, before the program has begun.
    early = number is signal.SIGINT and words.rstrip().endswith("KeyboardInterrupt")
    assert early or "Traceback" not in words, words[-300:]
    if result.exists():
        assert Image.open(result).size == (110, 80), "a torn result"
        Image.open(result).load()
    parts = list(client.folder.glob("*.part"))  # hidden ones too
    for part in parts:
        part.unlink()
    status = process.returncode
    if number is None or status == 0:
        assert status == 0 or "try again" in words, f"status {status}: {words[-300:]}"
        assert (status == 0) == result.exists()
    if number is not signal.SIGKILL:
        assert not parts, f"left over: {parts}"
        expected = (0, 1, 130, 143) if number is not None else (0, 1)
        assert status in expected or status == -(number or 0), f"status {status}: {words[-300:]}"


def damaged_style(client: Client) -> None:
    """A damaged file as a style, or into the library."""
    path = client.folder / "damaged.png"
    path.write_bytes(damaged_picture(client.chance.getrandbits(32), 0).data)
    if client.chance.random() < 0.5:
        client.api.stylize(client.noise(30, 30), path, strength=0.5)
        return
    added = client.api.styles.add(path, "Damaged")
    if not added.existed:
        client.api.styles.remove(added.style)


def style_life(client: Client) -> None:
    """A style is added, named anew, looked at, used and removed."""
    picture = client.noise(client.chance.randrange(32, 200), client.chance.randrange(32, 200))
    style = client.api.styles.add(picture, "Soak").style
    client.api.styles.rename(style, f"Soak {client.chance.random()}")
    for size in client.chance.sample((16, 64, 100, 200, 512), 2):
        client.api.styles.thumbnail(style, size)
    client.api.styles.thumbnail(client.chance.choice(BUILTIN), client.chance.randrange(16, 512))
    client.api.stylize(client.noise(30, 30), style.id, strength=0.0)
    client.api.styles.remove(style)
    assert style.id not in [kept.id for kept in client.api.styles.list()]


def no_such_thing(client: Client) -> None:
    """Something that is not there, or may not be."""
    styles = client.api.styles
    client.chance.choice(
        (
            lambda: client.api.stylize(client.noise(20, 20), "sha256:" + "0" * 64),
            lambda: styles.remove("builtin/woodcut"),
            lambda: styles.rename("sha256:" + "1" * 64, "Nobody"),
            lambda: client.api.load("nonsense"),
            lambda: styles.thumbnail("builtin/woodcut", 4000),
        )
    )()


def load_unload(client: Client) -> None:
    """The model is loaded, or leaves memory under those that paint."""
    if client.chance.random() < 0.5:
        client.api.load()
    else:
        client.api.unload()


def look(client: Client) -> None:
    """Everything that an open dialog asks for; and a connection that comes and goes."""
    assert client.api.health()
    client.api.info()
    client.api.styles.list()
    if client.chance.random() < 0.3:
        client.close()
        client.open()


ACTIONS: dict[Callable[[Client], None], int] = {
    paint: 20,
    mix: 6,
    region: 4,
    previews: 8,
    cancel: 10,
    deadline: 8,
    kill_client: 8,
    command: 4,
    damaged_style: 20,
    style_life: 12,
    no_such_thing: 6,
    load_unload: 4,
    look: 10,
    mute: 8,
    stalled_upload: 8,
    large_upload: 4,
    reader_leaves: 6,
}
"""All of them, and how often each comes."""


def outcome(client: Client, action: Callable[[Client], None]) -> tuple[Outcome, str]:
    """Does an action; returns what came of it, and the sentence that went with it."""
    try:
        action(client)
    except StyleSwapError as error:
        return (type(error).__name__, error.reason), error.message
    except grpc.RpcError as error:
        return outcome_of(error), error.details()
    return (KILLED if action is kill_client else DONE), ""
