"""`make soak` and `make fuzz`, and a single case of the fuzz again.

    python -m tests.soak soak
    python -m tests.soak fuzz [--only pictures|streams|entries]
    python -m tests.soak case (pictures|streams|entries) SEED NUMBER [FILE]

SOAK_SECONDS (3600) and SOAK_SEED; FUZZ_CASES (1,000,000), FUZZ_SECONDS (no limit) and FUZZ_SEED are
taken from the environment. The seed is random where none is given, and always printed.
"""

import argparse
import os
import secrets
import sys
import time
from pathlib import Path

from . import fuzz, soak
from .damage import case as picture_case
from .streams import stream_case


def main() -> int:
    """Runs what is asked for; returns 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("soak")
    fuzzing = commands.add_parser("fuzz")
    fuzzing.add_argument("--only", choices=list(fuzz.SHARES))
    fuzzing.add_argument("--first", type=int, default=0, help="number of the first case")
    single = commands.add_parser("case")
    single.add_argument("what", choices=list(fuzz.SHARES))
    single.add_argument("seed", type=int)
    single.add_argument("number", type=int)
    single.add_argument("file", type=Path, nargs="?", help="where the picture is written")
    options = parser.parse_args()
    if options.command == "soak":
        return _soak()
    if options.command == "case":
        return _case(options)
    seconds = float(os.environ.get("FUZZ_SECONDS") or "inf")
    cases = int(os.environ.get("FUZZ_CASES") or 1_000_000)
    seed = _seed("FUZZ_SEED")
    began = time.monotonic()
    reports = fuzz.run(seed, cases, seconds, only=options.only, first=options.first, say=_say)
    total = sum(report.cases for report in reports)
    _say(f"{total:,} cases in {time.monotonic() - began:.0f} s")
    return int(any(report.findings for report in reports))


def _soak() -> int:
    seconds = float(os.environ.get("SOAK_SECONDS") or 3600)
    report = soak.run(_seed("SOAK_SEED"), seconds)
    _say("\n".join(report.lines()))
    return int(bool(report.findings))


def _case(options: argparse.Namespace) -> int:
    if options.what == "pictures":
        picture = picture_case(options.seed, options.number)
        _say(f"{picture.sample.name}, {picture.way}: {len(picture.data)} bytes")
        if options.file:
            options.file.write_bytes(picture.data)
    elif options.what == "streams":
        stream = stream_case(options.seed, options.number)
        _say(f"{stream.kind}, {stream.method}")
        for message in stream.messages:
            _say(f"  {len(message)} bytes: {message[:200].hex()}")
    reports = fuzz.run(
        options.seed, 1, float("inf"), only=options.what, first=options.number, say=_say
    )
    return int(any(report.findings for report in reports))


def _seed(variable: str) -> int:
    seed = int(os.environ.get(variable) or secrets.randbelow(10**9))
    _say(f"{variable}={seed}")
    return seed


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
