"""The engine's process: `python -m styleswap.worker DESCRIPTOR`, started by the daemon alone."""

import sys

from styleswap.worker.serving import run

if __name__ == "__main__":
    run(sys.argv[1:])
