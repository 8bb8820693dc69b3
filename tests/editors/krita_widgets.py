"""What the tests of the Krita panel's widgets share."""

from __future__ import annotations

import subprocess
import sys

from .qt_widgets import Widgets
from .sandbox import CHECKOUT

PSEUDO = "qps"
"""The language in which every text is longer, and what is not translated is seen."""


def locale_folder(widgets: Widgets) -> str:
    """Return the folder, as the program sees it, of the pseudo-language."""
    folder = widgets.scratch / "pseudo"
    if not folder.exists():
        command = [sys.executable, CHECKOUT / "plugins" / "translations.py", "--pseudo", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return "/scratch/pseudo/locale"
