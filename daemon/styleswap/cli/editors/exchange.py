"""Files and folders put in place of older ones, or taken away: all of them, or none."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

NEW = "new"
"""What lies under this name in the spare folder of a place is put there."""
_OLD = "old"


@contextlib.contextmanager
def spares(places: Sequence[Path]) -> Iterator[list[Path]]:
    """A folder for each place, on its disk and hidden; removed in the end, whatever happens."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_beside(place)) for place in places]


def exchange(places: Sequence[Path], spares: Sequence[Path]) -> None:
    """Puts what is new in its place; what lay there is taken away, also where nothing is new.

    Raises:
        OSError: something cannot be moved; all is as it was.
    """
    with contextlib.ExitStack() as undo:
        for place, spare in zip(places, spares, strict=True):
            undo.callback(_back, spare / _OLD, place)
            if place.exists():
                place.rename(spare / _OLD)
            undo.callback(_back, place, spare / NEW)
            if (spare / NEW).exists():
                (spare / NEW).rename(place)
        undo.pop_all()


def _back(moved: Path, place: Path) -> None:
    if moved.exists() and not place.exists():
        moved.rename(place)


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Path]:
    place.parent.mkdir(parents=True, exist_ok=True)
    spare = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        yield spare
    finally:
        shutil.rmtree(spare, ignore_errors=True)
