"""Painting in the real Krita, and what the client makes of the same pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from styleswap.client import Daemon, Picture

from .krita_window import Studio
from .screen_session import eventually

Array = npt.NDArray[Any]

STYLE = "builtin/woodcut"
PAINT_SECONDS = 180.0
JOBS = "answer = [(job.number, job.title, job.state, job.text) for job in session.queue.jobs]"
SESSION = "from style_swap.plugin import session as _s; session = _s(); panel = docker_panel()\n"
_PANEL = """
def docker_panel():
    return docker().findChild(QtWidgets.QWidget, "style_swap_panel")
"""


@dataclass(frozen=True)
class Space:
    """A colour space of Krita, and how its pixels travel when nothing is converted."""

    model: str
    depth: str
    profile: str
    dtype: str
    linear: bool

    @property
    def channels(self) -> int:
        """Values of a pixel, alpha among them."""
        return {"RGBA": 4, "GRAYA": 2}[self.model]

    @property
    def turned(self) -> bool:
        """Whether Krita keeps blue first."""
        return self.model == "RGBA" and self.depth in ("U8", "U16")

    def pixels(self, width: int, height: int, seed: int = 1) -> Array:
        """Return a smooth picture, (H, W, C), red first, with soft alpha at its right."""
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[0:height, 0:width] / max(width, height)
        waves = [
            0.5
            + 0.5 * np.sin(rng.uniform(6, 30) * (x + rng.uniform(-1, 1) * y) + rng.uniform(0, 6))
            for _ in range(self.channels - 1)
        ]
        alpha = np.clip(4 * (1 - x / x.max()), 0.2, 1)
        values = np.stack([*waves, alpha], axis=-1)
        if self.depth in ("U8", "U16"):
            full = np.iinfo(self.dtype).max
            return np.round(values * full).astype(self.dtype)
        return values.astype(self.dtype)

    def to_krita(self, pixels: Array) -> bytes:
        """Return pixels as Krita stores them."""
        if self.turned:
            pixels = pixels[..., [2, 1, 0, 3]]
        return np.ascontiguousarray(pixels.astype(self.dtype)).tobytes()

    def from_krita(self, data: bytes, width: int, height: int) -> Array:
        """Return (H, W, C), red first."""
        pixels = np.frombuffer(data, self.dtype).reshape(height, width, self.channels)
        return pixels[..., [2, 1, 0, 3]] if self.turned else pixels

    def picture(self, pixels: Array) -> Picture:
        """Return pixels as a client sends them."""
        sent = pixels.astype(np.float32) if self.dtype == "float16" else pixels
        layout = "rgba" if self.model == "RGBA" else "gray-alpha"
        height, width = pixels.shape[:2]
        data = np.ascontiguousarray(sent).tobytes()
        return Picture(width, height, layout, sent.dtype.name, self.linear, data)  # type: ignore[arg-type]


SRGB, LINEAR = "sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"
GRAY, GRAY_LINEAR = "Gray-D50-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-g10.icc"
SPACES = {
    "U8": Space("RGBA", "U8", SRGB, "uint8", False),
    "U16": Space("RGBA", "U16", SRGB, "uint16", False),
    "U16-linear": Space("RGBA", "U16", LINEAR, "uint16", True),
    "F16": Space("RGBA", "F16", LINEAR, "float16", True),
    "F32": Space("RGBA", "F32", LINEAR, "float32", True),
    "F32-sRGB": Space("RGBA", "F32", SRGB, "float32", False),
    "gray-U8": Space("GRAYA", "U8", GRAY, "uint8", False),
    "gray-U16": Space("GRAYA", "U16", GRAY_LINEAR, "uint16", True),
    "gray-F32": Space("GRAYA", "F32", GRAY_LINEAR, "float32", True),
}


def client_paints(
    daemon: Daemon, space: Space, pixels: Array, style: object = STYLE, **settings: object
) -> Array:
    """Return the client's painting of pixels, (H, W, C), in numbers as they travel."""
    painted = daemon.paint(space.picture(pixels), style, **settings).picture
    height, width = pixels.shape[:2]
    sent = "float32" if space.dtype == "float16" else space.dtype
    return np.frombuffer(bytes(painted.data), sent).reshape(height, width, space.channels)


def assert_same(given: Array, painted: Array) -> None:
    """Compare a layer with the client's painting: equal, but for how Krita rounds to 16 bits.

    Of two half-precision numbers around one of single precision, some Kritas take the nearer one
    and some the smaller one.
    """
    if given.dtype == np.float16:
        step = np.spacing(np.abs(given)).astype(np.float64)
        assert (np.abs(given.astype(np.float64) - painted) < step).all()
    else:
        np.testing.assert_array_equal(given, painted)


def inside(studio: Studio, script: str, **variables: object) -> Any:
    """Run a script that also finds the plug-in's `session`, `panel` and `values`."""
    return studio.script(_PANEL + SESSION + script, **variables)


def set_values(studio: Studio, **values: object) -> None:
    """Set what is chosen in the panel, the rest to its default, and wait until the styles came.

    Nothing is under way from then on, and previews rest: they would make the daemon look busy.
    """
    eventually("the styles", lambda: inside(studio, "answer = bool(session.connection.styles)"))
    inside(
        studio,
        """
session.queue.close()
panel.previews.watch(False)
panel._reset()
panel.controls.show(values)
for name in ("input", "output"):
    if name in values:
        combo = getattr(panel, name)
        combo.setCurrentIndex(combo.findData(values[name]))
panel._choose(values.get("style", style), "")
""",
        values=values,
        style=STYLE,
    )


def jobs(studio: Studio) -> list[Any]:
    """Return number, title, state and text of the paintings under way."""
    return inside(studio, JOBS)


def activate_layer(studio: Studio, name: str) -> None:
    """Make a layer the active one; Krita takes the one that was added last, some events later."""
    script = """
node = next(node for node in nodes() if node.name() == name)
answer = app.activeDocument().activeNode() == node
app.activeDocument().setActiveNode(node)
"""
    seen = [False]

    def lasting() -> bool:
        seen.append(studio.script(script, name=name))
        return all(seen[-3:])

    eventually(f"{name} active", lasting)


def press(studio: Studio, name: str) -> None:
    """Click on a widget when it stands still."""
    places = []

    def still() -> bool:
        # A message that has just gone moves the button a little later.
        places.append(studio.widget(name).middle)
        return len(places) > 3 and len(set(places[-4:])) == 1

    eventually(f"{name} at rest", still)
    studio.click(name)


def stylise(studio: Studio) -> None:
    """Click on the button, and wait until the plug-in has taken the order, or refused it."""
    before = inside(studio, "panel.messages.say(''); answer = session.queue._number")
    press(studio, "stylise")
    asked = "answer = session.queue._number > before or panel.messages.text"
    eventually("an order or a refusal", lambda: inside(studio, asked, before=before))


def wait_painted(studio: Studio) -> None:
    """Wait until nothing is under way."""

    def ended() -> bool:
        waiting = jobs(studio)
        assert not any(state == "failed" for _n, _t, state, _x in waiting), waiting
        return not waiting

    eventually("the painting", ended, PAINT_SECONDS)
    studio.script("settle()")


def message(studio: Studio) -> str:
    """Return what the panel says."""
    return inside(studio, "answer = panel.messages.text")
