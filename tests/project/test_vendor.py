"""The client for the editors: one package of pure Python that meets no other copy."""

import ast
import subprocess
import sys

import pytest

from styleswap.v1 import stylize_pb2
from styleswap.v1.settings import to_message

# None is imported at load on a Python without it: annotationlib is Python 3.14's own, numpy and
# certifi are imported by functions that the client never calls.
OPTIONAL = {"annotationlib", "certifi", "numpy"}


def run(python, folder, code, *flags):
    """Runs code in an interpreter without site packages that finds the package in `folder`."""
    command = [str(python), "-I", "-S", "-W", "error", *flags, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def header():
    """A request's header with something in every kind of field."""
    message = stylize_pb2.StylizeHeader(preview=True)
    plane = message.planes.add(role=1, index=7)
    plane.pixels.width, plane.pixels.height, plane.pixels.layout = 4000, 3000, 4
    message.styles.add(id="builtin/woodcut")
    message.settings.CopyFrom(to_message({"strength": 0.8, "colours": "content"}))
    return message


def test_it_imports_nothing_but_itself_and_the_standard_library(vendored):
    modules = {
        path.relative_to(vendored).with_suffix("").as_posix().replace("/", ".")
        for path in vendored.rglob("*.py")
    }
    modules |= {name.removesuffix(".__init__") for name in modules}
    outside, missing = set(), set()
    for path in vendored.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                continue
            for name in names:
                if name.startswith("styleswap_vendor"):
                    missing |= {name} - modules
                elif name.split(".")[0] not in sys.stdlib_module_names:
                    outside.add(name)
    assert outside <= OPTIONAL
    # protobuf looks for its implementations in C, which are left out.
    assert missing <= {
        "styleswap_vendor.google._upb",
        "styleswap_vendor.google.protobuf.pyext",
    }


def test_it_is_pure_python_with_its_licences(vendored):
    files = [path for path in (vendored / "styleswap_vendor").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".py", ".txt"}
    licences = {path.stem for path in files if path.suffix == ".txt"}
    assert licences == {
        "googleapis_common_protos",
        "grpclib",
        "h2",
        "hpack",
        "hyperframe",
        "multidict",
        "protobuf",
        "styleswap",
        "typing_extensions",
    }
    assert not [path for path in files if path.name.endswith("_pb2_grpc.py")]


def test_it_loads_in_a_bare_python_and_speaks_the_same_bytes(python, vendored):
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from styleswap_vendor.styleswap import client
from styleswap_vendor.styleswap.editing import live, previews, region, remembered, shelf, words
from styleswap_vendor.styleswap.v1 import server_grpc, settings, styles_grpc, stylize_grpc
from styleswap_vendor.styleswap.v1.stylize_pb2 import StylizeHeader
from styleswap_vendor.google.protobuf.internal import api_implementation
assert api_implementation.Type() == "python"
first = {"google", "grpclib", "h2", "hpack", "hyperframe", "multidict", "styleswap"}
assert not first & {name.split(".")[0] for name in sys.modules}
message = StylizeHeader(preview=True)
plane = message.planes.add(role=1, index=7)
plane.pixels.width, plane.pixels.height, plane.pixels.layout = 4000, 3000, 4
message.styles.add(id="builtin/woodcut")
message.settings.CopyFrom(settings.to_message({"strength": 0.8, "colours": "content"}))
assert settings.from_message(message.settings)["strength"] == 0.8
assert StylizeHeader.FromString(message.SerializeToString()) == message
sys.stdout.buffer.write(message.SerializeToString())
"""
    data = run(python, vendored, code)
    assert stylize_pb2.StylizeHeader.FromString(data) == header()


def test_another_protobuf_of_the_editor_is_not_touched(python, vendored):
    # One as old as a plug-in may bring: nothing of ours would run on it.
    code = """
import os, sys, types
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "cpp"
old = {name: types.ModuleType(name) for name in ("google", "google.protobuf", "grpclib", "h2")}
old["google.protobuf"].__version__ = "3.6.1"
sys.modules.update(old)
sys.path.insert(0, sys.argv[1])
from styleswap_vendor.styleswap import client
from styleswap_vendor.styleswap.v1.controls_pb2 import Settings
import styleswap_vendor.google.protobuf as ours
assert Settings.FromString(Settings(strength=0.5).SerializeToString()).strength == 0.5
assert ours.__version__ != "3.6.1"
assert all(sys.modules[name] is module for name, module in old.items())
assert not [name for name in sys.modules if name.startswith("google.") and name not in old]
"""
    run(python, vendored, code)


def test_both_copies_work_side_by_side(vendored):
    code = """
import sys
sys.path[:0] = sys.argv[1:]
import site
from google.protobuf.internal import api_implementation as theirs
from styleswap.v1 import settings as normal
from styleswap.v1.controls_pb2 import Settings as Normal
from styleswap_vendor.google.protobuf.internal import api_implementation as ours
from styleswap_vendor.styleswap.v1 import settings as vendored
from styleswap_vendor.styleswap.v1.controls_pb2 import Settings as Vendored
assert (theirs.Type(), ours.Type()) == ("upb", "python")
assert Normal is not Vendored
assert Vendored.__module__ == "styleswap_vendor.styleswap.v1.controls_pb2"
values = {"strength": 0.3, "matching": "plain", "style_flips": True, "model": "vgg19"}
there = Vendored.FromString(normal.to_message(values).SerializeToString())
back = Normal.FromString(vendored.to_message(values).SerializeToString())
assert vendored.from_message(there) == normal.from_message(back)
try:
    Normal().CopyFrom(there)
except TypeError:
    pass
else:
    raise AssertionError("the two copies share their types")
"""
    command = [sys.executable, "-c", code, str(vendored)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import h2.config", "import styleswap_vendor.h2.config; from styleswap_vendor import h2"),
        ("import h2", "from styleswap_vendor import h2"),
        ("import os, h2.config as c", "import os; import styleswap_vendor.h2.config as c"),
        ("import h2util", "import h2util"),
        ("from h2 import config", "from styleswap_vendor.h2 import config"),
        ("from . import h2", "from . import h2"),
        ("if x:\n  from   google.rpc import (\n   a)", None),
        ("é = 1; import grpclib", "é = 1; from styleswap_vendor import grpclib"),
        ("import_module('google._upb')", "import_module('styleswap_vendor.google._upb')"),
        ('f(r"google.protobuf.Any")', 'f(r"google.protobuf.Any")'),
    ],
)
def test_imports_are_rewritten_and_nothing_else(vendor, before, after):
    if after is None:
        after = before.replace("google", "styleswap_vendor.google")
    assert vendor.rewrite(before.encode()).decode() == after


def test_a_module_named_in_an_unknown_way_is_found(vendor):
    files = {"h2/config.py": b"", "a.py": b"load('h2.config')\n\nimport h2\nfrom h2 import config"}
    assert vendor.missed(files) == ["a.py:3: h2", "a.py:4: h2", "a.py:1: h2.config"]


def test_a_wheel_with_another_hash_is_refused(vendor, tmp_path, capfd):
    pins = vendor.REQUIREMENTS.read_text().splitlines()
    (line,) = (line for line in pins if line.startswith("hpack=="))
    digest = line.split("sha256:")[1]
    requirements = tmp_path / "vendor.txt"
    requirements.write_text(line.replace(digest, "0" * 64) + "\n")
    with pytest.raises(vendor.BuildError, match="could not download"):
        vendor.fetch(requirements, tmp_path / "wheels")
    assert "HASH" in capfd.readouterr().err.upper()


def test_an_older_build_is_replaced(vendor, tmp_path):
    stale = tmp_path / "styleswap_vendor" / "stale.py"
    stale.parent.mkdir()
    stale.touch()
    vendor.build(tmp_path)
    assert not stale.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["styleswap_vendor"]
