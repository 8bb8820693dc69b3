"""Runs the command: `python -m styleswap`, and the program `styleswap`."""

import signal
import sys


def main() -> int:
    """Runs the command, and ends as it would where it is interrupted before it can see to that."""
    try:
        from styleswap.cli import main as command
    except KeyboardInterrupt:
        print("styleswap: cancelled.", file=sys.stderr)
        return 130
    code = command()
    # Nothing is left to do but to leave: an interrupt ends that at once, and without a trace.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return code


if __name__ == "__main__":
    sys.exit(main())
