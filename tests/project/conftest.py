import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def vendor():
    """The module plugins/vendor.py."""
    spec = importlib.util.spec_from_file_location("vendor", REPOSITORY / "plugins" / "vendor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def vendored(vendor, tmp_path_factory):
    """The folder that holds a freshly built styleswap_vendor."""
    return vendor.build(tmp_path_factory.mktemp("vendored")).parent


def _pythons():
    """One interpreter of each version from 3.10 on that is found, this one among them."""
    found = {sys.version_info[:2]: Path(sys.executable)}
    names = [f"python3.{minor}" for minor in range(10, 16)]
    candidates = [shutil.which(name) for name in names]
    candidates += Path.home().glob(".pyenv/versions/3.1[0-9]*/bin/python")
    for candidate in filter(None, candidates):
        command = [candidate, "-c", "import sys; print(*sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(tuple(map(int, done.stdout.split())), Path(candidate))
    return [found[version] for version in sorted(found) if version >= (3, 10)]


PYTHONS = _pythons()


def pytest_generate_tests(metafunc):
    if "python" in metafunc.fixturenames:
        metafunc.parametrize("python", PYTHONS, ids=str)
