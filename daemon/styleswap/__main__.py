"""Runs the command: `python -m styleswap`, and the program `styleswap`."""

import sys


def main() -> int:
    """Runs the command, and ends as it would where it is interrupted before it can see to that."""
    try:
        from styleswap.cli import main as command
    except KeyboardInterrupt:
        print("styleswap: cancelled.", file=sys.stderr)
        return 130
    return command()


if __name__ == "__main__":
    sys.exit(main())
