"""Colours of other profiles and models, in the real Krita, against LittleCMS."""

from __future__ import annotations

import numpy as np
import pytest

from styleswap.client import Picture

from .colour_files import STEPS, ColourFile
from .krita_painting import STYLE, inside, message, set_values, stylise, wait_painted

pytestmark = pytest.mark.editors
PROFILES = "usr/share/color/icc/krita"
READ = """
from style_swap.host.source import Pixels, open_source, read
source = open_source(app.activeDocument(), nodes()[0], "layer")
found = Pixels(source.format)
for _wait in read(source, found):
    QtWidgets.QApplication.processEvents()
kind = source.format
answer = [kind.layout, kind.depth, kind.linear, found.rows(0, kind.height), *source.notices]
"""
SPACES = {
    "adobe-8": ("ClayRGB-elle-V2-g22.icc", "RGBA", "U8"),
    "adobe-16": ("ClayRGB-elle-V2-g22.icc", "RGBA", "U16"),
    "wide-16": ("WideRGB-elle-V2-g22.icc", "RGBA", "U16"),
    "gray-1.8": ("Gray-D50-elle-V2-g18.icc", "GRAYA", "U8"),
    "gray-lab": ("Gray-D50-elle-V2-labl.icc", "GRAYA", "U16"),
}


def curved(linear):
    """Linear light with sRGB's curve, which is straight near black and below."""
    bent = 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, bent)


def numbers_of(patches, model, depth):
    """Patches of 8 bits, (N, C), as Krita stores them, opaque, in one row."""
    full = {"U8": 255, "U16": 65535}[depth]
    values = np.round(patches / 255 * full)
    if model == "RGBA":
        values = values[:, ::-1]  # blue first
    opaque = np.full((len(patches), 1), full)
    return np.concatenate([values, opaque], axis=1).astype("u1" if depth == "U8" else "<u2")


def open_patches(studio, name):
    profile, model, depth = SPACES[name]
    icc = (studio.krita.sandbox.root / PROFILES / profile).read_bytes()
    file = ColourFile(name, icc, gray=model == "GRAYA")
    patches = file.patches
    studio.create(len(patches), 1, model=model, depth=depth, profile=profile)
    numbers = numbers_of(patches, model, depth)
    studio.add_layer("Patches", [0, 0, len(patches), 1], numbers.tobytes())
    return file, patches, numbers


@pytest.mark.parametrize("name", SPACES)
def test_patches_travel_in_the_colours_that_littlecms_gives_them(studio, name):
    file, patches, _numbers = open_patches(studio, name)
    layout, depth, linear, data, *notices = inside(studio, READ)
    assert depth == "float32"
    channels = 2 if file.gray else 4
    assert layout == ("gray-alpha" if file.gray else "rgba")
    sent = np.frombuffer(data, np.float32).reshape(-1, channels).astype(float)
    assert (sent[:, -1] == 1).all()
    colours = curved(sent[:, :-1]) if linear else sent[:, :-1]
    expected = file.to_srgb(patches)[:, : channels - 1]
    assert np.abs(255 * colours - expected).max() <= STEPS
    assert bool(notices) == (not file.gray)


@pytest.mark.parametrize("name", SPACES)
def test_at_strength_0_patches_come_back_as_they_were(studio, name):
    _file, patches, numbers = open_patches(studio, name)
    set_values(studio, strength=0.0)
    stylise(studio)
    wait_painted(studio)
    assert len(studio.layers()) == 2
    data = studio.pixels(0, [0, 0, len(patches), 1])
    given = np.frombuffer(data, numbers.dtype).reshape(numbers.shape)
    # Krita converts by tables: of 16 bits, an eighth of a step of 8 bits may be lost.
    step = 0 if numbers.dtype == np.uint8 else 32
    assert np.abs(given.astype(int) - numbers.astype(int)).max() <= step
    assert ("not sRGB" in message(studio)) == (SPACES[name][1] == "RGBA")


def test_a_painting_in_another_profile_has_the_right_colours(studio):
    profile, model, depth = SPACES["adobe-8"]
    icc = (studio.krita.sandbox.root / PROFILES / profile).read_bytes()
    file = ColourFile("adobe", icc)
    y, x = np.mgrid[0:60, 0:80] / 80
    waves = [0.5 + 0.5 * np.sin(9 * x + 5 * y + turn) for turn in (0, 2, 4)]
    patches = np.round(255 * np.stack(waves, axis=-1)).astype(np.uint8).reshape(-1, 3)
    studio.create(80, 60, model=model, depth=depth, profile=profile)
    numbers = numbers_of(patches, model, depth)
    studio.add_layer("Photo", [0, 0, 80, 60], numbers.tobytes())
    # Detail blends the content in, whose roundings are what differs.
    set_values(studio, detail=0.0)
    stylise(studio)
    wait_painted(studio)
    data = studio.pixels(0, [0, 0, 80, 60])
    given = np.frombuffer(data, np.uint8).reshape(-1, 4)[:, [2, 1, 0]].astype(float)
    # The same by hand: to sRGB and back by LittleCMS, painted by the client between.
    srgb = (file.to_srgb(patches) / 255).astype(np.float32)
    rgba = np.concatenate([srgb, np.ones((len(srgb), 1), np.float32)], axis=1)
    sent = Picture(80, 60, "rgba", "float32", False, rgba.tobytes())
    painted = studio.krita.daemon.paint(sent, STYLE, detail=0.0).picture
    colours = np.frombuffer(bytes(painted.data), np.float32).reshape(-1, 4)[:, :3]
    expected = np.clip(file.from_srgb(colours * 255), 0, 255)
    # Contents that differ by rounding let single patches of the style change places.
    difference = np.abs(given - expected).max(axis=1)
    assert (difference <= 1).mean() > 0.98
    assert difference.mean() < 1


@pytest.mark.parametrize(("model", "depth"), [("CMYKA", "U8"), ("LABA", "U16"), ("XYZA", "F32")])
def test_other_models_are_converted_on_a_copy_and_it_is_said(studio, model, depth):
    studio.create(40, 30, model=model, depth=depth, profile="")
    rng = np.random.default_rng(3)
    kinds = {"U8": ("u1", 255), "U16": ("<u2", 65535), "F32": ("<f4", 1)}
    kind, full = kinds[depth]
    channels = 5 if model == "CMYKA" else 4
    values = rng.uniform(0.3, 0.7, (30, 40, channels))
    values[..., -1] = 1
    data = (values * full).astype(kind).tobytes()
    studio.add_layer("Photo", [0, 0, 40, 30], data)
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    painting, photo = studio.layers()
    assert (painting["model"], painting["depth"]) == (model, depth)
    assert painting["profile"] == photo["profile"]
    assert studio.pixels("Photo", [0, 0, 40, 30]) == data
    assert studio.pixels(0, [0, 0, 40, 30]) != data
    assert f"A copy of the {model[:-1]} pixels was converted" in message(studio)
