"""A small window from which files are dragged, as from a file manager.

`python3 drag_source.py PATH_OR_URL...` ends with the first drag and prints what became of it: the
action that was taken, such as "CopyAction", or "IgnoreAction".
"""

import sys

try:
    from PyQt6 import QtCore, QtGui, QtWidgets
except ImportError:
    from PyQt5 import QtCore, QtGui, QtWidgets

Qt = QtCore.Qt
FETCH_MILLISECONDS = 3000
"""How long the other program may take to fetch what was dropped."""


class Source(QtWidgets.QLabel):
    """Offers the files once the mouse is dragged on it."""

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Drag them to the end."""
        data = QtCore.QMimeData()
        data.setUrls([_url(place) for place in sys.argv[1:]])
        drag = QtGui.QDrag(self)
        drag.setMimeData(data)
        taken = drag.exec(Qt.DropAction.CopyAction)
        print(
            getattr(taken, "name", None) or ("IgnoreAction", "CopyAction")[int(taken)], flush=True
        )
        self.hide()
        QtCore.QTimer.singleShot(FETCH_MILLISECONDS, app.quit)


def _url(place: str) -> QtCore.QUrl:
    return QtCore.QUrl.fromLocalFile(place) if place.startswith("/") else QtCore.QUrl(place)


app = QtWidgets.QApplication(sys.argv[:1])
source = Source("files")
source.setWindowTitle("files to drag")
# The window manager would put it elsewhere, or below.
source.setWindowFlags(Qt.WindowType.BypassWindowManagerHint | Qt.WindowType.WindowStaysOnTopHint)
screen = app.primaryScreen().geometry()
source.setGeometry(screen.right() - 59, 0, 60, 24)
source.show()
app.exec()
