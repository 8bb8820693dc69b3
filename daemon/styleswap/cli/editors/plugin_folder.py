"""A plug-in's folder and the files that belong to it, put into an editor's profile or taken out.

The folder holds that of plugins/, and with it client and translations. All come from the wheel,
without network; in a checkout client and translations are built first.
"""

import contextlib
import importlib.util
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import styleswap
from styleswap.cli.outcome import CommandError, ExitCode

from .exchange import NEW, exchange, spares

CLIENT = "styleswap_vendor"
"""The client's folder in every plug-in."""
TRANSLATIONS = "locale"
"""The translations' folder in every plug-in."""

Files = Mapping[str, Path]
"""Where single files of plugins/ go, by their names there."""
_NONE: Files = MappingProxyType({})


def write(name: str, folder: Path) -> None:
    """Writes the plug-in whose folder in plugins/ is `name`, with all it needs, into an empty one.

    Programs, which begin with `#!`, can be run afterwards; nothing else can.

    Raises:
        CommandError: this installation has no such plug-in, or what it needs cannot be built.
        OSError: a file cannot be read or written.
    """
    source = find(name)
    plugins = source.parents[name.count("/")]
    _copy(source, folder)
    if (plugins / CLIENT).is_dir():
        for each in (CLIENT, TRANSLATIONS):
            _copy(plugins / each, folder / each)
    else:
        for tool in ("vendor", "translations"):
            _build(plugins / f"{tool}.py", folder)
    for path in _files(folder):
        path.chmod(0o755 if path.read_bytes()[:2] == b"#!" and path.parent == folder else 0o644)


def find(name: str) -> Path:
    """Returns a file or folder of plugins/: the wheel's, or the checkout's.

    Raises:
        CommandError: this installation lacks it.
    """
    package = Path(styleswap.__file__).resolve().parent
    for plugins in (package / "plugins", package.parents[1] / "plugins"):
        if (plugins / name).exists():
            return plugins / name
    raise CommandError(
        f"This installation has no plug-in for {name.partition('/')[0]}; install Style Swap again: "
        "pip install --force-reinstall styleswap.",
        ExitCode.FAILED,
    )


def put(name: str, folder: Path, files: Files = _NONE) -> None:
    """Puts a plug-in at `folder`, and its other files, in place of older ones; never a part of it.

    Raises:
        CommandError: what lies there is not ours, or there is no room or no right to write.
    """
    places = [folder, *files.values()]
    check(places)
    with _told(places), spares(places) as (own, *others):
        fresh = own / NEW
        fresh.mkdir()
        write(name, fresh)
        for file, spare in zip(files, others, strict=True):
            (spare / NEW).write_bytes(find(file).read_bytes())
            (spare / NEW).chmod(0o644)
        exchange(places, [own, *others])


def remove(folder: Path, files: Iterable[Path] = ()) -> bool:
    """Removes the plug-in at `folder` and its other files, all or nothing; whether one was there.

    Raises:
        CommandError: what lies there is not ours, or may not be removed.
    """
    check([folder, *files])
    places = [place for place in (folder, *files) if place.exists()]
    with _told(places), spares(places) as empty:
        exchange(places, empty)
    return bool(places)


def check(places: Iterable[Path]) -> None:
    """Raises CommandError where something lies that this command did not put there."""
    for place in places:
        if place.is_symlink():
            raise CommandError(
                f"{place} is a link, which styleswap did not make; remove it yourself."
            )
        if place.exists() and not is_ours(place):
            what = "holds" if place.is_dir() else "is"
            raise CommandError(
                f"{place} {what} something else than Style Swap's plug-in; move it away first."
            )


def is_ours(place: Path) -> bool:
    """Returns whether a folder holds our plug-in, be it old or damaged, or nothing at all; a file
    counts where it names us.
    """
    if place.is_file():
        return _names_us(place)
    if not place.is_dir():
        return False
    if (place / CLIENT).is_dir() or not any(place.iterdir()):
        return True
    return any(_names_us(path) for path in place.glob("*.py"))


def version(folder: Path) -> str:
    """Returns the version of a plug-in's folder; "" where it does not say."""
    with contextlib.suppress(OSError):
        text = (folder / CLIENT / "styleswap" / "__init__.py").read_text(encoding="utf-8")
        if found := re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE):
            return found[1]
    return ""


def differences(name: str, folder: Path, files: Files = _NONE) -> list[str]:
    """Returns the paths of the files that are not there as `put` would write them."""
    others = [place.name for file, place in files.items() if not _same(find(file), place)]
    with tempfile.TemporaryDirectory(prefix="styleswap-") as temporary:
        whole = Path(temporary)
        write(name, whole)
        names = [path.relative_to(whole) for path in _files(whole)]
        changed = [each.as_posix() for each in names if not _same(whole / each, folder / each)]
    return others + changed


def _names_us(file: Path) -> bool:
    return b"styleswap" in file.read_bytes()


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _copy(source: Path, target: Path) -> None:
    """Copies contents only: an editor must see by the time that a file is another one."""
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            _copy(path, target / path.name)
        elif path.is_file() and not path.name.startswith("."):
            (target / path.name).write_bytes(path.read_bytes())


def _build(script: Path, folder: Path) -> None:
    """Has a tool in plugins/, which is no module of this package, build its part of a folder."""
    spec = importlib.util.spec_from_file_location(f"styleswap_plugins_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    try:
        tool.build(folder)
    except tool.BuildError as error:
        raise CommandError(str(error), ExitCode.FAILED) from error


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextlib.contextmanager
def _told(places: Sequence[Path]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        failed = [place for place in places if _below(error.filename, place.parent)]
        raise CommandError(
            f"{next(iter([*failed, *places]))} cannot be changed: {error.strerror or error}. It is "
            "as it was; make room there, or make the folder writable.",
            ExitCode.FAILED,
        ) from error


def _below(filename: object, folder: Path) -> bool:
    return isinstance(filename, str) and Path(filename).is_relative_to(folder)
