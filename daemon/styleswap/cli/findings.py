"""What a doctor finds, and how it is told."""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from .commands import Parser
from .outcome import ExitCode

_MARKS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    state: Literal["ok", "note", "problem"]
    text: str
    remedy: str = ""
    """What to do; empty where all is well."""


def add_json(parser: Parser, **options: object) -> None:
    """Adds the option for programs that read the findings."""
    parser.add_argument("--json", action="store_true", help="print JSON", **options)  # type: ignore[arg-type]


def tell(findings: Iterable[Finding], arguments: argparse.Namespace) -> int:
    """Prints the findings, each as soon as it is there; exit code 1 if one is a problem."""
    told: list[Finding] = []
    for finding in findings:
        told.append(finding)
        if not arguments.json:
            _print(finding)
    problems = sum(finding.state == "problem" for finding in told)
    if arguments.json:
        listed = [asdict(finding) for finding in told]
        print(json.dumps({"problems": problems, "findings": listed}, indent=2))
    elif problems:
        print(f"\n{problems} {'problem' if problems == 1 else 'problems'}.")
    else:
        print("\nAll is well.")
    return ExitCode.FAILED if problems else ExitCode.OK


def _print(finding: Finding) -> None:
    first, *more = finding.text.splitlines()
    print(f"{_MARKS[finding.state]:<8} {finding.topic:<9} {first}")
    for line in more:
        print(f"{'':<18} {line}")
    if finding.remedy:
        print(f"{'':<18} -> {finding.remedy}")
    sys.stdout.flush()
