"""The examples of docs/command.md are understood, and its exit codes are the program's."""

import re
import shlex
from pathlib import Path

import pytest

from styleswap.cli.outcome import ExitCode
from styleswap.cli.parser import parse

PAGE = Path(__file__).parents[2] / "docs" / "command.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"^```\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", [line for line in EXAMPLES if not line.endswith("--help")])
def test_examples(line):
    program, *words = shlex.split(line)
    assert program == "styleswap"
    assert callable(parse(words).run)


@pytest.mark.parametrize("line", [line for line in EXAMPLES if line.endswith("--help")])
def test_help_examples(line):
    words = shlex.split(line)[1:]
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code == 0


def test_exit_codes():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)}
    assert told == {int(code) for code in ExitCode}
