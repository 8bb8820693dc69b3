"""Draws the pictures of the guide in the real GIMP: `python -m tests.editors.pictures`."""

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
    with Image.open(desk.screenshot("dialog.png", DIALOG)) as seen:
        small = seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(target, optimize=True)


def main() -> None:
    """Draw all."""
    parser = argparse.ArgumentParser(prog="python -m tests.editors.pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--style", default="Stained Glass", help="name of the style in the dialog")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        gimp = Gimp("3.0", roots.build(roots.GIMP["3.0"]), Path(scratch))
        with closing(gimp), closing(Desk(gimp)) as desk:
            assert gimp.daemon.health()
            draw_dialog(desk, args.style, args.folder / "gimp-dialog.png")


if __name__ == "__main__":
    main()
