"""The command line: subcommands and their options."""

import argparse
import difflib
from collections.abc import Sequence

from styleswap import __version__

from . import daemon, doctor, styles, stylize, training
from .commands import Parser
from .editors import commands as editors

_EPILOG = """\
exit codes: 0 done, 1 something could not be done, 2 something given cannot be used,
3 no daemon, 130 cancelled
"""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line; `.run(arguments)` carries it out, `.parser` is its own.

    argparse takes positional arguments in one run only; here options may stand between them.
    """
    arguments, rest = build_parser().parse_known_args(words)
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    if unknown:
        flag = unknown[0].split("=")[0]
        similar = difflib.get_close_matches(flag, arguments.parser.flags(), n=1)
        advice = f", perhaps {similar[0]}" if similar else ""
        arguments.parser.error(f"there is no option {flag}{advice}")
    if rest:
        if not hasattr(arguments, "pictures"):
            arguments.parser.error(f"{rest[0]!r} is one argument too many")
        arguments.pictures += rest
    return arguments


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser(
        prog="styleswap",
        description="Paint a picture in any artist's style.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"styleswap {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (stylize, styles, daemon, editors, training, doctor):
        module.add_commands(commands)
    return parser
