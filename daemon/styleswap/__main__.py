"""Runs the command: `python -m styleswap`."""

import sys

from styleswap.cli import main

if __name__ == "__main__":
    sys.exit(main())
