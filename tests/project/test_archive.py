"""`make plugins`: the filter for who installs it by hand."""

import importlib.util
import os
import shutil
import zipfile
from pathlib import Path

import pytest

import styleswap
from styleswap.cli.editors import plugin_folder

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def archive():
    """The module plugins/archive.py."""
    spec = importlib.util.spec_from_file_location("archive", REPOSITORY / "plugins" / "archive.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A copy of the real plug-in as a wheel holds it, to change: archives are made of it."""
    plugins = tmp_path / "styleswap" / "plugins"
    whole = plugins / "gimp"
    whole.mkdir(parents=True)
    plugin_folder.write("gimp", whole)
    for name in (plugin_folder.CLIENT, plugin_folder.TRANSLATIONS):
        (whole / name).rename(plugins / name)
    monkeypatch.setattr(styleswap, "__file__", str(tmp_path / "styleswap" / "__init__.py"))
    return whole


def test_it_holds_the_folder_that_install_puts_in_place(archive, tmp_path):
    path = archive.build(tmp_path / "dist")
    assert path.name == f"style-swap-gimp-{styleswap.__version__}.zip"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    shutil.unpack_archive(path, tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    assert folder.name == "style-swap"
    assert plugin_folder.is_ours(folder)
    assert plugin_folder.version(folder) == styleswap.__version__
    assert plugin_folder.differences("gimp", folder) == []
    with zipfile.ZipFile(path) as opened:
        modes = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
    may_run = [name for name, mode in modes.items() if mode & 0o111]
    assert may_run == ["style-swap/style-swap.py"]
    assert modes["style-swap/errors.py"] & 0o777 == 0o644


def test_the_same_files_make_the_same_archive(archive, plugin, tmp_path):
    one = archive.build(tmp_path / "one").read_bytes()
    mask = os.umask(0o077)
    try:
        (plugin / "errors.py").touch()
        assert archive.build(tmp_path / "two").read_bytes() == one
    finally:
        os.umask(mask)


def test_other_files_have_another_time(archive, plugin, tmp_path):
    """By which GIMP knows that a plug-in is another one."""

    def times():
        with zipfile.ZipFile(archive.build(tmp_path / "dist")) as opened:
            return {entry.date_time for entry in opened.infolist()}

    (before,) = times()
    (plugin / "errors.py").write_text("# changed\n")
    (after,) = times()
    assert before != after
    assert all(2000 <= year < 2020 for year, *_ in (before, after))
