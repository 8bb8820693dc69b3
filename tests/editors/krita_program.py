"""The real Krita of a root: its profile with the plug-in, and its daemon."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from pathlib import Path

from styleswap.runtime import HOME_VARIABLE

from .editor_program import HOME, EditorProgram
from .qt_widgets import install
from .sandbox import Sandbox
from .screen_session import ScreenSession, eventually

USER = "/scratch/user"
"""What Krita takes for the user's home folder."""
FOLDERS = {
    "XDG_DATA_HOME": ".local/share",
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
}
HARNESS = "styleswap_tests"
SOCKET_VARIABLE = "STYLESWAP_TESTS_SOCKET"
QUIT_SECONDS = 30.0
FIRST_WITH_QT6 = "6.0"

# Recovery of what was not saved would ask at the next start.
KRITARC = f"""\
AutoSaveInterval=0
FetchNews=false

[python]
enable_{HARNESS}=true
"""
DESKTOP = f"""\
[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library={HARNESS}
X-Python-2-Compatible=false
Name=Tests of Style Swap
"""
STUB = """\
import sys

sys.path.insert(0, "/checkout/tests/editors/inside")
import krita_scripts
"""


class KritaScreen(ScreenSession):
    """A screen with Krita, whatever its profile holds."""

    def __init__(self, sandbox: Sandbox, variables: dict[str, str]) -> None:
        """Starts both; needs some seconds, and a minute with an empty profile."""
        super().__init__(
            sandbox,
            # The socket's name goes by the environment: Krita would open a file of that name.
            lambda name: ["env", f"{SOCKET_VARIABLE}=/scratch/{name}", "krita", "--nosplash"],
            variables,
        )
        try:
            eventually("Krita's window", lambda: self.script(HAS_WINDOW))
        except BaseException:
            self.close()
            raise

    def quit(self) -> None:
        """Close all documents and have Krita quit, as by its menu; it keeps its settings."""
        with contextlib.suppress(AssertionError):
            self._window.run("raise SystemExit", {}, QUIT_SECONDS)
        eventually("Krita's end", lambda: not self.running, QUIT_SECONDS)


HAS_WINDOW = """
window = app.activeWindow()
answer = window is not None and window.qwindow().isVisible()
"""


class Krita(EditorProgram):
    """One version of Krita with the plug-in installed, and a daemon in a home of its own."""

    def __init__(self, series: str, root: Path, scratch: Path) -> None:
        """Args: series: such as "5.2"; scratch: an empty folder, `/scratch` in the sandbox."""
        super().__init__(series, root, scratch)
        self.user = scratch / "user"
        # Krita itself says it only where there is a screen.
        self.version = self._version_said_by(
            ["dpkg-query", "--show", "--showformat=${Version}", "krita"]
        )
        shutil.copytree(prepared_user(root), self.user, symlinks=True)
        install(self.data, self.kritarc, self.home)
        self.starter.record(self.home)  # the command that was recorded has no torch here

    @property
    def data(self) -> Path:
        """Krita's folder of resources and plug-ins."""
        return self.user / FOLDERS["XDG_DATA_HOME"] / "krita"

    @property
    def kritarc(self) -> Path:
        """Krita's settings."""
        return self.user / FOLDERS["XDG_CONFIG_HOME"] / "kritarc"

    @property
    def variables(self) -> dict[str, str]:
        """What Krita finds in its environment, besides what every program of the sandbox does."""
        early = {"STYLESWAP_TESTS_EARLY_BUS": "1"} if self.series >= FIRST_WITH_QT6 else {}
        return {**krita_variables(), HOME_VARIABLE: HOME, **early}


def krita_variables() -> dict[str, str]:
    """Return the environment of a Krita whose user lives in the scratch folder."""
    folders = {name: f"{USER}/{folder}" for name, folder in FOLDERS.items()}
    told = {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"HOME": USER, **folders, **told}


def prepared_user(root: Path) -> Path:
    """Return a user's home folder in which this Krita was started once, beside its root.

    The first start reads all brushes and patterns into a database; that takes up to 75 s.
    """
    prepared = root.with_name(f"{root.name}-user")
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prepared.exists():
            with tempfile.TemporaryDirectory(prefix="styleswap-") as scratch:
                user = Path(scratch, "user")
                pykrita = user / FOLDERS["XDG_DATA_HOME"] / "krita" / "pykrita"
                (pykrita / HARNESS).mkdir(parents=True)
                (pykrita / HARNESS / "__init__.py").write_text(STUB)
                (pykrita / f"{HARNESS}.desktop").write_text(DESKTOP)
                (user / FOLDERS["XDG_CONFIG_HOME"]).mkdir()
                (user / FOLDERS["XDG_CONFIG_HOME"] / "kritarc").write_text(KRITARC)
                screen = KritaScreen(Sandbox(root, Path(scratch)), krita_variables())
                try:
                    screen.quit()
                finally:
                    screen.close()
                part = prepared.with_suffix(".part")
                shutil.rmtree(part, ignore_errors=True)
                shutil.copytree(user, part, symlinks=True)
                part.rename(prepared)
    return prepared
