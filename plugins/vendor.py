"""Builds `styleswap_vendor`, the client that is copied into the editors.

All plug-ins of an editor share one Python, and `google.protobuf` imports itself by its absolute
name: the first plug-in that loads a protobuf decides for all others. So the client and all it needs
become one package of pure Python in which every import is rewritten, `google.protobuf` to
`styleswap_vendor.google.protobuf` and so on. Nothing of it meets another copy.

`python plugins/vendor.py [FOLDER]` writes FOLDER/styleswap_vendor (default: build). The wheels come
from the package index, by the versions and hashes in `vendor.txt`.
"""

import argparse
import ast
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIREMENTS = REPOSITORY / "plugins" / "vendor.txt"
OWN = REPOSITORY / "daemon" / "styleswap"
BUILD = REPOSITORY / "build"
PACKAGE = "styleswap_vendor"

OWN_FILES = (
    "__init__.py",
    "atomic.py",
    "locks.py",
    "pixel_format.py",
    "private.py",
    "proof.py",
    "runtime.py",
)
OWN_ROOMS = ("client", "editing", "v1")

ROOTS = (
    "google",
    "grpclib",
    "h2",
    "hpack",
    "hyperframe",
    "multidict",
    "styleswap",
    "typing_extensions",
)

# Of protos for all of Google's services, the client knows the details of errors.
KEPT_OF_GOOGLE = ("google/protobuf/", "google/rpc/code_", "google/rpc/status_", "google/rpc/error_")

# Tools, tests and what only servers need.
LEFT_OUT = re.compile(
    r"google/protobuf/(compiler|pyext|testdata|util)/"
    r"|google/protobuf/internal/(\w*_benchmark|testing_refleaks)\.py"
    r"|grpclib/(channelz|plugin|reflection)/|grpclib/testing\.py"
)

# Functions that take the name of a module as text.
TAKE_MODULE_NAMES = {
    "BuildTopDescriptorsAndMessages",
    "_CanImport",
    "__import__",
    "find_spec",
    "import_module",
}

# (file, text, replacement). The editor's environment may choose an implementation for its own
# protobuf; ours has only the one in Python.
PATCHES = (
    (
        "google/protobuf/internal/api_implementation.py",
        "'PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION', _implementation_type",
        "'STYLESWAP_VENDOR_PROTOBUF_IMPLEMENTATION', _implementation_type",
    ),
)

INIT = '''\
"""The Style Swap client and all it needs, as one package of pure Python with imports of its own.

Made by plugins/vendor.py; do not edit. The licences are in the folder licenses.
"""
'''


class BuildError(Exception):
    """The package cannot be built; the message says what to do."""


def fetch(requirements: Path, folder: Path) -> list[Path]:
    """Returns the wheels that `requirements` pins, downloaded to `folder` unless they lie there.

    Raises:
        BuildError: pip could not download them, or a hash differs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements.read_text()))
    present = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in folder.iterdir()}
    if not wanted <= present.keys():
        target = ["--platform", "any", "--implementation", "py", "--abi", "none"]
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps"]
        command += ["--require-hashes", "--only-binary=:all:", *target, "--python-version", "3.10"]
        command += ["--requirement", str(requirements), "--dest", str(folder)]
        if subprocess.run(command, check=False).returncode:
            raise BuildError(
                "pip could not download the packages in plugins/vendor.txt; see its message above."
            )
        present = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in folder.iterdir()}
    return sorted(present[digest] for digest in wanted)


def collect(wheels: list[Path]) -> dict[str, bytes]:
    """Returns the files of the package by their path in it, not yet rewritten."""
    files: dict[str, bytes] = {"google/__init__.py": b"", "google/rpc/__init__.py": b""}
    for wheel in wheels:
        distribution = wheel.name.split("-")[0]
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = PurePosixPath(name)
                if path.parts[0].endswith(".dist-info"):
                    if path.stem.upper() in ("LICENSE", "LICENCE", "COPYING"):
                        files[f"licenses/{distribution}.txt"] = archive.read(name)
                elif path.suffix == ".py" and _is_kept(name):
                    files[name] = archive.read(name)
    for module in [
        *(OWN / name for name in OWN_FILES),
        *(module for room in OWN_ROOMS for module in (OWN / room).rglob("*.py")),
    ]:
        if not module.name.endswith("_pb2_grpc.py"):
            files[f"styleswap/{module.relative_to(OWN).as_posix()}"] = module.read_bytes()
    files["licenses/styleswap.txt"] = (REPOSITORY / "LICENSE").read_bytes()
    return files


def _is_kept(name: str) -> bool:
    """Returns whether a wheel's module belongs into the package."""
    if name.startswith("google/") and not name.startswith(KEPT_OF_GOOGLE):
        return False
    root = PurePosixPath(name).parts[0].removesuffix(".py")
    return root in ROOTS and not LEFT_OUT.match(name)


