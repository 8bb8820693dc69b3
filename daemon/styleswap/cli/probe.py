"""Prints what the engine finds on this machine, as JSON; see `doctor`."""

import json
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> None:
    """Loads the engine as the daemon does, and prints device and models.

    Args:
        folder: of the user's own weights.
    """
    from styleswap.worker.models import Models
    from styleswap.worker.refusals import Refusal

    models = Models("auto", folder)
    try:
        models.start()
    except Refusal as error:
        sys.exit(error.message)
    entries = [asdict(entry) for entry in models.entries()]
    print(json.dumps({"torch": version("torch"), "device": models.device_name, "models": entries}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
