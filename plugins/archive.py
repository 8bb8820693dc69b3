"""Builds the plug-ins as archives, for who puts them into an editor by hand.

`python plugins/archive.py [FOLDER]` writes FOLDER/style-swap-gimp-VERSION.zip, by default in
build/plugins. It holds the folder that belongs into the `plug-ins` of a GIMP profile. The same
files make the same archive, byte by byte.
"""

import argparse
import hashlib
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from styleswap import __version__
from styleswap.cli.editors import gimp, plugin_folder
from styleswap.cli.outcome import CommandError

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / "build" / "plugins"
_OF_UNIX = 3


def build(folder: Path = BUILD) -> Path:
    """Writes the archive for GIMP into a folder, in place of an older one; returns its path.

    Raises:
        CommandError: what belongs into it cannot be built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{gimp.NAME}-{gimp.EDITOR}-{__version__}.zip"
    with tempfile.TemporaryDirectory(prefix="styleswap-") as temporary:
        plugin = Path(temporary) / gimp.NAME
        plugin.mkdir()
        plugin_folder.write(gimp.EDITOR, plugin)
        paths = sorted(path for path in plugin.rglob("*") if path.is_file())
        files = [(path.relative_to(temporary).as_posix(), path) for path in paths]
        time = _time([(name, path.read_bytes()) for name, path in files])
        part = target.with_suffix(".part")
        with zipfile.ZipFile(part, "w") as archive:
            for name, path in files:
                entry = zipfile.ZipInfo(name, time)
                entry.compress_type = zipfile.ZIP_DEFLATED
                # On any system: whether a file may be run is kept as Unix does.
                entry.create_system = _OF_UNIX
                entry.external_attr = path.stat().st_mode << 16
                archive.writestr(entry, path.read_bytes(), compresslevel=9)
    return part.replace(target)


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
    try:
        target = build(parser.parse_args().folder)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
