"""Picture files that become styles of the library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from styleswap.client import Daemon


@dataclass(frozen=True)
class AddedFiles:
    """What became of files."""

    last: str
    """The id of the last style that was added, empty where none was."""
    sentences: tuple[str, ...]
    """What the user should know, each with the file's name: why it was not added, or what of its
    picture was altered or left out."""
    refused: bool
    """Whether a file was not added."""


def add_files(
    daemon: Daemon, paths: Sequence[str], explain: Callable[[Exception], str]
) -> AddedFiles:
    """Adds files one after the other; one that is no picture does not keep the others out.

    Takes its time: for a thread.

    Args:
        daemon: a connection.
        paths: of the files.
        explain: makes a sentence of an error.
    """
    last, refused = "", False
    sentences: list[str] = []
    for path in paths:
        name = Path(path).name
        try:
            added = daemon.styles.add(Path(path))
        except Exception as error:  # noqa: BLE001 - the others are added
            told: tuple[str, ...] = (explain(error),)
            refused = True
        else:
            last, told = added.style.id, added.notices
        sentences += [text if name in text else f"{name}: {text}" for text in told]
    return AddedFiles(last, tuple(sentences), refused)
