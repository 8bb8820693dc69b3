"""What the tests of the Krita panel's widgets share."""

from __future__ import annotations

import subprocess
import sys

from .qt_widgets import Widgets
from .sandbox import CHECKOUT

PSEUDO = "qps"
"""The language in which every text is longer, and what is not translated is seen."""


LANGUAGES = ("en", "de", PSEUDO)


def locale_folder(widgets: Widgets, language: str) -> str:
    """Return the folder, as the program sees it, with the texts of a language."""
    if language != PSEUDO:
        return "/scratch/plugin/style_swap/locale"
    folder = widgets.scratch / "pseudo"
    if not folder.exists():
        command = [sys.executable, CHECKOUT / "plugins" / "translations.py", "--pseudo", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return "/scratch/pseudo/locale"
