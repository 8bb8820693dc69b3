"""What editors remember, in real files, also with several processes and where the disk refuses."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from styleswap import runtime
from styleswap.editing.remembered import RECENT_LIMIT, Remembered
from styleswap.v1.control import ControlError
from styleswap.v1.controls import CONTROLS
from styleswap.v1.settings import defaults


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "editing.json"


def leftovers(path):
    """What lies beside the file and its lock."""
    return {each.name for each in path.parent.iterdir()} - {path.name, f"{path.name}.lock"}


def run(code, *arguments, **options):
    """Runs a Python program; returns the running process."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE, **options)


def test_it_lies_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(runtime.HOME_VARIABLE, str(tmp_path / "elsewhere"))
    Remembered().used("builtin/woodcut")
    assert (tmp_path / "elsewhere" / "editing.json").is_file()
    assert Remembered().recent == ("builtin/woodcut",)


def test_nothing_is_remembered_at_first_and_nothing_written(path):
    empty = Remembered(path)
    assert (empty.recent, empty.favourites, empty.presets) == ((), (), {})
    assert empty.last("gimp") == {}
    assert empty.notice == ""
    assert not path.parent.exists()


def test_recent_styles_newest_first_each_once(path):
    mine = Remembered(path)
    for number in range(15):
        mine.used(f"builtin/{number}")
    mine.used("builtin/9")
    mine.used("/pictures/Löwe 1.png")
    assert mine.recent[:3] == ("/pictures/Löwe 1.png", "builtin/9", "builtin/14")
    assert len(mine.recent) == RECENT_LIMIT == 12
    assert len(set(mine.recent)) == 12
    assert Remembered(path).recent == mine.recent


def test_favourites_come_and_go(path):
    mine = Remembered(path)
    mine.set_favourite("builtin/woodcut", True)
    mine.set_favourite("builtin/mosaic", True)
    mine.set_favourite("builtin/woodcut", True)
    assert Remembered(path).favourites == ("builtin/woodcut", "builtin/mosaic")
    mine.set_favourite("builtin/woodcut", False)
    mine.set_favourite("builtin/charcoal", False)
    assert Remembered(path).favourites == ("builtin/mosaic",)


def test_presets_hold_controls_and_come_in_order(path):
    mine = Remembered(path)
    mine.save_preset(" zart ", {"strength": 0.3, "style": "builtin/woodcut", "output": "new-layer"})
    mine.save_preset("Abstract", defaults() | {"patch_size": 9, "colours": "matched"})
    assert list(Remembered(path).presets.items()) == [
        ("Abstract", defaults() | {"patch_size": 9, "colours": "matched"}),
        ("zart", {"strength": 0.3}),
    ]
    mine.save_preset("zart", {"strength": 0.4})
    mine.delete_preset("Abstract")
    mine.delete_preset("never there")
    assert Remembered(path).presets == {"zart": {"strength": 0.4}}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_names_of_presets(path, name):
    with pytest.raises(ValueError, match="1 to 100 characters"):
        Remembered(path).save_preset(name, {})
    assert not path.exists()


@pytest.mark.parametrize("values", [{"strength": 2}, {"patch_size": 3, "patch_stride": 5}])
def test_a_preset_with_a_refused_value_is_not_stored(path, values):
    with pytest.raises(ControlError):
        Remembered(path).save_preset("bold", values)
    assert not path.exists()


