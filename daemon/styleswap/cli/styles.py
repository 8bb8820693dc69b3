"""`styleswap styles`: the library of styles."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .commands import Parser, add_command
from .outcome import CommandError, ExitCode, outcome
from .streams import complain, say
from .style_files import read_style

if TYPE_CHECKING:
    from styleswap.client import Daemon


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommand and its own subcommands."""
    parser = commands.add_parser(
        "styles", help="Keep the library of styles", description="Keep the library of styles."
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    listing = add_command(actions, "list", run_list, "List the styles of the library")
    listing.add_argument("--json", action="store_true", help="print JSON")

    adding = add_command(actions, "add", run_add, "Add image files to the library")
    adding.add_argument("files", nargs="+", metavar="FILE", help="PNG, JPEG, WebP or TIFF")
    adding.add_argument(
        "--name", help="the name to show (default: the file's name); for one file only"
    )

    removing = add_command(actions, "remove", run_remove, "Remove styles from the library")
    removing.add_argument(
        "styles", nargs="+", metavar="STYLE", help="id, name, or how a name begins"
    )

    renaming = add_command(actions, "rename", run_rename, "Give a style another name")
    renaming.add_argument("style", metavar="STYLE", help="id, name, or how a name begins")
    renaming.add_argument("name", metavar="NAME", help="the new name")

    showing = add_command(actions, "show", run_show, "Show what a style is")
    showing.add_argument("style", metavar="STYLE", help="id, name, or how a name begins")
    showing.add_argument("--thumbnail", metavar="FILE.png", help="write a small picture of it")
    showing.add_argument(
        "--size",
        type=_size,
        default=256,
        metavar="16..512",
        help="of the small picture (default: 256)",
    )
    showing.add_argument(
        "--overwrite", action="store_true", help="replace the small picture if it exists"
    )
    showing.add_argument("--json", action="store_true", help="print JSON")


def run_list(arguments: argparse.Namespace) -> int:
    """Prints the library."""
    with _daemon() as daemon:
        styles = daemon.styles.list()
    if arguments.json:
        print(json.dumps([asdict(style) for style in styles], indent=2))
        return ExitCode.OK
    width = max((len(style.id) for style in styles), default=0)
    for style in styles:
        print(f"{style.id:<{width}}  {style.name}  ({style.width} x {style.height})")
    return ExitCode.OK


def run_add(arguments: argparse.Namespace) -> int:
    """Adds files; goes on after one that cannot be added."""
    if arguments.name is not None and len(arguments.files) > 1:
        raise CommandError("--name is for one file; rename the others afterwards.")
    failed = 0
    with _daemon() as daemon:
        for file in arguments.files:
            try:
                say(_add(daemon, file, arguments.name or Path(file).stem))
            except Exception as error:
                expected = outcome(error)
                if len(arguments.files) == 1 or expected is None or arguments.debug:
                    raise
                failed += 1
                complain(expected[0])
    if failed:
        complain(f"{failed} of {len(arguments.files)} files were not added.")
        return ExitCode.FAILED
    return ExitCode.OK


def _add(daemon: "Daemon", file: str, name: str) -> str:
    # Read here, so that complaints name the file; the library keeps pixels in either case.
    notices: list[str] = []
    added = daemon.styles.add(read_style(Path(file), notices.append), name)
    for notice in (*notices, *added.notices):
        complain(f"note: {notice}")
    if added.existed:
        return f"{added.style.id}  {added.style.name}  (was in the library already)"
    return f"{added.style.id}  {added.style.name}"


def run_remove(arguments: argparse.Namespace) -> int:
    """Removes styles, and prints which."""
    from styleswap.client.style_choice import style_of

    with _daemon() as daemon:
        for wanted in arguments.styles:
            style = style_of(wanted, daemon.styles.list(), whole=True)
            daemon.styles.remove(style)
            print(f"{style.id}  {style.name}")
    return ExitCode.OK


def run_rename(arguments: argparse.Namespace) -> int:
    """Renames a style."""
    with _daemon() as daemon:
        style = daemon.styles.rename(arguments.style, arguments.name)
    print(f"{style.id}  {style.name}")
    return ExitCode.OK


def run_show(arguments: argparse.Namespace) -> int:
    """Prints what a style is, and writes its thumbnail."""
    from styleswap import gallery
    from styleswap.client.style_choice import style_of

    with _daemon() as daemon:
        style = style_of(arguments.style, daemon.styles.list())
        if arguments.thumbnail:
            png = daemon.styles.thumbnail(style, arguments.size)
            _write(Path(arguments.thumbnail), png, arguments.overwrite)
    described = {known.id: known.description for known in gallery.styles()}
    facts = {**asdict(style), "description": described.get(style.id, "")}
    if arguments.json:
        print(json.dumps(facts, indent=2))
        return ExitCode.OK
    print(f"id           {style.id}")
    print(f"name         {style.name}")
    print(f"size         {style.width} x {style.height} pixels")
    print(f"built-in     {'yes' if style.builtin else 'no'}")
    if facts["description"]:
        print(f"description  {facts['description']}")
    return ExitCode.OK


def _write(path: Path, data: bytes, overwrite: bool) -> None:
    from styleswap.files.replacement import Replacement

    if path.suffix.lower() != ".png":
        raise CommandError(f"The small picture is a PNG: name it {path.stem}.png.")
    with Replacement(path, overwrite=overwrite) as replacement:
        replacement.write(data)
        replacement.finish()


def _daemon() -> "Daemon":
    from styleswap.client import connect

    return connect()


def _size(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 16 <= number <= 512:
        raise argparse.ArgumentTypeError(f"{text!r}: must be an integer from 16 to 512")
    return number
