"""The command line: subcommands and their options."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from styleswap import __version__

from .outcome import ExitCode

Run = Callable[[argparse.Namespace], int]

_EPILOG = """\
exit codes: 0 done, 1 something could not be done, 2 something given cannot be used,
3 no daemon, 130 cancelled
"""


class Parser(argparse.ArgumentParser):
    """Complains in one line that says where help is."""

    def __init__(self, **options: object) -> None:
        # Abbreviations would break when a new option begins the same way.
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]

    def flags(self) -> list[str]:
        """Every option in its long form."""
        return [name for name in self._option_string_actions if name.startswith("--")]

    def error(self, message: str) -> NoReturn:
        """Ends the command; argparse's own prints the usage too, which hides the reason."""
        print(f"styleswap: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(ExitCode.USAGE)


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
    from . import daemon, doctor, styles, stylize, training

    parser = Parser(
        prog="styleswap",
        description="Paint a picture in any artist's style.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"styleswap {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (stylize, styles, daemon, training, doctor):
        module.add_commands(commands)
    return parser


def add_command(
    commands: "argparse._SubParsersAction[Parser]",
    name: str,
    run: Run,
    summary: str,
    **options: object,
) -> Parser:
    """Adds a subcommand with what all of them have."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,  # type: ignore[arg-type]
    )
    parser.add_argument(
        "--debug", action="store_true", help="show the program's own trace when something fails"
    )
    parser.set_defaults(run=run, parser=parser)
    return parser
