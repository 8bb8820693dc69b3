"""The real editors: one of each version for the whole session, in sandboxes.

`gimp` is GIMP with the plug-in, without a window; `desk` is GIMP in its window on a screen of its
own; `krita` and `studio` are the same of Krita. Tests that use one of them run once a version; see
`--editor-versions`. `widgets` is a program with the widgets of Krita's plug-in.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from . import roots
from .gimp_program import Gimp
from .gimp_window import Desk
from .krita_program import Krita
from .krita_window import Studio
from .qt_widgets import BINDINGS, Widgets, install

EDITORS = {"GIMP": roots.GIMP, "Krita": roots.KRITA}
"""The root of each series of each editor."""
WIDGETS_SERIES = "5.2"
"""The Krita whose root has both bindings of Qt."""

_NOT_BUILT: pytest.StashKey[dict[str, str]] = pytest.StashKey()
_RAN: pytest.StashKey[list[str]] = pytest.StashKey()


def _series(config: pytest.Config, editor: str) -> list[str]:
    """The series to test with; the first of an editor none of which is asked for."""
    known = [*EDITORS[editor]]
    asked = config.getoption("--editor-versions").split(",")
    if asked == ["all"]:
        return known
    return [series for series in known if series in asked] or known[:1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for editor in EDITORS:
        fixture = f"{editor.lower()}_version"
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, _series(metafunc.config, editor), scope="session")
    if "binding" in metafunc.fixturenames:
        metafunc.parametrize("binding", BINDINGS, scope="session")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds the roots before the first test, whose time limit would not allow it."""
    config = session.config
    config.stash[_RAN] = []
    config.stash[_NOT_BUILT] = {}
    if config.option.collectonly:
        return
    for editor, series in sorted({each for item in session.items for each in _editors(item)}):
        root = EDITORS[editor][series]
        try:
            roots.build(root, functools.partial(_tell, config))
        except roots.NotBuilt as reason:
            config.stash[_NOT_BUILT][f"{editor} {series}"] = str(reason)


def _editors(item: pytest.Item) -> set[tuple[str, str]]:
    """The editors whose roots a test needs, each with a series."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    versions = {editor: given.get(f"{editor.lower()}_version") for editor in EDITORS}
    needed = {(editor, series) for editor, series in versions.items() if series is not None}
    if "widgets_root" in getattr(item, "fixturenames", ()):
        needed.add(("Krita", WIDGETS_SERIES))
    return needed


def _tell(config: pytest.Config, line: str) -> None:
    """Prints at once, also from a worker of pytest-xdist, which has no reporter of its own."""
    with config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(line, file=sys.stderr, flush=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hands what the summary tells to the process that writes it, where this is a worker."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["ran"] = session.config.stash.get(_RAN, [])
        output["not_built"] = session.config.stash.get(_NOT_BUILT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes that from a worker."""
    told, stash = getattr(node, "workeroutput", {}), node.config.stash
    ran = stash.setdefault(_RAN, [])
    ran += [line for line in told.get("ran", []) if line not in ran]
    stash.setdefault(_NOT_BUILT, {}).update(told.get("not_built", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    for line in config.stash.get(_RAN, []):
        terminalreporter.write_line(line)
    for editor, reason in config.stash.get(_NOT_BUILT, {}).items():
        terminalreporter.write_line(f"{editor}: not run: {reason}")


def _root(config: pytest.Config, editor: str, series: str) -> Path:
    """The root with an editor; absent, its tests fail, or are left out where all were asked."""
    reason = config.stash[_NOT_BUILT].get(f"{editor} {series}")
    if reason is not None:
        reason = f"{editor} {series} cannot be had here: {reason}"
        if config.getoption("--editor-versions") == "all":
            pytest.skip(reason)
        pytest.fail(reason)
    return roots.root_of(EDITORS[editor][series])


@pytest.fixture(scope="session")
def gimp_root(gimp_version: str, pytestconfig: pytest.Config) -> Path:
    """The root with this GIMP."""
    return _root(pytestconfig, "GIMP", gimp_version)


@pytest.fixture(scope="session")
def krita_root(krita_version: str, pytestconfig: pytest.Config) -> Path:
    """The root with this Krita."""
    return _root(pytestconfig, "Krita", krita_version)


@pytest.fixture(scope="session")
def widgets_root(pytestconfig: pytest.Config) -> Path:
    """The root with both bindings of Qt."""
    return _root(pytestconfig, "Krita", WIDGETS_SERIES)


@pytest.fixture(scope="session")
def widgets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scratch folder of `widgets`, with the plug-in."""
    folder = tmp_path_factory.mktemp("widgets-")
    install(folder / "krita", folder / "kritarc", folder / "home")
    return folder


@pytest.fixture(scope="session")
def widgets(binding: str, widgets_root: Path, widgets_folder: Path) -> Iterator[Widgets]:
    """A Qt program with the plug-in's modules, once with PyQt5 and once with PyQt6."""
    program = Widgets(widgets_root, widgets_folder, binding)
    yield program
    program.close()


@pytest.fixture(scope="session")
def gimp(
    gimp_version: str,
    gimp_root: Path,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gimp]:
    """GIMP with the plug-in installed; see `Gimp`. Leave its profile and its daemon usable."""
    program = Gimp(gimp_version, gimp_root, tmp_path_factory.mktemp(f"gimp-{gimp_version}-"))
    pytestconfig.stash[_RAN].append(f"GIMP {program.version}: run")
    yield program
    program.close()


E = TypeVar("E")
S = TypeVar("S", Desk, Studio)


class _Screens(Generic[E, S]):
    """The screen of each version of an editor, restarted when a test has killed it."""

    def __init__(self, start: Callable[[E], S]) -> None:
        self._start = start
        self._editor: E | None = None
        self._screen: S | None = None

    def of(self, editor: E) -> S:
        if self._screen is not None and self._editor is editor and self._screen.running:
            with contextlib.suppress(AssertionError):
                self._screen.reset()
                return self._screen
        self.close()
        self._editor, self._screen = editor, self._start(editor)
        return self._screen

    def close(self) -> None:
        if self._screen is not None:
            self._screen.close()
            self._screen = None


@pytest.fixture(scope="session")
def _desks(gimp: Gimp) -> Iterator[_Screens[Gimp, Desk]]:
    desks = _Screens(Desk)
    yield desks
    desks.close()


@pytest.fixture
def desk(gimp: Gimp, _desks: _Screens[Gimp, Desk]) -> Desk:
    """GIMP in its window, without an image, as if no filter had been run yet; see `Desk`."""
    desk = _desks.of(gimp)
    gimp.forget()
    return desk


@pytest.fixture(scope="session")
def krita(
    krita_version: str,
    krita_root: Path,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Krita]:
    """Krita with the plug-in installed; see `Krita`. Leave its profile and its daemon usable."""
    program = Krita(krita_version, krita_root, tmp_path_factory.mktemp(f"krita-{krita_version}-"))
    pytestconfig.stash[_RAN].append(f"Krita {program.version}: run")
    yield program
    program.close()


@pytest.fixture(scope="session")
def studios(krita: Krita) -> Iterator[_Screens[Krita, Studio]]:
    studios = _Screens(Studio)
    yield studios
    studios.close()


@pytest.fixture
def studio(krita: Krita, studios: _Screens[Krita, Studio]) -> Studio:
    """Krita in its window, without a document; see `Studio`."""
    return studios.of(krita)
