"""The client is light: editors carry it, and their Python takes no compiled package."""

import subprocess
import sys


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh Python has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_of_the_package_loads_not_even_the_client() -> None:
    modules = loaded_by("import styleswap")
    assert not modules & {"grpclib", "google", "asyncio"}


def test_connect_is_found_in_the_package() -> None:
    code = "import styleswap, styleswap.client as c; assert styleswap.connect is c.connect; "
    code += "assert styleswap.connect_async is c.connect_async"
    subprocess.run([sys.executable, "-c", code], check=True)
