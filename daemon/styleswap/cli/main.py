"""From arguments to an exit code."""

import signal
import sys
from collections.abc import Sequence

from . import streams
from .outcome import ExitCode, outcome
from .signals import Interrupted, interruption


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code; see `ExitCode`.

    Args:
        arguments: without the program's name; by default those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    streams.prepare()
    try:
        with interruption.caught():
            return _run(words)
    except SystemExit as leaving:  # argparse, after --help or a complaint
        return leaving.code if isinstance(leaving.code, int) else ExitCode.USAGE
    except Interrupted as interrupted:
        if debug:
            raise
        streams.complain("cancelled.")
        return 128 + interrupted.number
    except BrokenPipeError:
        # Whoever read our output has gone, as in `styleswap styles list | head`.
        streams.silence()
        return 128 + getattr(signal, "SIGPIPE", 13)
    except Exception as error:
        if debug:
            raise
        expected = outcome(error)
        if expected is None:
            streams.complain(
                f"unexpected {type(error).__name__}: {error}. This is a bug; run the command with "
                "--debug and report what it prints."
            )
            return ExitCode.FAILED
        if isinstance(error, OSError):
            # The interpreter would try once more on its way out.
            streams.silence()
        streams.complain(expected[0])
        return expected[1]


def _run(words: list[str]) -> int:
    # What is raised in the midst of an import may be lost: Python drops it in callbacks of its own.
    with interruption.shielded():
        from . import training
        from .parser import parse

    trained = training.run_directly(words)
    if trained is not None:
        return trained
    arguments = parse(words)
    code: int = arguments.run(arguments)
    streams.finish()
    return code
