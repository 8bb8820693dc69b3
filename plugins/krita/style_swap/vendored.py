"""The client that lies inside of this plug-in, made importable as `styleswap_vendor`.

All plug-ins of Krita share one interpreter, so `sys.path` stays as it is, and the folder's name is
used by nobody else.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGE = "styleswap_vendor"
HERE = Path(__file__).resolve().parent


def load() -> None:
    """Makes `import styleswap_vendor` find the copy in this folder; does nothing twice.

    Raises:
        ImportError: it is not there, or damaged.
    """
    if PACKAGE in sys.modules:
        return
    folder = HERE / PACKAGE
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise ImportError(f"{folder} is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[PACKAGE]
        raise
