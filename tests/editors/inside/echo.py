#!/usr/bin/env python3
"""A filter for tests of `gimpfu_compat`: writes down what it is given, says what it is told to say.

Below /scratch/echo: `dialog.json` is what the user chooses (absent: Cancel), `fail` makes the
filter raise; `asked.json` and `ran.json` are what the dialog and the filter got.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, "/checkout/plugins/gimp")
sys.dont_write_bytecode = True
import gimpfu_compat as gimpfu  # noqa: E402
from gi.repository import Gimp  # noqa: E402

FOLDER = Path("/scratch/echo")


def plain(values):
    """Return values as JSON holds them."""

    def one(value):
        if value is gimpfu.GONE:
            return "gone"
        return value.get_name() if isinstance(value, Gimp.Item) else value

    return {name: one(value) for name, value in values.items()}


def percent(value):
    """Take 0 to 100."""
    if not 0 <= value <= 100:
        raise ValueError(f"percent = {value!r}: must be from 0 to 100.")
    return value


def ask(image, drawables, values):
    """Answer for the user."""
    (FOLDER / "asked.json").write_text(json.dumps(plain(values)))
    answers = FOLDER / "dialog.json"
    if not answers.exists():
        return None
    chosen = json.loads(answers.read_text())
    if chosen["other"] is not None:
        chosen["other"] = next(la for la in image.get_layers() if la.get_name() == chosen["other"])
    return chosen


def echo(image, drawables, values, interactive):
    """Write down the values; the results are the drawables in reverse."""
    (FOLDER / "ran.json").write_text(json.dumps([plain(values), interactive]))
    if (FOLDER / "fail").exists():
        raise LookupError("nothing found")
    return drawables[::-1]


gimpfu.register(
    "plug-in-test-echo",
    blurb="Echo",
    help="Echo",
    author="Tests",
    copyright="Tests",
    date="2026",
    label="_Echo...",
    imagetypes="*",
    params=[
        gimpfu.Param(gimpfu.PF_STRING, "some_text", "Text", "A text", "as it was"),
        gimpfu.Param(gimpfu.PF_DRAWABLE, "other", "Other", "Another layer"),
        gimpfu.Param(gimpfu.PF_FLOAT, "percent", "Percent", "0 to 100", 50.0, percent),
        gimpfu.Param(gimpfu.PF_INT, "count", "Count", "A whole number", 3),
        gimpfu.Param(gimpfu.PF_TOGGLE, "loud", "Loud", "Whether", False),
        gimpfu.Param(gimpfu.PF_OPTION, "where", "Where", "here or there", "here"),
    ],
    function=echo,
    menu="<Image>/Filters/Artistic",
    dialog=ask,
    explain=lambda error: f"Explained: {error}",
)
gimpfu.main()
