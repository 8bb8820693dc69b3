"""The command `styleswap`.

Nothing heavy is imported before a subcommand needs it: torch only by `serve`, `train` and
`evaluate`, so that `styleswap --help` answers at once.
"""

from .main import main

__all__ = ["main"]
