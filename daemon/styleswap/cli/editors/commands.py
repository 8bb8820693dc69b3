"""`styleswap install` and `styleswap uninstall`: the plug-ins of the editors."""

import argparse
import os
import shlex
from pathlib import Path

from styleswap.cli.commands import Parser, add_command
from styleswap.cli.findings import add_json, tell


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommands, each with one of its own for every editor."""
    installing = commands.add_parser(
        "install",
        help="Put Style Swap into an editor",
        description="Put Style Swap into an editor.",
    )
    editors = installing.add_subparsers(title="editors", metavar="EDITOR", required=True)
    gimp = add_command(editors, "gimp", run_install_gimp, "Put the filter into GIMP 3")
    add_profile(gimp)
    krita = add_command(editors, "krita", run_install_krita, "Put the panel into Krita")
    add_resources(krita)

    removing = commands.add_parser(
        "uninstall",
        help="Take Style Swap out of an editor",
        description="Take Style Swap out of an editor.",
    )
    editors = removing.add_subparsers(title="editors", metavar="EDITOR", required=True)
    gimp = add_command(editors, "gimp", run_uninstall_gimp, "Take the filter out of GIMP 3")
    add_profile(gimp)
    krita = add_command(editors, "krita", run_uninstall_krita, "Take the panel out of Krita")
    add_resources(krita)


def add_doctors(editors: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommands of `styleswap doctor`."""
    gimp = add_command(
        editors, "gimp", run_doctor_gimp, "Say why the filter is not in GIMP's menus, or fails"
    )
    add_json(gimp, default=argparse.SUPPRESS)
    add_profile(gimp)
    gimp.add_argument(
        "--gimp",
        type=_words,
        metavar="COMMAND",
        help="that runs GIMP without a window (default: gimp-console, or that of Flatpak)",
    )
    krita = add_command(
        editors, "krita", run_doctor_krita, "Say why the panel is not in Krita, or fails"
    )
    add_json(krita, default=argparse.SUPPRESS)
    add_resources(krita)
    krita.add_argument(
        "--krita",
        type=_words,
        metavar="COMMAND",
        help="that runs Krita, such as the path of an AppImage (default: all that are found)",
    )


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text, posix=os.name != "nt")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not words:
        raise argparse.ArgumentTypeError("name a command")
    return words


def add_profile(parser: Parser) -> None:
    """Adds the option that names GIMP's profile."""
    parser.add_argument(
        "--profile",
        type=Path,
        metavar="FOLDER",
        help="of GIMP, such as ~/.config/GIMP/3.0 (default: all that are found)",
    )


def add_resources(parser: Parser) -> None:
    """Adds the options that name Krita's folder and settings."""
    parser.add_argument(
        "--resources",
        type=Path,
        metavar="FOLDER",
        help="of Krita, such as ~/.local/share/krita (default: all that are found)",
    )
    parser.add_argument(
        "--kritarc",
        type=Path,
        metavar="FILE",
        help="Krita's settings that belong to it (default: the usual ones)",
    )


def run_install_gimp(arguments: argparse.Namespace) -> int:
    """Puts the filter into GIMP's profiles."""
    from .gimp.install import install

    return install(arguments.profile)


def run_uninstall_gimp(arguments: argparse.Namespace) -> int:
    """Takes the filter out of GIMP's profiles."""
    from .gimp.install import uninstall

    return uninstall(arguments.profile)


def run_doctor_gimp(arguments: argparse.Namespace) -> int:
    """Prints what is found; exit code 1 if there is a problem."""
    from .gimp.doctor import examine

    return tell(examine(arguments.profile, arguments.gimp), arguments)


def run_install_krita(arguments: argparse.Namespace) -> int:
    """Puts the panel into Krita's folders."""
    from .krita.install import install

    return install(arguments.resources, arguments.kritarc)


def run_uninstall_krita(arguments: argparse.Namespace) -> int:
    """Takes the panel out of Krita's folders."""
    from .krita.install import uninstall

    return uninstall(arguments.resources, arguments.kritarc)


def run_doctor_krita(arguments: argparse.Namespace) -> int:
    """Prints what is found; exit code 1 if there is a problem."""
    from .krita.doctor import examine

    return tell(examine(arguments.resources, arguments.kritarc, arguments.krita), arguments)
