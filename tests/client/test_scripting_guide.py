"""The examples of docs/scripting.md, run as they stand there."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap import runtime
from styleswap.client import Daemon

README = Path(__file__).parents[2] / "README.md"
GUIDE = README.parent / "docs" / "scripting.md"


def examples(page: Path = GUIDE) -> list[str]:
    return re.findall(
        r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.slow
def test_examples_run_in_their_order(
    daemon: Daemon,
    daemon_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(runtime.HOME_VARIABLE, str(daemon_home))
    # A proxy that is not there, as of an office that one is not in.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    ramp = np.linspace(0, 255, 48, dtype=np.uint8)
    photo = np.stack([*np.meshgrid(ramp, ramp[:36]), np.full((36, 48), 90, np.uint8)], axis=-1)
    Image.fromarray(photo).save("photo.jpg", quality=95)
    Image.fromarray(photo[::-1, ::-1]).save("painting.jpg", quality=95)
    before = daemon.styles.list()

    names: dict[str, Any] = {}
    parts = examples()
    assert len(parts) >= 9
    for part in parts:
        exec(compile(part, str(GUIDE), "exec"), names)

    assert daemon.styles.list() == before
    for written in (
        "woodcut.png", "mine.png", "mosaic.png", "preview.png", "async-woodcut.png",
        "async-mosaic.png", "over-grpc.png",
    ):  # fmt: skip
        with Image.open(written) as picture:
            assert picture.size == (48, 36), written
    with Image.open("thumbnail.png") as thumbnail:
        assert max(thumbnail.size) <= 128
    with Image.open("look.png") as look, Image.open("strokes.png") as strokes:
        assert (look.size, strokes.size) == ((400, 300), (128, 96))
    # The same request by either way is the same picture.
    with Image.open("woodcut.png") as ours, Image.open("over-grpc.png") as theirs:
        assert ours.tobytes() == theirs.tobytes()
    assert (names["by_name"].size, names["from_pixels"].size) == ((48, 36), (48, 36))
    assert names["canvas"].std() > 5

    said = capsys.readouterr().out
    assert "cancelled\n" in said
    assert "longer timeout" in said
    assert re.search(r"takes about \d+ s\.", said)
    assert "('builtin/woodcut', 'builtin/linocut')" in said
    assert "strength strength = 2" in said
    assert "InvalidPicture STYLE_TOO_SMALL" in said


def test_guide_names_every_exception() -> None:
    from styleswap import client

    text = GUIDE.read_text(encoding="utf-8")
    errors = {
        name
        for name in client.__all__
        if isinstance(getattr(client, name), type)
        and issubclass(getattr(client, name), client.StyleSwapError)
    }
    assert {name for name in errors if f"`{name}`" not in text} == {"InvalidRequest"}


def test_program_of_the_readme(
    daemon: Daemon, daemon_home: Path, photo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runtime.HOME_VARIABLE, str(daemon_home))
    (program,) = examples(README)
    names = {"photo": photo}
    exec(compile(program, str(README), "exec"), names)
    assert names["picture"].shape == photo.shape
