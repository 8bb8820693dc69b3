"""Which pictures to paint, and where each result goes."""

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from styleswap.files import READABLE_SUFFIXES, WRITABLE_SUFFIXES

from .outcome import CommandError


@dataclass(frozen=True)
class Assignment:
    """One picture: from where, to where."""

    content: Path
    """An image file, or the name of a sample photo."""
    output: Path
    sample: bool = False


def plan(contents: Sequence[str], output: str, suffix: str = "") -> tuple[Assignment, ...]:
    """Pairs every picture with its result.

    Args:
        contents: files, folders and patterns such as "*.jpg".
        output: a file for one picture; a folder for several, or for one.
        suffix: of the results in a folder, such as ".png"; empty keeps each picture's own.

    Raises:
        CommandError: there is nothing to paint, or two results would have the same name.
    """
    several = len(contents) > 1 or any(Path(name).is_dir() for name in contents)
    files = list(dict.fromkeys(_expand(contents)))
    if not files:
        kinds = ", ".join(sorted(READABLE_SUFFIXES))
        raise CommandError(f"There are no pictures in {', '.join(contents)} ({kinds}).")
    target = Path(output)
    if not (several or len(files) > 1 or target.is_dir()):
        return (Assignment(files[0], target),)
    if not target.is_dir():
        raise CommandError(
            f"{output!r} is no folder; several pictures need one for their results. Create it "
            "first."
        )
    jobs = tuple(Assignment(file, target / _name(file, suffix)) for file in files)
    _refuse_doubles(jobs)
    return jobs


def plan_sample(name: str, output: str) -> tuple[Assignment, ...]:
    """As `plan`, for a sample photo."""
    target = Path(output)
    if target.is_dir():
        target /= f"{name}.png"
    return (Assignment(Path(name), target, sample=True),)


def _expand(contents: Iterable[str]) -> Iterable[Path]:
    for content in contents:
        path = Path(content)
        if path.is_dir():
            yield from _pictures_in(path)
        elif not _is_there(path) and glob.has_magic(content):
            # Quoted, or from a shell that does not expand patterns.
            for pattern in _patterns(path):
                matches = [Path(match) for match in sorted(_glob(pattern))]
                yield from (match for match in matches if match.is_file())
                if matches:
                    break
        else:
            yield path


def _patterns(path: Path) -> Iterable[str]:
    """How a pattern may be meant, the likeliest first.

    Folders that are there are meant as they are called, whatever that looks like; further brackets
    are a choice of letters, or else belong to a name.
    """
    count, there = 0, Path()
    for part in path.parts:
        there /= part
        if not _is_there(there):
            break
        count += 1
    known = [glob.escape(part) for part in path.parts[:count]]
    rest = path.parts[count:]
    yield str(Path(*known, *rest))
    yield str(Path(*known, *(part.replace("[", "[[]") for part in rest)))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _glob(pattern: str) -> list[str]:
    # pathlib's patterns are relative to a folder that this one names itself.
    return glob.glob(pattern, recursive=True)  # noqa: PTH207


def _pictures_in(folder: Path) -> Iterable[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise CommandError(
            f"The folder {str(folder)!r} cannot be read: {error.strerror}."
        ) from error
    for path in entries:
        visible = not path.name.startswith(".")
        if visible and path.suffix.lower() in READABLE_SUFFIXES and path.is_file():
            yield path


def _name(content: Path, suffix: str) -> str:
    kept = content.suffix if content.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    return content.stem + (suffix or kept)


def _refuse_doubles(jobs: Sequence[Assignment]) -> None:
    seen: dict[Path, Path] = {}
    for job in jobs:
        other = seen.setdefault(job.output, job.content)
        if other is not job.content:
            raise CommandError(
                f"{str(other)!r} and {str(job.content)!r} would both become "
                f"{str(job.output)!r}; paint them into different folders."
            )
