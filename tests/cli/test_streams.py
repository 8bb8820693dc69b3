"""Standard output and error that are closed, full, or of another encoding."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

SUFFIX = "\u0142"  # not in cp1252, nor in ASCII


@pytest.fixture
def batch(tmp_path, photo):
    """A folder of three pictures, the second with a letter outside of most encodings."""
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("a.png", f"b{SUFFIX}.png", "c.png"):
        (folder / name).write_bytes(photo.read_bytes())
    (tmp_path / "painted").mkdir()
    return ["stylize", folder, "Woodcut", "-o", tmp_path / "painted", "--strength", "0"]


def shell(command, words, redirection, **variables):
    """Runs the command in a shell, with a redirection."""
    prefix = ["env", *(f"{name}={value}" for name, value in variables.items())]
    return command(*words, prefix=[*prefix, "sh", "-c", f'exec "$@" {redirection}', "sh"])


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "ascii:strict", "utf-8"])
def test_names_outside_of_the_encoding(command, batch, names, tmp_path, encoding):
    ended = shell(command, batch, "", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (ended.code, ended.err) == (0, "")
    assert names(tmp_path / "painted") == ["a.png", f"b{SUFFIX}.png", "c.png"]
    shown = SUFFIX if encoding == "utf-8" else "\\u0142"
    assert [Path(line).name for line in ended.out.splitlines()] == [
        "a.png", f"b{shown}.png", "c.png",
    ]  # fmt: skip


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_streams_and_a_full_standard_error(command, batch, names, tmp_path, redirection):
    (tmp_path / "holiday" / "b-damaged.png").write_bytes(b"no picture")
    ended = shell(command, batch, redirection)
    assert ended.code == 1  # of four one is damaged
    assert names(tmp_path / "painted") == ["a.png", f"b{SUFFIX}.png", "c.png"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_standard_output_is_told_when_all_is_painted(
    command, batch, names, tmp_path, unbuffered
):
    ended = shell(command, batch, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert ended.code == 1
    assert ended.complaint == "The output cannot be written: No space left on device."
    assert names(tmp_path / "painted") == ["a.png", f"b{SUFFIX}.png", "c.png"]
    for words in (["status"], ["status", "--json"]):
        ended = shell(command, words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
        assert ended.code == 1
        assert ended.complaint == "The output cannot be written: No space left on device."


def test_result_never_lands_in_standard_output(command, photo, tmp_path):
    """With a descriptor that is free, the next file to be opened would be standard output."""
    done = shell(command, ["stylize", photo, "Woodcut", "-o", "o.png", "--strength", "0"], ">&-")
    assert (done.code, done.err) == (0, "")
    kind = subprocess.run(["file", "-b", tmp_path / "o.png"], capture_output=True, check=False)
    assert not kind.stdout or kind.stdout.startswith(b"PNG image data, 40 x 32")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_no_other_file_takes_the_place_of_a_closed_stream(command, daemon, slow):
    """Whatever a library prints there would land in it."""
    prefix = ["sh", "-c", 'exec "$@" <&- >&-', "sh"]
    painting = command.start("stylize", *slow, prefix=prefix)
    while daemon.info().queue_length == 0:
        assert painting.poll() is None
        time.sleep(0.02)
    places = [str(Path(f"/proc/{painting.pid}/fd/{number}").readlink()) for number in (0, 1)]
    painting.send_signal(signal.SIGINT)
    painting.communicate(timeout=20)
    assert places == ["/dev/null", "/dev/null"]
