"""`styleswap doctor` about the folder that everything is kept in."""

import pwd
from types import SimpleNamespace

import pytest

from styleswap.cli.doctor import _home, _library


@pytest.mark.parametrize("chosen", ["", "elsewhere"])
def test_a_home_that_moves_nothing_is_told(chosen, tmp_path, monkeypatch):
    """The folder is where the user database says, and an editor in a sandbox has another HOME."""
    real = SimpleNamespace(pw_dir=str(tmp_path / "ada"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: real)
    monkeypatch.setenv("STYLESWAP_HOME", str(tmp_path / chosen) if chosen else "")
    for home, told in (("ada", False), ("sandbox", not chosen)):
        monkeypatch.setenv("HOME", str(tmp_path / home))
        (finding,) = _home()
        assert finding.state == "ok"
        assert str(tmp_path / (chosen or "ada/.styleswap")) in finding.text
        assert ("HOME does not move it, STYLESWAP_HOME does" in finding.text) is told


def test_a_style_that_is_left_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLESWAP_HOME", str(tmp_path))
    (finding,) = _library()
    assert (finding.state, finding.text) == ("ok", "0 styles of your own")
    (tmp_path / "styles").mkdir()
    path = tmp_path / "styles" / f"{'a' * 64}.json"
    path.write_text("{")
    (finding,) = _library()
    assert finding.state == "problem"
    assert str(path) in finding.text
    assert path.read_text() == "{"
