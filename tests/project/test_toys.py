"""A new transform, objective or guide is one file and one value of an enum: toys of each paint.

They are put into a copy of the house, and nothing else of it is touched but what is generated. The
copy's own command and daemon paint with them.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from styleswap import weights
from styleswap.engine.networks.model import Model

REPOSITORY = Path(__file__).resolve().parents[2]
TOYS = Path(__file__).parent / "toys"
ENGINE = Path("daemon/styleswap/engine")
PLACES = {
    "transform": ENGINE / "transforms" / "toy.py",
    "objective": ENGINE / "objectives" / "toy.py",
    "guide": ENGINE / "features" / "guides" / "toy.py",
}
"""Where the toys go, by the control that has them as a choice."""
GENERATED = {f"daemon/styleswap/v1/controls{end}" for end in (".py", "_pb2.py", "_pb2.pyi")}
SIDE = 128
"""Of the pictures in pixels: neither they nor the style are resized."""
ALONE = "--variety", "0", "--style-statistics", "0", "--detail", "0"
"""Nothing besides what a toy does."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the house with the toys, and a daemon that ends with the tests."""
    folder = tmp_path_factory.mktemp("house")
    for part in ("protos", "daemon"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / part, folder / part, ignore=unwanted)
    for kind, place in PLACES.items():
        shutil.copy(TOYS / f"{kind}.py", folder / place)
    contract = folder / "protos/styleswap/v1/controls.proto"
    text = contract.read_text()
    for kind in PLACES:
        start = text.index(f"enum {kind.capitalize()} {{")
        end = text.index("}\n\n", start)
        choice = f'  {kind.upper()}_TOY = 99 [(choice) = {{nick: "toy" label: "Toy"}}];\n'
        text = text[:end] + choice + text[end:]
    contract.write_text(text)
    subprocess.run([sys.executable, folder / "protos" / "generate.py"], check=True)
    # A daemon that the command starts is given no PYTHONPATH, as editors have one of their own.
    with subprocess.Popen([sys.executable, "-m", "styleswap", "serve"], env=variables(folder)):
        while run(folder, "status").returncode:
            time.sleep(0.1)
        yield folder
        run(folder, "stop")


def variables(house: Path) -> dict[str, str]:
    """The environment of the copy's programs."""
    own = {"PYTHONPATH": str(house / "daemon"), "STYLESWAP_HOME": str(house / "home")}
    return {**os.environ, **own}


def run(house: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """The copy's command."""
    return subprocess.run(
        [sys.executable, "-m", "styleswap", *map(str, words)],
        cwd=house,
        env=variables(house),
        capture_output=True,
        text=True,
        check=False,
    )


def painted(house: Path, content: Tensor, style: Tensor, *flags: str) -> Tensor:
    """What the copy's command paints: (3, H, W) in [0, 1]."""
    paths = [house / f"{name}.png" for name in ("content", "style", "painted")]
    for path, picture in zip(paths, (content, style), strict=False):
        Image.fromarray((picture.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)).save(
            path
        )
    done = run(house, "stylize", *paths[:2], "--output", paths[2], "--overwrite", *flags)
    assert done.returncode == 0, done.stderr
    values = np.asarray(Image.open(paths[2]).convert("RGB"))
    return torch.from_numpy(values.copy()).permute(2, 0, 1).float() / 255


@pytest.fixture(scope="module")
def model() -> Model:
    return weights.load("embedded", torch.device("cpu"))


def picture(seed: int) -> Tensor:
    """Soft noise of three sizes: (3, SIDE, SIDE) in whole 1/255."""
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros(1, 3, SIDE, SIDE)
    for step in (2, 8, 32):
        noise = torch.randn(1, 3, SIDE // step, SIDE // step, generator=random)
        total += torch.nn.functional.interpolate(noise, (SIDE, SIDE), mode="bilinear")
    return (torch.sigmoid(total[0]) * 255).round() / 255


def test_nothing_else_is_touched(house: Path) -> None:
    changed = set()
    for part in ("protos", "daemon"):
        for path in (house / part).rglob("*"):
            name = path.relative_to(house)
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            own = REPOSITORY / name
            if not own.exists() or not filecmp.cmp(path, own, shallow=False):
                changed.add(str(name))
    proto = "protos/styleswap/v1/controls.proto"
    assert changed == {proto} | GENERATED | {str(place) for place in PLACES.values()}
    for toy in TOYS.glob("*.py"):
        code = [line for line in toy.read_text().splitlines() if line.strip()]
        assert len(code) <= 20, f"{toy.name} is no toy any more"


@pytest.mark.parametrize("kind", PLACES)
def test_a_toy_is_a_choice_and_another_word_is_refused(house: Path, kind: str) -> None:
    told = run(house, "stylize", "--help").stdout
    assert f"--{kind}" in told
    assert "toy" in told[told.index(f"--{kind}") :][:200]
    refused = run(house, "stylize", "a.png", "b.png", f"--{kind}", "joy", "--output", "c.png")
    assert refused.returncode == 2
    assert "toy" in refused.stderr


def test_a_toy_transform_paints(house: Path, model: Model) -> None:
    """As activations with another mean are painted by the same network."""
    content, style = picture(1), picture(2) * 0.5
    given = painted(house, content, style, "--transform", "toy")
    style = (style * 255).round() / 255
    with torch.no_grad():
        cells, wanted = (model.encode(p[None]) for p in (content, style))
        whole: dict[str, Any] = {"dim": (2, 3), "keepdim": True}
        moved = cells - cells.mean(**whole) + wanted.mean(**whole)
        moved[:, model.layout.place("relu3_1")].clamp_(min=0)
        expected = model.paint(moved)[0].clamp(0, 1)
    assert float((expected - content).abs().mean()) > 0.05
    torch.testing.assert_close(given, expected, rtol=0, atol=2 / 255)


def test_a_toy_objective_is_approached(house: Path, model: Model) -> None:
    """Of the paper's objective alone this would not come."""
    content, style = picture(1), picture(2)
    flags = ("--method", "optimise", "--iterations", "40", "--smoothness", "0")

    def energy(pixels: Tensor) -> float:
        with torch.no_grad():
            return float(
                model.encoder.levels(pixels[None], kept=["conv1_1"])["conv1_1"].pow(2).mean()
            )

    usual = energy(painted(house, content, style, *flags))
    silenced = energy(painted(house, content, style, *flags, "--objective", "toy"))
    assert silenced < 0.3 * energy(content)
    assert silenced < 0.3 * usual


def test_a_toy_guide_chooses(house: Path) -> None:
    """Halves of two reds, in opposite places: the guide looks for its like."""
    grain = 0.02 * torch.randn(1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    red = torch.full((1, SIDE, SIDE), 0.2)
    red[..., SIDE // 2 :] = 0.8
    gray = torch.full((2, SIDE, SIDE), 0.5)
    content, style = ((torch.cat([r, gray]) + grain).clamp(0, 1) for r in (red, red.flip(2)))
    given = painted(house, content, style, "--guide", "toy", *ALONE)
    right = (given[0] > 0.5) == (content[0] > 0.5)
    assert float(right.float().mean()) > 0.95
