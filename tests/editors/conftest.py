"""The real editors: one of each version for the whole session, in sandboxes.

`gimp` is GIMP with the plug-in, without a window; `desk` is GIMP in its window on a screen of its
own. Tests that use one of them run once a version; see `--editor-versions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import roots
from .gimp_program import Gimp
from .gimp_window import Desk

_NOT_BUILT: pytest.StashKey[dict[str, str]] = pytest.StashKey()
_RAN: pytest.StashKey[list[str]] = pytest.StashKey()


def _series(config: pytest.Config) -> list[str]:
    chosen = config.getoption("--editor-versions")
    return [*roots.SUITES] if chosen == "all" else [chosen]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "gimp_version" in metafunc.fixturenames:
        metafunc.parametrize("gimp_version", _series(metafunc.config), scope="session")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds the roots before the first test, whose time limit would not allow it."""
    config = session.config
    config.stash[_RAN] = []
    config.stash[_NOT_BUILT] = {}
    if config.option.collectonly or not any(
        item.get_closest_marker("editors") for item in session.items
    ):
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for series in _series(config):
        suite = roots.SUITES[series]
        try:
            if not roots.is_built(suite) and reporter is not None:
                reporter.write_line(f"building {roots.root_of(suite)}: takes minutes, once")
            roots.build(suite)
        except roots.NotBuilt as reason:
            config.stash[_NOT_BUILT][series] = str(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    for line in config.stash.get(_RAN, []):
        terminalreporter.write_line(line)
    for series, reason in config.stash.get(_NOT_BUILT, {}).items():
        terminalreporter.write_line(f"GIMP {series}: not run: {reason}")


@pytest.fixture(scope="session")
def gimp_root(gimp_version: str, pytestconfig: pytest.Config) -> Path:
    """The root with this GIMP; absent, its tests fail, or are left out where all were asked."""
    reason = pytestconfig.stash[_NOT_BUILT].get(gimp_version)
    if reason is not None:
        reason = f"GIMP {gimp_version} cannot be had here: {reason}"
        if pytestconfig.getoption("--editor-versions") == "all":
            pytest.skip(reason)
        pytest.fail(reason)
    return roots.root_of(roots.SUITES[gimp_version])


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


class _Screens:
    """The screen of each GIMP, restarted when a test has killed it."""

    def __init__(self) -> None:
        self._desk: Desk | None = None

    def of(self, gimp: Gimp) -> Desk:
        if self._desk is not None and self._desk.gimp is gimp and self._desk.running:
            self._desk.reset()
        else:
            self.close()
            self._desk = Desk(gimp)
        return self._desk

    def close(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None


@pytest.fixture(scope="session")
def _screens(gimp: Gimp) -> Iterator[_Screens]:
    screens = _Screens()
    yield screens
    screens.close()


@pytest.fixture
def desk(gimp: Gimp, _screens: _Screens) -> Desk:
    """GIMP in its window, without an image; see `Desk`."""
    return _screens.of(gimp)
