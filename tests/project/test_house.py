"""The contracts between the rooms: each forbids what it says, and rooms import little else."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = (
    "engine",
    "service",
    "gallery",
    "client",
    "training",
    "files",
    "cli",
    "editing",
    "v1",
    "runtime",
)
STUBS = ("server", "styles", "stylize")

# (importing module, imported module): every arrow that the house does not have.
FORBIDDEN = [
    *(("engine", f"styleswap.{room}") for room in ROOMS if room != "engine"),
    *((room, f"styleswap.{other}") for room in ("gallery", "files", "v1") for other in ROOMS[:8]),
    *(("service", f"styleswap.{room}") for room in ("client", "training", "cli", "editing")),
    *(("client", f"styleswap.{room}") for room in ROOMS if room not in ("client", "v1", "runtime")),
    *(("training", f"styleswap.{room}") for room in ("client", "service", "cli", "gallery", "v1")),
    ("training", "styleswap.editing"),
    ("cli", "styleswap.engine"),
    ("cli", "styleswap.editing"),
    *(("editing", f"styleswap.{room}") for room in ROOMS[:7] if room != "client"),
    *(("editing", name) for name in ("torch", "numpy", "PIL", "pyvips", "grpc", "grpclib")),
    *(("client", name) for name in ("torch", "numpy", "PIL", "pyvips", "skimage", "grpc")),
    *(("engine", name) for name in ("PIL", "numpy", "pyvips", "grpc", "grpclib", "socket")),
    *(("engine", name) for name in ("threading", "asyncio", "google.protobuf")),
    *((room, "grpc") for room in ("cli", "training", "gallery", "files")),
    *((room, "grpclib") for room in ("cli", "training", "gallery", "files", "service")),
    *(("client", f"styleswap.v1.{stub}_pb2_grpc") for stub in STUBS),
    *(("service", f"styleswap.v1.{stub}_grpc") for stub in STUBS),
    ("files", "torch"),
    ("v1.controls", "google.protobuf"),
]
FORBIDDEN = [(source, target) for source, target in FORBIDDEN if target != f"styleswap.{source}"]

ALLOWED = [
    *(("cli", f"styleswap.{room}") for room in ("client", "service", "training", "gallery")),
    *(("cli", f"styleswap.{room}") for room in ("files", "v1.controls")),
    *(("service", f"styleswap.{room}") for room in ("engine", "v1.server_pb2_grpc", "gallery")),
    *(("service", name) for name in ("styleswap.files", "grpc", "torch")),
    *(("training", f"styleswap.{room}") for room in ("engine", "files")),
    *(("client", name) for name in ("styleswap.v1.server_grpc", "grpclib", "google.rpc")),
    *(("editing", f"styleswap.{room}") for room in ("client", "v1.settings", "runtime")),
    ("engine", "torch"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """An empty house: every room a package without content, under the project's contracts."""
    folder = tmp_path_factory.mktemp("house")
    package = folder / "styleswap"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").write_text(
        "def __getattr__(name):\n    from styleswap.client import connect\n    return connect\n"
    )
    for module in ("control", "controls", "settings"):
        (package / "v1" / f"{module}.py").touch()
    for stub in STUBS:
        (package / "v1" / f"{stub}_pb2_grpc.py").write_text("import grpc\n")
        (package / "v1" / f"{stub}_grpc.py").write_text("import grpclib.client\n")
    return folder


def lint(house, imports):
    """Runs import-linter on the house with more imports; returns the module of each import,
    the exit code and the report.
    """
    modules, written = {}, []
    for number, (source, target) in enumerate(imports):
        path = house / "styleswap" / source.replace(".", "/")
        extra = path.is_dir()
        path = path / f"extra{number}.py" if extra else path.with_suffix(".py")
        path.write_text(f"def later():\n    import {target}\n")
        written.append(path)
        modules[source, target] = f"styleswap.{source}" + (f".extra{number}" if extra else "")
    command = [
        Path(sys.executable).parent / "lint-imports",
        "--no-cache",
        "--config",
        REPOSITORY / "pyproject.toml",
    ]
    environment = {"PYTHONPATH": str(house), "PATH": "", "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=house, env=environment
    )
    for path in written:
        if path.name.startswith("extra"):
            path.unlink()
        else:
            path.write_text("")
    return modules, done.returncode, done.stdout + done.stderr


def test_the_empty_house_keeps_all_contracts(house):
    _, code, report = lint(house, [])
    assert code == 0, report
    assert "0 broken" in report


def test_allowed_arrows_are_allowed(house):
    _, code, report = lint(house, ALLOWED)
    assert code == 0, report


@pytest.fixture(scope="module")
def ruined(house):
    """The report on the house with every forbidden arrow at once, and the modules they start in."""
    modules, code, report = lint(house, FORBIDDEN)
    assert code == 1, report
    return modules, report


@pytest.mark.parametrize(("source", "target"), FORBIDDEN, ids=lambda value: value)
def test_a_forbidden_arrow_is_found(ruined, source, target):
    modules, report = ruined
    imported = target if target.startswith("styleswap") else target.split(".")[0]
    # The report names the module and the import's line.
    assert f"{modules[source, target]} -> {imported} (l.2)" in report


def test_a_new_room_must_be_placed(house):
    attic = house / "styleswap" / "attic.py"
    attic.touch()
    try:
        _, code, report = lint(house, [])
    finally:
        attic.unlink()
    assert code == 1
    assert "attic" in report


@pytest.mark.parametrize(
    ("room", "allowed"),
    [
        ("engine", {"torch", "torchvision", "safetensors"}),
        ("client", {"grpclib", "google", "h2", "hyperframe"}),
        ("runtime", set()),
        ("v1.control", set()),
        ("v1.controls", set()),
        ("v1.settings", {"google"}),
    ],
)
def test_a_room_imports_from_outside_only_what_it_is_for(room, allowed):
    graph = grimp.build_graph("styleswap", include_external_packages=True, cache_dir=None)
    modules = {f"styleswap.{room}"} | graph.find_descendants(f"styleswap.{room}")
    imported = set().union(*(graph.find_modules_directly_imported_by(name) for name in modules))
    outside = {name.split(".")[0] for name in imported} - {"styleswap"}
    assert imported
    assert outside - set(sys.stdlib_module_names) <= allowed
