"""The committed code is what the generator makes of the proto files now."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    """The proto files, the generator and the generated code, to be changed at will."""
    for folder in ("protos", "daemon/styleswap/v1"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


def check(folder):
    """Runs the check in a copy; returns the exit code and what it says."""
    command = [sys.executable, str(folder / "protos" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_the_committed_code_is_fresh(copy):
    assert check(copy) == (0, "")


def test_a_changed_control_makes_the_table_stale(copy):
    path = copy / "protos" / "styleswap" / "v1" / "controls.proto"
    text = path.read_text()
    assert text.count("maximum: 15") == 2
    path.write_text(text.replace("maximum: 15", "maximum: 13"))
    code, said = check(copy)
    assert code == 1
    assert "daemon/styleswap/v1/controls.py is stale" in said
    assert "controls_pb2.py is stale" in said
    assert "server_pb2.py" not in said


def test_a_leftover_file_is_stale(copy):
    (copy / "daemon" / "styleswap" / "v1" / "old_pb2.py").write_text("")
    code, said = check(copy)
    assert code == 1
    assert "old_pb2.py is stale" in said


def test_a_field_that_is_no_control_is_an_error(copy):
    path = copy / "protos" / "styleswap" / "v1" / "controls.proto"
    text = path.read_text().rstrip().removesuffix("}")
    path.write_text(text + "  // No control.\n  optional bool odd = 99;\n}\n")
    code, said = check(copy)
    assert code == 1
    assert "Settings.odd: (control) is missing" in said


OVERLAP = 'counts_with: {control: "patch_size" above: 1}'
REFINE = 'counts_with: {control: "method" values: "feed-forward"}'
STRIDE = 'at_most: "patch_size"'


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (OVERLAP, 'counts_with: {control: "size" above: 1}', "overlap: it counts with 'size'"),
        (OVERLAP, 'counts_with: {control: "overlap" values: "centre"}', "no other control"),
        (OVERLAP, 'counts_with: {control: "patch_size"}', "above a number from 1 on and below 15"),
        (OVERLAP, 'counts_with: {control: "patch_size" above: 15}', "patch_size above a number"),
        (OVERLAP, 'counts_with: {control: "patch_size" above: 0.5}', "patch_size above a number"),
        (OVERLAP, 'counts_with: {control: "patch_size" above: 1.5}', "1.5 is not a whole number"),
        (OVERLAP, 'counts_with: {control: "patch_size" values: "3"}', "patch_size above a number"),
        (OVERLAP, 'counts_with: {control: "model" values: "vgg19"}', "neither a choice nor a"),
        (REFINE, 'counts_with: {control: "method" values: "fast"}', "feed-forward, optimise"),
        (REFINE, 'counts_with: {control: "method"}', "some of method's choices"),
        (REFINE, 'counts_with: {control: "method" values: "optimise" above: 1}', "choices"),
        # Smoothness counts with refine.
        (REFINE, 'counts_with: {control: "smoothness" above: 0}', "depends on itself"),
        (STRIDE, 'at_most: "size"', "patch_stride: at_most 'size' is no other number"),
        (STRIDE, 'at_most: "patch_stride"', "is no other number of its kind"),
        (STRIDE, 'at_most: "strength"', "is no other number of its kind"),
        (STRIDE, 'at_most: "tile_limit"', "its default exceeds tile_limit's minimum"),
    ],
)
def test_a_relation_of_controls_that_cannot_be_is_an_error(copy, before, after, told):
    path = copy / "protos" / "styleswap" / "v1" / "controls.proto"
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))
    code, said = check(copy)
    assert code == 1
    assert told in said
    assert "Traceback" not in said
