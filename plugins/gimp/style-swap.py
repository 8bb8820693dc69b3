#!/usr/bin/env python3
"""Style Swap in GIMP: what GIMP starts.

An error while this file is imported means only that the menu entry does not appear. So everything
but gi, the standard library and the table of controls is imported when the filter runs.
"""

from pathlib import Path

import errors
import gimpfu_compat
import style_filter

style_filter.translate(Path(__file__).resolve().parent / "locale")
gimpfu_compat.register(
    style_filter.NAME,
    **style_filter.declaration(),
    function=style_filter.run,
    dialog=style_filter.ask,
    explain=errors.explain,
)
gimpfu_compat.main()
