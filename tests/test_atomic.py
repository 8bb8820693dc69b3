"""Files that appear complete or not at all."""

import os
import re
import stat

import pytest

from styleswap import atomic


def names(folder) -> list[str]:
    return [path.name for path in folder.iterdir()]


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_the_user_s_alone_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "told.json"
    atomic.write_whole(path, b"first")
    atomic.write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert mode(path) == 0o600
    assert names(tmp_path) == ["told.json"]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [(None, r"\.a\.png\.[0-9a-f]{16}\.part"), ("", r"\.[0-9a-f]{16}\.part")],
)
def test_the_other_name_is_what_is_swept(tmp_path, name, pattern):
    with atomic.PartFile(tmp_path / "a.png", name=name):
        (made,) = names(tmp_path)
        assert re.fullmatch(pattern, made)
    assert names(tmp_path) == []


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "kept"
    path.write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        atomic.write_whole(path, b"after")
    assert atomic.is_full(caught.value)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["kept"]


def test_a_file_that_has_appeared_is_kept_unless_it_may_be_replaced(tmp_path):
    path = tmp_path / "result"
    with atomic.PartFile(path) as part:
        part.write(b"ours")
        path.write_bytes(b"theirs")
        with pytest.raises(FileExistsError):
            part.finish(overwrite=False)
    assert path.read_bytes() == b"theirs"
    path.chmod(0o640)
    with atomic.PartFile(path) as part:
        part.write(b"ours")
        part.finish(keep_mode=True, lasting=True)
    assert path.read_bytes() == b"ours"
    assert mode(path) == 0o640