def test_last_values_by_editor(path):
    mine = Remembered(path)
    values = {"style": "builtin/woodcut", "output": "in-place", "strength": 0.5, "scales": 2}
    mine.keep_last("gimp", {**values, "style_drawable": object(), "nothing": None})
    mine.keep_last("krita", {"style": "builtin/mosaic"})
    assert Remembered(path).last("gimp") == values
    assert Remembered(path).last("krita") == {"style": "builtin/mosaic"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"recent": [}', b"[1, 2]", b"null", b"\xff\xfe", b'{"a":' * 100_000],
    ids=["empty", "cut", "no JSON", "list", "null", "no text", "deep"],
)
def test_a_damaged_file_is_set_aside(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    mine = Remembered(path)
    assert (mine.recent, mine.presets) == ((), {})
    assert "damaged" in mine.notice
    assert "editing.json.broken" in mine.notice
    assert path.with_name("editing.json.broken").read_bytes() == content
    mine.used("builtin/woodcut")
    # It is told until what begins anew has begun.
    assert mine.notice == ""
    again = Remembered(path)
    assert again.recent == ("builtin/woodcut",)
    assert again.notice == ""
    assert path.with_name("editing.json.broken").read_bytes() == content


def test_a_file_that_is_damaged_later_is_set_aside_too(path):
    mine = Remembered(path)
    mine.used("builtin/woodcut")
    path.write_text("{")
    mine.used("builtin/mosaic")
    assert Remembered(path).recent == ("builtin/mosaic",)
    assert path.with_name("editing.json.broken").read_text() == "{"


@pytest.mark.parametrize("wrong", [7, "text", None, {"a": 1}, [1, None, ["builtin/x"], ""], True])
def test_wrong_types_count_as_nothing(path, wrong):
    path.parent.mkdir()
    written = {"recent": wrong, "favourites": wrong, "presets": wrong, "last": wrong}
    path.write_text(json.dumps(written))
    mine = Remembered(path)
    assert (mine.recent, mine.favourites) == ((), ())
    assert all(values == {} for values in mine.presets.values())
    assert mine.last("a") == {}
    mine.used("builtin/woodcut")
    mine.set_favourite("builtin/woodcut", True)
    mine.save_preset("bold", {"strength": 0.9})
    mine.keep_last("gimp", {"strength": 0.9})
    again = Remembered(path)
    assert again.recent == again.favourites == ("builtin/woodcut",)
    assert again.presets["bold"] == again.last("gimp") == {"strength": 0.9}


def test_values_of_a_preset_that_do_not_hold_are_left_out(path):
    path.parent.mkdir()
    stored = {
        "strength": "much",
        "colours": "purple",
        "style_flips": 1,
        "scales": 3,
        "patch_size": 3,
        "patch_stride": 7,
        "style_scale": 10**400,
        "of a newer version": 5,
    }
    path.write_text(json.dumps({"presets": {"mixed": stored}, "last": {"gimp": stored}}))
    mine = Remembered(path)
    assert mine.presets == {"mixed": {"scales": 3, "patch_size": 3}}
    assert mine.last("gimp") == {"scales": 3, "patch_size": 3}


def test_what_a_newer_version_wrote_is_kept(path):
    path.parent.mkdir()
    newer = {
        "recent": ["builtin/new"],
        "presets": {"new": {"grain": 5, "strength": 0.5}},
        "last": {"gimp": {"grain": 5}, "photoshop": {"grain": 6}},
        "brushes": {"a": [1, 2]},
    }
    path.write_text(json.dumps(newer))
    mine = Remembered(path)
    mine.used("builtin/woodcut")
    mine.save_preset("old", {"strength": 1.0})
    mine.keep_last("gimp", {"strength": 1.0})
    assert json.loads(path.read_text()) == {
        "recent": ["builtin/woodcut", "builtin/new"],
        "presets": {**newer["presets"], "old": {"strength": 1.0}},
        "last": {**newer["last"], "gimp": {"strength": 1.0}},
        "brushes": newer["brushes"],
    }


def test_two_editors_that_are_open_at_once(path):
    one, other = Remembered(path), Remembered(path)
    one.save_preset("one", {"strength": 0.1})
    other.save_preset("other", {"strength": 0.2})
    assert set(other.presets) == {"one", "other"}
    assert set(one.presets) == {"one"}
    one.reload()
    assert set(one.presets) == {"one", "other"}


def test_processes_that_write_at_once_lose_nothing(path):
    code = """
        import sys
        from pathlib import Path
        from styleswap.editing.remembered import Remembered
        mine = Remembered(Path(sys.argv[1]))
        for number in range(25):
            mine.save_preset(f"{sys.argv[2]} {number}", {"strength": number / 25})
        assert not mine.notice, mine.notice
    """
    writers = [run(code, path, name) for name in ("gimp", "krita", "another gimp")]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    assert len(Remembered(path).presets) == 75
    assert not leftovers(path)


def test_a_killed_writer_blocks_nobody(path):
    """GIMP's Cancel kills the plug-in at any moment; its lock must not stay."""
    code = """
        import sys, time
        from pathlib import Path
        from styleswap.editing.json_file import JsonFile
        def change(content):
            print("locked", flush=True)
            time.sleep(60)
        JsonFile(Path(sys.argv[1])).update(change)
    """
    mine = Remembered(path)
    mine.used("builtin/woodcut")
    writer = run(code, path, stdout=subprocess.PIPE)
    assert writer.stdout.readline() == "locked\n"
    writer.kill()
    writer.communicate()
    mine.used("builtin/mosaic")
    assert Remembered(path).recent == ("builtin/mosaic", "builtin/woodcut")
    assert mine.notice == ""


def test_a_full_disk_costs_neither_the_file_nor_the_painting(path):
    """The system refuses to write more than some bytes, as a full disk does."""
    Remembered(path).save_preset("mine", {"strength": 0.5})
    before = path.read_bytes()
    code = """
        import resource, sys
        from pathlib import Path
        from styleswap.editing.remembered import Remembered
        mine = Remembered(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
        mine.used("builtin/woodcut")
        mine.save_preset("more", {"strength": 0.6})
        assert "cannot be written" in mine.notice, mine.notice
        assert "File too large" in mine.notice, mine.notice
        assert mine.recent == ("builtin/woodcut",)
        assert list(mine.presets) == ["mine", "more"]
        assert Path(sys.argv[1]).stat().st_size > 20
        mine.reload()
        assert list(mine.presets) == ["mine", "more"]
        # When there is room again, nothing is lost.
        if sys.argv[2] == "room":
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            mine.used("builtin/mosaic")
            assert mine.notice == "", mine.notice
    """
    for last_word in ("full", "room"):
        process = run(code, path, last_word)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert not leftovers(path)
        if last_word == "full":
            assert path.read_bytes() == before
    mine = Remembered(path)
    assert mine.recent == ("builtin/mosaic", "builtin/woodcut")
    assert list(mine.presets) == ["mine", "more"]


def test_a_file_that_cannot_be_read_is_not_overwritten(path):
    path.mkdir(parents=True)  # not even root can read a folder as a file
    mine = Remembered(path)
    assert "cannot be read" in mine.notice
    mine.used("builtin/woodcut")
    assert "cannot be written" in mine.notice
    assert mine.recent == ("builtin/woodcut",)
    assert path.is_dir()
    path.rmdir()
    mine.used("builtin/mosaic")
    assert mine.notice == ""
    assert Remembered(path).recent == ("builtin/mosaic", "builtin/woodcut")


def test_a_link_stays_a_link(path, tmp_path):
    path.parent.mkdir()
    target = tmp_path / "dotfiles.json"
    target.write_text("{}")
    path.symlink_to(target)
    Remembered(path).used("builtin/woodcut")
    assert path.is_symlink()
    assert json.loads(target.read_text()) == {"recent": ["builtin/woodcut"]}


def test_only_the_user_reads_it(path):
    Remembered(path).used("/home/me/secret.png")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_every_control_may_stand_in_a_preset(path):
    Remembered(path).save_preset("all", defaults())
    assert set(Remembered(path).presets["all"]) == {control.name for control in CONTROLS}


def test_the_preset_that_settings_are_those_of(tmp_path):
    remembered = Remembered(tmp_path / "editing.json")
    remembered.save_preset("a", {"strength": 0.5})
    remembered.save_preset("b", {"strength": 0.5, "patch_size": 5})
    remembered.save_preset("c", {"strength": 0.5})
    values = {"strength": 0.5, "patch_size": 5, "colours": "style"}
    assert remembered.preset_of(values) == "a"
    # Of several that fit, the one that shows already.
    assert remembered.preset_of(values, "c") == "c"
    assert remembered.preset_of({**values, "patch_size": 3}, "b") == "a"
    assert remembered.preset_of({**values, "strength": 0.6}, "a") == ""
    assert remembered.preset_of(values, "gone") == "a"
