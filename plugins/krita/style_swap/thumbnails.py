"""Small pictures of image files that are in no library."""

from __future__ import annotations

from .qt import QtCore, QtGui


def thumbnail_of(path: str, size: int) -> bytes:
    """Returns an image file as a small PNG file, empty where Qt cannot read it. For any thread.

    Args:
        path: of the file.
        size: most pixels of the longer side.
    """
    reader = QtGui.QImageReader(path)
    reader.setAutoTransform(True)
    whole = reader.size()
    if whole.isValid() and max(whole.width(), whole.height()) > size:
        reader.setScaledSize(whole.scaled(size, size, QtCore.Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        return b""
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data)
