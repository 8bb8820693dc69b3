"""What is said of a plug-in that fails, from the traces of a real Python.

How GIMP itself prints them is tested in tests/editors/test_gimp_doctor.py.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from styleswap.cli.editors.gimp.explanation import explain

PROFILE = Path("/home/ada/.config/GIMP/3.0")
PLUGIN = PROFILE / "plug-ins" / "style-swap"


@pytest.fixture
def said(tmp_path):
    """Runs a plug-in of some files and returns what it prints."""
    folder = tmp_path / "plug-ins" / "style-swap"
    folder.mkdir(parents=True)

    def run(**files):
        for name, text in files.items():
            (folder / f"{name.replace('_', '-')}.py").write_text(text)
        ended = subprocess.run(
            [sys.executable, "-B", "-S", folder / "style-swap.py"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return f"GIMP said something\n{ended.stdout}gimp: unexpected EOF\n"

    return run


def test_a_missing_module(said):
    why = explain(said(style_swap="import sys\n\nimport nonsense\n"), PLUGIN)
    assert why.text == (
        "ModuleNotFoundError: No module named 'nonsense'\n"
        f"in {PLUGIN / 'style-swap.py'}, line 3: import nonsense"
    )
    assert "styleswap install gimp" in why.remedy


def test_a_module_of_ours_that_fails(said):
    why = explain(said(style_swap="import pixels", pixels="def f():\n  1 / 0\nf()"), PLUGIN)
    assert why.text.startswith("ZeroDivisionError: ")
    assert why.text.endswith(f"in {PLUGIN / 'pixels.py'}, line 2: 1 / 0")


def test_an_error_deep_in_a_library(said):
    """The last of our own lines is named, the error is the library's."""
    why = explain(said(style_swap="import json\n\njson.loads('{')"), PLUGIN)
    assert why.text.startswith("json.decoder.JSONDecodeError: ")
    assert why.text.endswith(f"in {PLUGIN / 'style-swap.py'}, line 3: json.loads('{{')")


def test_an_error_while_handling_another(said):
    source = "try:\n    import nonsense\nexcept ImportError as e:\n    raise ValueError('x') from e"
    why = explain(said(style_swap=source), PLUGIN)
    place = f"{PLUGIN / 'style-swap.py'}, line 4: raise ValueError('x') from e"
    assert why.text == f"ValueError: x\nin {place}"


@pytest.mark.parametrize("files", [{}, {"style_swap": "import pixels"}])
def test_an_error_of_syntax(files, said):
    broken = "pixels" if files else "style_swap"
    why = explain(said(**files, **{broken: "x = 1\n\ny = ("}), PLUGIN)
    file = PLUGIN / f"{broken.replace('_', '-')}.py"
    assert why.text == f"SyntaxError: '(' was never closed\nin {file}, line 3: y = ("


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("import gi", "python3-gi"),
        ("raise ValueError('Namespace Gimp not available')", "gir1.2-gimp-3.0"),
        ("raise ImportError('cannot import name GimpUi, introspection typelib')", "gir1.2-gimp"),
        ("raise ValueError('Namespace Gegl not available for version 0.4')", "gir1.2-gegl-0.4"),
    ],
)
def test_what_to_install(source, advice, said):
    assert advice in explain(said(style_swap=source), PLUGIN).remedy


def test_paths_of_windows():
    trace = '  File "C:\\ada\\GIMP\\3.0\\plug-ins\\style-swap\\dialog\\a.py", line 7, in <module>\n'
    trace = f"Traceback (most recent call last):\n{trace}    import b\nImportError: b\n"
    why = explain(trace, PLUGIN)
    assert why.text.startswith("ImportError: b\n")
    assert why.text.endswith("a.py, line 7: import b")


def test_traces_of_others():
    trace = (
        'Traceback (most recent call last):\n  File "/x/plug-ins/other/other.py", line 1\nE: x\n'
    )
    assert "without a word" in explain(trace, PLUGIN).text


def test_silence():
    assert "without a word" in explain("GIMP-Warning: Welcome\n", PLUGIN).text


def test_a_warning_that_names_the_plug_in():
    line = "(style-swap.py:7): LibGimp-WARNING **: Plug-in failed to create procedure 'x'"
    assert explain(f"Welcome\n{line}\n", PLUGIN).text == line
