"""A plug-in of Krita for the tests alone: runs what the test sends (see `qt_scripts`).

Krita loads it by a stub in its own folder of plug-ins, which `krita_program.py` writes.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from krita import Extension, Krita, Node  # loads a binding of Qt, before `qt_scripts` looks for one

import qt_scripts  # isort: skip
from qt_scripts import QtCore, QtWidgets  # isort: skip

DOCKER = "style_swap"
PATH = os.environ["STYLESWAP_TESTS_SOCKET"]


def docker() -> Any:
    """Return the plug-in's docker in the active window.

    Raises:
        LookupError: Krita has none; or what the plug-in raises when it is imported.
    """
    found = [each for each in app.dockers() if each.objectName() == DOCKER]
    if not found:
        importlib.import_module(DOCKER)
        raise LookupError(f"no docker {DOCKER!r}")
    return found[0]


def create(
    width: int,
    height: int,
    model: str = "RGBA",
    depth: str = "U8",
    profile: str = "sRGB-elle-V2-srgbtrc.icc",
    name: str = "Test",
) -> Any:
    """Open an empty document in a view; return it.

    An empty profile is Krita's default for that depth: linear for all but U8. Krita puts one
    transparent paint layer into it, which this takes out.
    """
    doc = app.createDocument(width, height, name, model, depth, profile, 300.0)
    for node in doc.rootNode().childNodes():
        node.remove()
    app.activeWindow().addView(doc)
    app.setActiveDocument(doc)
    return doc


def add_layer(
    doc: Any, name: str, x: int, y: int, width: int, height: int, data: bytes = b"", **of: Any
) -> Any:
    """Add a paint layer above all others, with pixels as Krita stores them; return it.

    U8 and U16 are BGRA, F16 and F32 RGBA, gray is GA.
    """
    node = doc.createNode(name, "paintlayer")
    for attribute, value in of.items():
        getattr(node, attribute)(value)
    if data:
        node.setPixelData(QtCore.QByteArray(data), x, y, width, height)
    doc.rootNode().addChildNode(node, None)
    settle(doc)
    return node


def settle(doc: Any = None) -> None:
    """Wait until Krita has painted what was changed; turns the event loop."""
    doc = doc or app.activeDocument()
    doc.refreshProjection()
    doc.waitForDone()


def pixels(node: Any, box: Any = None, *, projected: bool = False) -> bytes:
    """Return a node's pixels as Krita stores them, in its bounds or a box x, y, width, height."""
    box = box or rectangle(node.bounds())
    return bytes(node.projectionPixelData(*box) if projected else node.pixelData(*box))


def rectangle(bounds: Any) -> list[int]:
    """Return a QRect as x, y, width, height."""
    return [bounds.x(), bounds.y(), bounds.width(), bounds.height()]


def node_facts(node: Any) -> dict[str, Any]:
    """Return what a test wants to know of a node."""
    return {
        "name": node.name(),
        "type": node.type(),
        "visible": node.visible(),
        "locked": node.locked(),
        "opacity": node.opacity(),
        "mode": node.blendingMode(),
        "bounds": rectangle(node.bounds()),
        "model": node.colorModel(),
        "depth": node.colorDepth(),
        "profile": node.colorProfile(),
        "id": node.uniqueId().toString(),
    }


def nodes(doc: Any = None) -> list[Node]:
    """Return the nodes of a document, top first, a group before its children."""

    def of(parent: Any) -> list[Any]:
        found = []
        for child in reversed(parent.childNodes()):
            found += [child, *of(child)]
        return found

    doc = doc or app.activeDocument()
    return of(doc.rootNode()) if doc is not None else []


def close_all() -> None:
    """Close all documents and dialogs; nothing is asked or kept."""
    for widget in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(widget, QtWidgets.QDialog) and widget.isVisible():
            widget.reject()
        elif isinstance(widget, QtWidgets.QMenu):
            widget.close()
    for doc in app.documents():
        doc.waitForDone()
        doc.setModified(False)
        doc.close()


class Scripts(Extension):
    """Krita wants one."""

    def setup(self) -> None:
        """Nothing to do."""

    def createActions(self, window: object) -> None:
        """Nothing to do."""


app = Krita.instance()
app.addExtension(Scripts(app))
_own = (docker, create, add_layer, settle, pixels, rectangle, node_facts, nodes, close_all)
_names = {each.__name__: each for each in _own}


def _quit() -> None:
    close_all()
    app.action("file_quit").trigger()


qt_scripts.listen(PATH, {"Krita": Krita, "app": app, **_names}, _quit)
