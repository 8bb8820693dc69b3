"""Help, version, and what is imported on the way."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms

import styleswap
from styleswap.cli.samples import SAMPLES, sample_photo
from styleswap.v1.controls import CONTROLS

HEAVY = ("torch", "numpy", "grpc", "grpclib", "google.protobuf", "pyvips", "tqdm", "skimage", "PIL")


def imported_by(*words: str) -> list[str]:
    """The modules that a run of the command imports."""
    script = (
        "import json, sys\n"
        "from styleswap.cli import main\n"
        f"code = main({list(words)!r})\n"
        "print('\\n' + json.dumps([code, sorted(sys.modules)]))"
    )
    environment = dict(os.environ, PYTHONPATH=str(Path(styleswap.__file__).parents[1]))
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0
    return modules


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["stylize", "--help"], ["train", "--help"]]
)
def test_help_imports_nothing_heavy(words):
    assert not set(HEAVY) & set(imported_by(*words))


def test_painting_does_not_import_torch(command, daemon_home, photo, style, monkeypatch, tmp_path):
    monkeypatch.setenv("STYLESWAP_HOME", str(daemon_home))
    out = tmp_path / "out.png"
    modules = imported_by("stylize", str(photo), str(style), "-o", str(out), "--strength", "0")
    assert out.is_file()
    assert not {"torch", "grpc", "skimage", "scipy"} & set(modules)


def test_every_control_has_a_flag(command):
    text = " ".join(command("stylize", "--help").out.split())
    for control in CONTROLS:
        flag = "--" + control.name.replace("_", "-")
        assert re.search(rf"{flag}\b", text)
        assert control.help in text


def test_flags_stand_with_what_they_need(command):
    text = command("stylize", "--help").out
    titles = re.findall(r"^(painting.*):$", text, re.MULTILINE)
    assert titles == [
        "painting",
        "painting, advanced",
        "painting, only with --transform patch-swap",
        "painting, only with --patch-size above 1",
        "painting, only with --method feed-forward",
        "painting, only with --method optimise",
        "painting, only with --method optimise or --refine above 0",
        "painting, only with --matching centred",
        "painting, only with --tone above 0",
        "painting, only with --objective gram or markov or neighbours",
        "painting, only with --objective gram",
    ]
    parts = re.split(r"^painting.*:$", text, flags=re.MULTILINE)[1:]
    flags = [set(re.findall(r"^  --([a-z-]+)", part, re.MULTILINE)) for part in parts]
    assert flags[0] == {"strength", "style-scale", "transform", "colours"}
    assert flags[2:] == [
        {"variety", "patch-size", "patch-stride", "matching", "style-statistics", "detail"},
        {"overlap"},
        {"refine"},
        {"iterations", "start"},
        {"smoothness", "objective", "descent"},
        {"tone", "hue", "guide"},
        {"tones"},
        {"content-weight"},
        {"octaves"},
    ]
    named = {control.name.replace("_", "-") for control in CONTROLS}
    assert set().union(*flags) == named
    assert sum(map(len, flags)) == len(named)


def test_version(command):
    assert command("--version").out == f"styleswap {styleswap.__version__}\n"


def test_a_reader_that_leaves(command):
    """As `styleswap styles list | head -0`: no trace, no complaint."""
    process = command.start("styles", "list")
    process.stdout.close()
    complaint = process.stderr.read()
    process.wait(30)
    assert complaint == ""


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples_are_the_library_s_own(name):
    pixels = sample_photo(name)
    expected = getattr(skimage.data, name)()
    path = Path(skimage.data.__file__).parent / SAMPLES[name]
    icc = Image.open(path).info.get("icc_profile")
    if icc:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        picture = Image.fromarray(expected)
        expected = ImageCms.profileToProfile(
            picture, profile, ImageCms.createProfile("sRGB"), renderingIntent=1, flags=0x2000
        )
        expected = np.asarray(expected)
    assert expected.shape == (pixels.format.height, pixels.format.width, pixels.format.channels)
    values = np.frombuffer(pixels.data, np.uint8).reshape(expected.shape)
    # JPEG decoders round differently.
    assert np.abs(values.astype(int) - expected).mean() < 1
