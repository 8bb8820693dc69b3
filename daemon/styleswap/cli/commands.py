"""What every subcommand is made with: its parser and its common options."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from .outcome import ExitCode
from .streams import complain

Run = Callable[[argparse.Namespace], int]


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
        complain(f"{message}; see {self.prog} --help")
        sys.exit(ExitCode.USAGE)


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
