"""The wheel, installed outside the checkout, paints: with its command, and with the client that the
editors load.

Its dependencies are not installed again, which would fetch hundreds of megabytes: a .pth file lends
the new environment the folder of this one's packages. Python does not read the .pth files of a
folder that is added so, among them the one that leads to the checkout, and a test makes sure.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "daemon" / "styleswap"
SIZE = (96, 64)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    subprocess.run([*command, REPOSITORY], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs programs of a new environment that has the wheel, in an empty folder and home."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    packages = Path(
        sysconfig.get_path("purelib", vars={"base": folder / "env", "platbase": folder / "env"})
    )
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    home = folder / "home"
    home.mkdir()
    environment = {
        "PATH": os.defpath,
        "HOME": str(home),
        "STYLESWAP_HOME": str(home / "styleswap"),
        "OMP_NUM_THREADS": "2",
    }

    def run(program, *arguments):
        return subprocess.run(
            [folder / "env" / "bin" / program, *arguments],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    yield run
    run("styleswap", "stop")


def photo():
    """A small photo's stand-in: a smooth sky above a dark, noisy ground, (64, 96, 3) uint8."""
    rows = np.linspace(0, 1, SIZE[1])[:, None, None]
    picture = np.broadcast_to((1 - rows) * [90, 150, 230] + rows * [60, 40, 20], (*SIZE[::-1], 3))
    noise = np.random.default_rng(1).normal(0, 25, picture.shape) * (rows > 0.6)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def assert_painted(result):
    """Checks that an (H, W, 3) uint8 result is a picture, and another one than the photo."""
    assert result.shape == photo().shape
    assert result.std() > 10
    assert np.abs(result.astype(int) - photo()).mean() > 5


def _listed(folder, place):
    """The files below a folder, as a wheel that holds it at `place` names them."""
    return {
        f"{place}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_all_that_is_used(wheel, vendored):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    plugins = REPOSITORY / "plugins"
    package = _listed(PACKAGE, "styleswap")
    editors = _listed(vendored, "styleswap/plugins")
    for editor in ("gimp", "krita"):
        editors |= _listed(plugins / editor, f"styleswap/plugins/{editor}")
    editors |= {
        f"styleswap/plugins/{path.relative_to(plugins).with_suffix('.mo').as_posix()}"
        for path in plugins.glob("locale/**/*.po")
    }
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == package | editors
    assert any(name.startswith("styleswap/weights/") and "safetensors" in name for name in names)
    assert sum(name.startswith("styleswap/gallery/pictures/") for name in names) >= 6
    assert any(name.endswith("licenses/LICENSE") for name in metadata)


def test_the_checkout_is_not_seen(installed):
    done = installed("python", "-c", "import styleswap, sys; print(styleswap.__file__, *sys.path)")
    assert done.returncode == 0, done.stderr
    package, *path = done.stdout.split()
    assert "env/lib" in package
    assert not [entry for entry in path if Path(entry) == REPOSITORY / "daemon"]


def test_the_command_paints(installed, tmp_path):
    content, painted = tmp_path / "content.png", tmp_path / "painted.png"
    Image.fromarray(photo()).save(content)
    done = installed("styleswap", "stylize", content, "builtin/woodcut", "-o", painted)
    assert done.returncode == 0, done.stderr
    with Image.open(painted) as image:
        assert image.size == SIZE
        assert_painted(np.asarray(image.convert("RGB")))


def test_the_editors_client_paints(installed, tmp_path):
    """It runs without any installed package and finds the daemon that the command started."""
    started = installed("styleswap", "styles", "list")
    assert started.returncode == 0, started.stderr
    (tmp_path / "content").write_bytes(photo().tobytes())
    code = f"""
import sys
plugins, content, painted = sys.argv[1:]
sys.path.insert(0, plugins)
from styleswap_vendor.styleswap.client import Picture, connect
with connect(start=False) as daemon, open(content, "rb") as source, open(painted, "wb") as target:
    picture = Picture({SIZE[0]}, {SIZE[1]}, "rgb", "uint8", False, source.read())
    target.write(daemon.stylize(picture, "builtin/woodcut", colours="content").data)
assert not {{"google", "grpclib", "styleswap", "numpy"}} & set(sys.modules)
"""
    where = installed("python", "-c", "import styleswap; print(styleswap.__path__[0])")
    plugins = Path(where.stdout.strip()) / "plugins"
    arguments = (plugins, tmp_path / "content", tmp_path / "painted")
    done = installed("python", "-S", "-c", code, *arguments)
    assert done.returncode == 0, done.stderr
    painted = np.frombuffer((tmp_path / "painted").read_bytes(), np.uint8)
    assert_painted(painted.reshape(*SIZE[::-1], 3))


def install_without_network(installed, *words):
    """Runs `styleswap install`; an attempt to connect, or to run a program, fails."""
    code = """
import sys
def forbid(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")):
        raise RuntimeError(f"{event} {arguments}")
sys.addaudithook(forbid)
from styleswap.cli import main
sys.exit(main(["install", *sys.argv[1:]]))
"""
    done = installed("python", "-c", code, *words)
    assert done.returncode == 0, done.stderr


def whole_plugin(name, vendored):
    """The files that belong into a plug-in's folder."""
    sources = REPOSITORY / "plugins"
    translations = {
        f"./{path.relative_to(sources).with_suffix('.mo').as_posix()}"
        for path in sources.glob("locale/**/*.po")
    }
    return _listed(sources / name, ".") | _listed(vendored, ".") | translations


def assert_client_starts_the_daemon(installed, folder):
    """Starts the daemon with the client in a plug-in's folder, by the recorded command."""
    assert installed("styleswap", "stop").returncode == 0
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from styleswap_vendor.styleswap.client import connect
with connect() as daemon:
    print(len(daemon.styles.list()))
"""
    done = installed("python", "-S", "-c", code, folder)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 6


def test_the_gimp_filter_is_installed_without_network(installed, vendored, tmp_path):
    """And the client in it starts the daemon of the wheel, by the command that was recorded."""
    profile = tmp_path / "3.0"
    profile.mkdir()
    install_without_network(installed, "gimp", "--profile", profile)
    plugin = profile / "plug-ins" / "style-swap"
    assert os.access(plugin / "style-swap.py", os.X_OK)
    assert _listed(plugin, ".") == whole_plugin("gimp", vendored)
    assert_client_starts_the_daemon(installed, plugin)


def test_the_krita_panel_is_installed_without_network(installed, vendored, tmp_path):
    """Into a folder and settings that are named, beside what Krita has there."""
    resources, settings = tmp_path / "krita", tmp_path / "kritarc"
    resources.mkdir()
    words = ("--resources", resources, "--kritarc", settings)
    install_without_network(installed, "krita", *words)
    package = resources / "pykrita" / "style_swap"
    assert _listed(package, ".") == whole_plugin("krita/style_swap", vendored)
    others = _listed(resources, ".") - _listed(package, "./pykrita/style_swap")
    assert others == {"./pykrita/style_swap.desktop", "./actions/style_swap.action"}
    assert settings.read_text() == "[python]\nenable_style_swap=true\n"
    assert_client_starts_the_daemon(installed, package)
