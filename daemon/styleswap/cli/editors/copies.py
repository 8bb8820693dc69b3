"""Whether the copy of a plug-in that an editor has is that of this very version."""

from pathlib import Path

from styleswap import __version__
from styleswap.cli.findings import Finding
from styleswap.cli.outcome import CommandError

from . import plugin_folder
from .plugin_folder import Files

_SHOWN = 3


def examine(name: str, folder: Path, files: Files, remedy: str) -> Finding:
    """Returns what is to be said of a plug-in's folder and its other files, which are ours.

    Args:
        name: the folder's, in plugins/.
        folder: where it lies.
        files: where its other files lie; see `plugin_folder.put`.
        remedy: what to do where they are others.
    """
    version = plugin_folder.version(folder)
    if version and version != __version__:
        text = f"version {version} is in {folder}, and this is Style Swap {__version__}"
        return Finding("plug-in", "problem", text, remedy)
    try:
        changed = plugin_folder.differences(name, folder, files)
    except CommandError as error:
        return Finding("plug-in", "note", f"{folder} cannot be compared: {error}")
    if changed:
        shown = ", ".join(changed[:_SHOWN]) + (" and others" if len(changed) > _SHOWN else "")
        text = f"files in {folder} are missing, or are not those of this version: {shown}"
        return Finding("plug-in", "problem", text, remedy)
    return Finding("plug-in", "ok", f"version {version} in {folder}")


def instead_of(before: str) -> str:
    """What to add where a copy of version `before`, or "", was replaced."""
    return f", instead of {before}" if before not in ("", __version__) else ""
