"""Builds the plug-ins as archives, for who puts them into an editor by hand.

`python plugins/archive.py [FOLDER]` writes FOLDER/style-swap-EDITOR-VERSION.zip, by default in
build/plugins. GIMP's holds the folder that belongs into the `plug-ins` of a profile; Krita's is for
Krita's own importer, and may as well be unpacked into its resource folder. The same files make
the same archive, byte by byte.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from styleswap import __version__
from styleswap.atomic import PartFile
from styleswap.cli.editors import gimp, krita, plugin_folder
from styleswap.cli.editors.krita.folders import Home
from styleswap.cli.outcome import CommandError

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / "build" / "plugins"
EDITORS = ("gimp", "krita")
_OF_UNIX = 3
_FOLDER_MODE = 0o040755


def build(editor: str, folder: Path = BUILD) -> Path:
    """Writes the archive for an editor into a folder, in place of an older one; returns its path.

    Raises:
        CommandError: what belongs into it cannot be built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{gimp.NAME}-{editor}-{__version__}.zip"
    with tempfile.TemporaryDirectory(prefix="styleswap-") as temporary:
        top = Path(temporary)
        if editor == gimp.EDITOR:
            _put(gimp.EDITOR, top / gimp.NAME, {})
            packages = []
        else:
            home = Home(top, top / "kritarc")
            _put(krita.FOLDER, home.package, home.files)
            # The importer looks for an entry of the package's folder.
            packages = [home.package]
        with PartFile(target, mode=0o666) as part:
            _write(part, top, packages)
            part.finish()
    return target


def _put(name: str, folder: Path, files: plugin_folder.Files) -> None:
    folder.mkdir(parents=True)
    plugin_folder.write(name, folder)
    for file, place in files.items():
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(plugin_folder.find(file).read_bytes())
        place.chmod(0o644)


def _write(part: PartFile, top: Path, folders: Sequence[Path]) -> None:
    """Writes an archive of all files below `top`, and entries of some of its folders."""
    paths = sorted(path for path in top.rglob("*") if path.is_file())
    files = [(path.relative_to(top).as_posix(), path) for path in paths]
    time = _time([(name, path.read_bytes()) for name, path in files])
    file = os.fdopen(part.descriptor, "wb", closefd=False)
    with file, zipfile.ZipFile(file, "w") as archive:
        for folder in folders:
            entry = _entry(f"{folder.relative_to(top).as_posix()}/", time, _FOLDER_MODE)
            archive.writestr(entry, b"")
        for name, path in files:
            entry = _entry(name, time, path.stat().st_mode)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _entry(name: str, time: tuple[int, int, int, int, int, int], mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time)
    # On any system: whether a file may be run is kept as Unix does.
    entry.create_system = _OF_UNIX
    entry.external_attr = mode << 16
    return entry


def _time(files: list[tuple[str, bytes]]) -> tuple[int, int, int, int, int, int]:
    """Returns the time that all files of an archive get: one of 2000 to 2019, by their contents.

    GIMP asks a plug-in anew what it offers only where the time of its file has changed, so that of
    another version must be another one.
    """
    digest = hashlib.sha256(repr(files).encode()).digest()
    seconds = int.from_bytes(digest[:8], "big") % (20 * 365 * 86400)
    # Archives count in steps of two seconds.
    time = datetime(2000, 1, 1) + timedelta(seconds=seconds // 2 * 2)
    return time.year, time.month, time.day, time.hour, time.minute, time.second


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Builds the plug-ins as archives.")
    parser.add_argument("folder", nargs="?", type=Path, default=BUILD)
    parser.add_argument("--editor", choices=EDITORS, help="(default: all)")
    arguments = parser.parse_args()
    try:
        for editor in [arguments.editor] if arguments.editor else EDITORS:
            target = build(editor, arguments.folder)
            print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
