"""The one line of Krita's settings that is ours; how KDE's libraries read the others is known from
their documentation of the format.
"""

import os

import pytest

from styleswap.cli.editors.krita import kritarc

LINE = b"enable_style_swap=true\n"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (b"", None),
        (b"[python]\nenable_style_swap=true\n", True),
        (b"[python]\nenable_style_swap=true", True),
        (b"[python]\r\nenable_style_swap=true\r\n", True),
        (b"  [python]  \n\n# a comment\n  enable_style_swap = TRUE  \n", True),
        (b"[python]\nenable_style_swap=1\n", True),
        *(
            (b"[python]\nenable_style_swap=%b\n" % no, False)
            for no in (b"false", b"0", b"Off", b"no")
        ),
        (b"[python]\nenable_style_swap[$i]=false\n", False),
        (b"[python][$i]\nenable_style_swap=true\n", True),
        (b"[python]\nenable_style_swap[$d]\n", None),
        # No entries: no value, other keys, other groups.
        (b"[python]\nenable_style_swap\n", None),
        (b"[python]\n#enable_style_swap=true\nenable_style_swapper=true\n", None),
        (b"[python]\nenable_Style_Swap=true\n", None),
        (b"enable_style_swap=true\n[python]\n", None),
        (b"[python][more]\nenable_style_swap=true\n", None),
        (b"[Python]\nenable_style_swap=true\n", None),
        # The last one counts.
        (b"[python]\nenable_style_swap=false\n[x]\ny=1\n[python]\nenable_style_swap=true\n", True),
        (b"[python]\nenable_style_swap=true\nenable_style_swap=false\n", False),
    ],
)
def test_what_is_said(text, state, tmp_path):
    settings = tmp_path / "kritarc"
    assert kritarc.enabled(settings) is None
    settings.write_bytes(text)
    assert kritarc.enabled(settings) is state


OTHERS = b"X=\xc3\xa4\xff\n\n[a][b]\nenable_style_swap=false\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"[python]\n" + LINE),
        (b"X=1\n", b"X=1\n\n[python]\n" + LINE),
        (b"X=1", b"X=1\n\n[python]\n" + LINE),
        (b"X=1\r\n", b"X=1\r\n\r\n[python]\r\nenable_style_swap=true\r\n"),
        (OTHERS + b"[python]\na=1\n\n[z]\n", OTHERS + b"[python]\n" + LINE + b"a=1\n\n[z]\n"),
        (b"[python]", b"[python]\n" + LINE),
        (b"[python][x]\na=1\n", b"[python][x]\na=1\n\n[python]\n" + LINE),
        # Switched off by the user, who now asks for it.
        (b"[python]\nenable_style_swap=false\nb=1\n", b"[python]\n" + LINE + b"b=1\n"),
        (b"[python]\r\nenable_style_swap=false", b"[python]\r\nenable_style_swap=true"),
        (b"[python]\n  enable_style_swap[$d]\n", b"[python]\n" + LINE),
        (
            b"[python]\nenable_style_swap=true\nenable_style_swap=0\n",
            b"[python]\nenable_style_swap=true\n" + LINE,
        ),
        # As it is wanted already.
        (b"[python]\n enable_style_swap = yes\r\n", b"[python]\n enable_style_swap = yes\r\n"),
    ],
)
def test_enabled(before, after, tmp_path):
    settings = tmp_path / "deep" / "kritarc"
    if before:
        settings.parent.mkdir()
        settings.write_bytes(before)
    assert kritarc.enable(settings) is (before != after)
    assert settings.read_bytes() == after
    assert kritarc.enabled(settings) is True
    assert [path.name for path in settings.parent.iterdir()] == ["kritarc"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (OTHERS + b"[python]\na=1\n" + LINE + b"b=1\n", OTHERS + b"[python]\na=1\nb=1\n"),
        (b"[python]\nenable_style_swap=false", b"[python]\n"),
        (b"[python]\r\nenable_style_swap=true\r\na=1\r\n", b"[python]\r\na=1\r\n"),
        (b"[python]\n" + LINE + b"[x]\n[python]\n" + LINE, b"[python]\n[x]\n[python]\n"),
        (b"[python]\nenable_other=true", b"[python]\nenable_other=true"),
    ],
)
def test_forgotten(before, after, tmp_path):
    settings = tmp_path / "kritarc"
    if before:
        settings.write_bytes(before)
    assert kritarc.forget(settings) is (before != after)
    assert (settings.read_bytes() if before else b"") == after
    assert settings.exists() is bool(before)
    assert kritarc.enabled(settings) is None


def test_what_it_is_stays(tmp_path):
    """A link to a file that only its owner may read."""
    settings, real = tmp_path / "kritarc", tmp_path / "dotfiles" / "krita settings"
    real.parent.mkdir()
    real.write_bytes(b"[python]\n")
    real.chmod(0o600)
    settings.symlink_to(real)
    assert kritarc.enable(settings)
    assert settings.is_symlink()
    assert real.read_bytes() == b"[python]\n" + LINE
    assert real.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in real.parent.iterdir()] == [real.name]


def test_a_failure_leaves_it(tmp_path, monkeypatch):
    settings = tmp_path / "kritarc"
    settings.write_bytes(b"[python]\n")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        kritarc.enable(settings)
    assert settings.read_bytes() == b"[python]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["kritarc"]


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (b"", None),
        (b"ResourceDirectory=/art/krita\n", "/art/krita"),
        (b"A=1\nResourceDirectory = /art/my krita \n[x]\n", "/art/my krita"),
        (b"ResourceDirectory[$e]=$ART/krita\n", "/somewhere/krita"),
        (b"ResourceDirectory=$ART/krita\n", None),
        (b"ResourceDirectory=krita\n", None),
        (b"ResourceDirectory=\n", None),
        (b"[x]\nResourceDirectory=/art/krita\n", None),
    ],
)
def test_another_resource_folder(text, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ART", "/somewhere")
    settings = tmp_path / "kritarc"
    assert kritarc.resource_folder(settings) is None
    settings.write_bytes(text)
    found = kritarc.resource_folder(settings)
    assert (found and str(found)) == folder
