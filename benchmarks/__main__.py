"""Run all benchmarks: tables on standard output, figures as JSON in a file."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path

import torch

from benchmarks import cold_start, device, gimp, painting, swap, wire

BENCHMARKS = {
    "swap": swap.run,
    "painting": painting.run,
    "device": device.run,
    "wire": wire.run,
    "cold_start": cold_start.run,
    "gimp": gimp.run,
}


def main() -> int:
    """Run the named benchmarks, all where none is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which; all if none")
    parser.add_argument("--json", type=Path, default=Path("out/benchmarks.json"))
    args = parser.parse_args()
    figures: dict[str, object] = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    for name in args.names or BENCHMARKS:
        text, figures[name] = BENCHMARKS[name]()
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(figures, indent=1))
    sys.stdout.write(f"The figures are in {args.json}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
