"""The folder of a plug-in: what it is made of, put into an editor's profile and taken out again.

It holds the files of plugins/EDITOR and, beside them, client and translations. All come from the
wheel, without network; in a checkout client and translations are built first.
"""

import contextlib
import importlib.util
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import styleswap
from styleswap.cli.outcome import CommandError, ExitCode

CLIENT = "styleswap_vendor"
"""The client's folder in every plug-in."""
TRANSLATIONS = "locale"
"""The translations' folder in every plug-in."""


def write(editor: str, folder: Path) -> None:
    """Writes the plug-in of an editor, client and translations into an empty folder.

    Programs, which begin with `#!`, can be run afterwards; nothing else can.

    Raises:
        CommandError: this installation has no such plug-in, or what it needs cannot be built.
        OSError: a file cannot be read or written.
    """
    package = Path(styleswap.__file__).resolve().parent
    of_wheel, of_checkout = package / "plugins", package.parents[1] / "plugins"
    if (of_wheel / editor).is_dir():
        _copy(of_wheel / editor, folder)
        for each in (CLIENT, TRANSLATIONS):
            _copy(of_wheel / each, folder / each)
    elif (of_checkout / editor).is_dir():
        _copy(of_checkout / editor, folder)
        for name in ("vendor", "translations"):
            _build(of_checkout / f"{name}.py", folder)
    else:
        raise CommandError(
            f"This installation has no plug-in for {editor}; install Style Swap again: "
            "pip install --force-reinstall styleswap.",
            ExitCode.FAILED,
        )
    for path in _files(folder):
        path.chmod(0o755 if path.read_bytes()[:2] == b"#!" and path.parent == folder else 0o644)


def put(editor: str, folder: Path) -> None:
    """Puts the plug-in of an editor at `folder`, in place of an older one; never half of it.

    Raises:
        CommandError: what lies there is not ours, or there is no room or no right to write.
    """
    check(folder)
    with _told(folder), _beside(folder) as spare:
        fresh = spare / "new"
        fresh.mkdir()
        write(editor, fresh)
        _exchange(fresh, folder, spare / "old")


def remove(folder: Path) -> bool:
    """Removes the plug-in at `folder`, all or nothing of it; returns whether there was one.

    Raises:
        CommandError: what lies there is not ours, or may not be removed.
    """
    check(folder)
    if not folder.exists():
        return False
    with _told(folder), _beside(folder) as spare:
        folder.rename(spare / "old")
    return True


def check(folder: Path) -> None:
    """Raises CommandError where something lies at `folder` that this command did not put there."""
    if folder.is_symlink():
        raise CommandError(f"{folder} is a link, which styleswap did not make; remove it yourself.")
    if folder.exists() and not is_ours(folder):
        raise CommandError(
            f"{folder} holds something else than Style Swap's plug-in; move it away first."
        )


def is_ours(folder: Path) -> bool:
    """Returns whether a folder holds our plug-in, be it old or damaged, or nothing at all."""
    if not folder.is_dir():
        return False
    if (folder / CLIENT).is_dir() or not any(folder.iterdir()):
        return True
    return any(b"styleswap" in path.read_bytes() for path in folder.glob("*.py"))


def version(folder: Path) -> str:
    """Returns the version of a plug-in's folder; "" where it does not say."""
    with contextlib.suppress(OSError):
        text = (folder / CLIENT / "styleswap" / "__init__.py").read_text(encoding="utf-8")
        if found := re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE):
            return found[1]
    return ""


def differences(editor: str, folder: Path) -> list[str]:
    """Returns the paths of the files that are not in `folder` as `put` would write them."""
    with tempfile.TemporaryDirectory(prefix="styleswap-") as temporary:
        whole = Path(temporary)
        write(editor, whole)
        names = [path.relative_to(whole) for path in _files(whole)]
        return [name.as_posix() for name in names if not _same(whole / name, folder / name)]


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
def _beside(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, hidden from the editor; removed in the end, whatever happens."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    spare = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield spare
    finally:
        shutil.rmtree(spare, ignore_errors=True)


def _exchange(fresh: Path, folder: Path, old: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(old)
    try:
        fresh.rename(folder)
    except BaseException:
        old.rename(folder)
        raise


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be changed: {error.strerror or error}. It is as it was; make room "
            "there, or make the folder writable.",
            ExitCode.FAILED,
        ) from error
