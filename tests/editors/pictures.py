"""Draws the pictures of the guides in the real editors: `python -m tests.editors.pictures`."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

from PIL import Image
from skimage import data

from . import roots
from .gimp_program import Gimp
from .gimp_window import Desk
from .krita_painting import inside, set_values, stylise, wait_painted
from .krita_program import Krita
from .krita_window import Studio
from .sandbox import CHECKOUT
from .screen_session import eventually

FOLDER = CHECKOUT / "docs" / "pictures"
DIALOG = "^Style Swap"
COLOURS = 256
"""Of a picture, so that its file stays small."""


def draw_dialog(desk: Desk, style: str, target: Path) -> None:
    """Show a sample photo in the dialog with a finished preview, and keep what is seen."""
    photo = desk.gimp.scratch / "Coffee.png"
    Image.fromarray(data.coffee()).save(photo)
    desk.open(photo)
    desk.script("image, = Gimp.get_images(); image.get_layers()[0].set_name('Coffee')")
    desk.run_filter()
    desk.click(desk.accessible("list item", style, DIALOG))
    eventually(
        "it chosen", lambda: [style] in [t.chosen for t in desk.accessibles("table", window=DIALOG)]
    )
    desk.accessible(name="Takes .*", window=DIALOG, timeout=90)
    eventually("the preview", lambda: desk.gimp.daemon.info().queue_length == 0)
    keep(desk.screenshot("dialog.png", DIALOG), target)


def draw_docker(studio: Studio, style: str, folder: Path) -> None:
    """Paint a sample photo by the docker, and keep what is seen: docked, and floating."""
    photo = studio.scratch / "Coffee.png"
    Image.fromarray(data.coffee()).save(photo)
    studio.open(photo)
    studio.script("nodes()[0].setName('Coffee')")
    set_values(studio, style=f"builtin/{style.lower().replace(' ', '-')}")
    stylise(studio)
    wait_painted(studio)
    inside(studio, "panel.messages.say(''); panel.previews.watch(True)")
    painted = "answer = panel.preview._pane._after is not None and session.queue.jobs == []"
    eventually("the preview", lambda: inside(studio, painted), 90)
    keep(studio.screenshot("docker.png"), folder / "krita-docker.png")
    studio.script("docker().setFloating(True); docker().resize(220, 900)")
    eventually("the preview at rest", lambda: inside(studio, AT_REST))
    title = "^Style Swap"
    keep(studio.screenshot("floating.png", title), folder / "krita-floating.png")


AT_REST = "answer = panel.previews._live.idle and panel.isVisible()"


def keep(seen: Path, target: Path) -> None:
    """Write a screenshot as a small file."""
    with Image.open(seen) as whole:
        small = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(target, optimize=True)


def main() -> None:
    """Draw all."""
    parser = argparse.ArgumentParser(prog="python -m tests.editors.pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--style", default="Stained Glass", help="name of the style")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        gimp = Gimp("3.0", roots.build(roots.GIMP["3.0"]), Path(scratch))
        with closing(gimp), closing(Desk(gimp)) as desk:
            assert gimp.daemon.health()
            draw_dialog(desk, args.style, args.folder / "gimp-dialog.png")
    with tempfile.TemporaryDirectory() as scratch:
        krita = Krita("5.2", roots.build(roots.KRITA["5.2"]), Path(scratch))
        with closing(krita), closing(Studio(krita)) as studio:
            draw_docker(studio, args.style, args.folder)


if __name__ == "__main__":
    main()
