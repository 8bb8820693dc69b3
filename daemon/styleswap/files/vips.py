"""The library libvips, restricted to the loaders whose input may be untrusted."""

import os
from typing import Any

# Warnings go nowhere: with this libvips's own handler takes them, which is C and does nothing.
os.environ.setdefault("VIPS_WARNING", "1")

import pyvips
import pyvips.error

_LOADERS = ("Png", "Jpeg", "Webp", "Tiff", "Nsgif", "Heif")


def _restrict() -> None:
    """Blocks every loader but the ones for the formats that `read` takes."""
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    # The cache would keep decoded pictures of gigabytes alive, and serve changed files from memory.
    pyvips.cache_set_max(0)


def _silence() -> None:
    """Takes pyvips's log handler away.

    It is Python inside of a GLib warning: a garbage collection there frees other images, and one
    whose end warns too is a warning within a warning, at which GLib aborts the process.
    """
    pyvips._remove_log_handler()


def _take_any_text() -> None:
    """Has the texts of errors read whatever their bytes are: some quote the damaged file."""

    def to_string(pointer: Any) -> str:
        if pointer == pyvips.ffi.NULL:
            return "NULL"
        text: bytes = pyvips.ffi.string(pointer)
        return text.decode("utf-8", "replace")

    pyvips.error._to_string = to_string


_restrict()
_silence()
_take_any_text()

Image = pyvips.Image
Source = pyvips.Source
Target = pyvips.Target
TargetCustom = pyvips.TargetCustom
Error = pyvips.Error


def blob_type() -> int:
    """The GType of metadata that is bytes."""
    return int(pyvips.GValue.blob_type)


def field(image: pyvips.Image, name: str, default: Any = None) -> Any:
    """A picture's metadata of this name, or the default where it has none.

    Names are asked for one by one: a list of all is refused by pyvips where one of them, such as a
    PNG's keyword, is not UTF-8.
    """
    try:
        return image.get(name) if image.get_typeof(name) else default
    except UnicodeDecodeError:
        return default


def has_readable_names(image: pyvips.Image) -> bool:
    """Whether the names of all metadata are text."""
    try:
        image.get_fields()
    except UnicodeDecodeError:
        return False
    return True


def forget_errors() -> None:
    """Empties libvips's list of errors, which otherwise tells the next failure's cause too."""
    pyvips.vips_lib.vips_error_clear()
