"""The commands that the documents tell: in fenced blocks, and within sentences and tables."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = (
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
    REPOSITORY / "daemon/styleswap/weights/embedded/MODEL_CARD.md",
)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(
    r"([A-Z_]+=\S+ )*((\.venv/bin/)?(styleswap|python3?|pip)|make|pipx|gimp-console) "
)
# What stands for a word of the reader's own.
_PLACEHOLDERS = {"COMMAND": "stylize", "FOLDER": "folder"}


def blocks(page: Path, *languages: str) -> list[str]:
    """The contents of a page's fenced blocks in these languages; "" is none."""
    text = page.read_text(encoding="utf-8")
    return [content for language, content in _FENCED.findall(text) if language in languages]


def languages() -> set[str]:
    """All languages of fenced blocks."""
    return {
        language
        for page in PAGES
        for language, _ in _FENCED.findall(page.read_text(encoding="utf-8"))
    }


def fenced(page: Path) -> list[str]:
    """The commands in a page's fenced blocks; those of a script in `sh` are one command."""
    lines = [
        line.partition("  #")[0].strip()
        for block in blocks(page, "")
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line for line in lines if line and not line.startswith("#")] + blocks(page, "sh")


def told() -> list[str]:
    """The commands within sentences and tables of all pages, each once, that no block has."""
    known = {command for page in PAGES for command in fenced(page)}
    found: dict[str, None] = {}
    for page in PAGES:
        for span in re.findall(r"`([^`]+)`", _FENCED.sub("", page.read_text(encoding="utf-8"))):
            command = " ".join(_PLACEHOLDERS.get(word, word) for word in span.split())
            if _PROGRAM.match(command) and command not in known:
                found[command] = None
    return list(found)
