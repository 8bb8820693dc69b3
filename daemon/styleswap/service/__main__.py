"""Runs the daemon with its default options: `python -m styleswap.service`."""

import sys

from styleswap.service.server import ServeOptions, serve

if __name__ == "__main__":
    sys.exit(serve(ServeOptions()))