def is_ours(module: str) -> bool:
    """Returns whether an absolute module name lies in the package."""
    return module.split(".", maxsplit=1)[0] in ROOTS


def rewrite(source: bytes) -> bytes:
    """Returns a module's source with absolute imports of our modules turned into the package's.

    Names that the statements bind stay the same, so that the rest of the source is left alone:
    `import google.rpc.status_pb2` binds `google`, and becomes an import of the package's module
    followed by `from styleswap_vendor import google`.
    """
    prefix = f"{PACKAGE}.".encode()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column

    edits: list[tuple[int, int, bytes]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module and is_ours(node.module):
                start = offset(node.lineno, node.col_offset)
                keyword = re.compile(rb"from\s+").match(source, start)
                assert keyword
                edits.append((keyword.end(), keyword.end(), prefix))
        elif isinstance(node, ast.Import):
            if any(is_ours(alias.name) for alias in node.names):
                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                start = offset(node.lineno, node.col_offset)
                end = offset(node.end_lineno, node.end_col_offset)
                text = "; ".join(part for alias in node.names for part in _import(alias))
                edits.append((start, end, text.encode()))
        elif isinstance(node, ast.Call) and _called(node) in TAKE_MODULE_NAMES:
            for argument in node.args:
                if (
                    isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and is_ours(argument.value)
                ):
                    start = offset(argument.lineno, argument.col_offset)
                    quote = re.compile(rb"\w*['\"]+").match(source, start)
                    assert quote
                    edits.append((quote.end(), quote.end(), prefix))
    for start, end, replacement in sorted(edits, reverse=True):
        source = source[:start] + replacement + source[end:]
    return source


def _import(alias: ast.alias) -> list[str]:
    """Returns the statements that replace one name of an import statement."""
    renamed = f" as {alias.asname}" if alias.asname else ""
    if not is_ours(alias.name):
        return [f"import {alias.name}{renamed}"]
    if alias.asname:
        return [f"import {PACKAGE}.{alias.name}{renamed}"]
    root, *rest = alias.name.split(".")
    load = [f"import {PACKAGE}.{alias.name}"] if rest else []
    return [*load, f"from {PACKAGE} import {root}"]


def _called(call: ast.Call) -> str:
    """Returns the last part of the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def missed(files: dict[str, bytes]) -> list[str]:
    """Returns where a rewritten package still names one of its modules by the old name.

    Looks at imports, and at texts that equal the dotted name of a module: those that no function in
    `TAKE_MODULE_NAMES` took may be imports in disguise.
    """
    modules = {path[:-3].replace("/", ".") for path in files if path.endswith(".py")}
    found = []
    for path, source in files.items():
        if not path.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(source)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if is_ours(alias.name)]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module] if is_ours(node.module) else []
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names = [node.value] if "." in node.value and node.value in modules else []
            found += [f"{path}:{getattr(node, 'lineno', 0)}: {name}" for name in names]
    return found


def build(folder: Path = BUILD, wheels: Path | None = None) -> Path:
    """Builds the package in `folder`, in place of an older one; returns its path.

    Args:
        folder: where `styleswap_vendor` is written.
        wheels: where downloaded wheels are kept; None is `build/wheels` of this repository.

    Raises:
        BuildError: a wheel is missing, or a module is named in a way that is not rewritten.
    """
    files = collect(fetch(REQUIREMENTS, wheels or BUILD / "wheels"))
    for path, old, new in PATCHES:
        if files[path].count(old.encode()) != 1:
            raise BuildError(f"{path} has changed: look at PATCHES in plugins/vendor.py.")
        files[path] = files[path].replace(old.encode(), new.encode())
    files = {
        path: rewrite(source) if path.endswith(".py") else source for path, source in files.items()
    }
    left = missed(files)
    if left:
        raise BuildError("Not rewritten; look at plugins/vendor.py:\n" + "\n".join(left))
    files["__init__.py"] = INIT.encode()
    target = folder / PACKAGE
    fresh = folder / f"{PACKAGE}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for path, source in files.items():
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        (fresh / path).write_bytes(source)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return target


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Builds the client for the editors.")
    parser.add_argument("folder", nargs="?", type=Path, default=BUILD)
    try:
        target = build(parser.parse_args().folder)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
