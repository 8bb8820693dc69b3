"""Widgets without an editor: a Qt program that shows nothing and does what a test sends.

`python3 qt_host.py SOCKET BINDING`. Scripts (see `qt_scripts`) find `app` too.
"""

import importlib
import sys

path, binding = sys.argv[1:]
# Both are installed; the plug-in must find the one that its editor would have loaded.
sys.modules["PyQt6" if binding == "PyQt5" else "PyQt5"] = None  # type: ignore[assignment]
widgets = importlib.import_module(f"{binding}.QtWidgets")
app = widgets.QApplication([])
app.setQuitOnLastWindowClosed(False)

import qt_scripts  # noqa: E402

qt_scripts.listen(path, {"app": app}, app.quit)
app.exec()
