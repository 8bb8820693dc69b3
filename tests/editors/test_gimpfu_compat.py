"""Filters that are declared in gimpfu's terms, in the real GIMP: run modes, values, last values."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .gimp_program import Console, Gimp
from .sandbox import CHECKOUT

pytestmark = pytest.mark.editors

DEFAULTS = {
    "some_text": "as it was",
    "other": None,
    "percent": 50.0,
    "count": 3,
    "loud": False,
    "where": "here",
}
CHOSEN = {
    "some_text": "chosen “words”",
    "other": "style",
    "percent": 12.5,
    "count": 7,
    "loud": True,
    "where": "there",
}

# `image` has the layers "content" and "style". `run` returns the status, then the error's sentence
# or the names of the results.
BEGIN = """
image = Gimp.Image.new(4, 3, Gimp.ImageBaseType.RGB)
layers = {}
for name in ("style", "content"):
    layers[name] = Gimp.Layer.new(
        image, name, 4, 3, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL
    )
    image.insert_layer(layers[name], None, 0)

def run(mode, drawables=("content",), **values):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-test-echo")
    config = procedure.create_config()
    config.set_property("run-mode", getattr(Gimp.RunMode, mode))
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layers[name] for name in drawables])
    for name, value in values.items():
        value = layers[value] if name == "other" else value
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    status = result.index(0)
    if status == Gimp.PDBStatusType.SUCCESS:
        return [status.value_nick, [each.get_name() for each in result.get_core_object_array(1)]]
    if status == Gimp.PDBStatusType.CANCEL:
        return [status.value_nick, None]
    return [status.value_nick, result.index(1)]

"""


class Echo:
    """The filter `inside/echo.py` in a GIMP of its own, and its folder."""

    def __init__(self, gimp: Gimp) -> None:
        self._gimp = gimp
        self._folder = gimp.scratch / "echo"
        self._profile = gimp.scratch / "echo-profile"
        plugin = self._profile / "plug-ins" / "echo"
        plugin.mkdir(parents=True)
        shutil.copy(CHECKOUT / "tests" / "editors" / "inside" / "echo.py", plugin)
        self.console = self._start()

    def _start(self) -> Console:
        variables = {"GIMP3_DIRECTORY": "/scratch/echo-profile"}
        return Console(self._gimp.sandbox, variables)

    def restart(self) -> None:
        self.console.close()
        self.console = self._start()

    def begin(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()

    def run(self, script: str, **variables: object) -> Any:
        return self.console.run(BEGIN + script, **variables)

    def chooses(self, values: dict[str, Any] | None) -> None:
        answers = self._folder / "dialog.json"
        answers.unlink(missing_ok=True)
        if values is not None:
            answers.write_text(json.dumps(values))

    def file(self, name: str) -> Path:
        return self._folder / name

    @property
    def asked(self) -> Any:
        return json.loads(self.file("asked.json").read_text())

    @property
    def ran(self) -> Any:
        return json.loads(self.file("ran.json").read_text())


@pytest.fixture(scope="module")
def _echo(gimp: Gimp) -> Iterator[Echo]:
    started = Echo(gimp)
    yield started
    started.console.close()


@pytest.fixture
def echo(_echo: Echo) -> Echo:
    """Its folder is empty, its last values are what the test before left."""
    _echo.begin()
    return _echo


def test_a_script_gets_the_defaults_and_the_results_in_their_order(echo: Echo) -> None:
    answer = echo.run("answer = run('NONINTERACTIVE', ['content', 'style'])")
    assert answer == ["success", ["style", "content"]]
    assert echo.ran == [DEFAULTS, False]
    assert not echo.file("asked.json").exists()


def test_a_script_gives_values(echo: Echo) -> None:
    assert echo.run("answer = run('NONINTERACTIVE', **given)", given=CHOSEN)[0] == "success"
    assert echo.ran == [CHOSEN, False]


@pytest.mark.parametrize("value", [-0.5, 100.5, 1e300])
def test_a_number_out_of_range_is_refused(echo: Echo, value: float) -> None:
    answer = echo.run("answer = run('NONINTERACTIVE', percent=value)", value=value)
    assert answer == ["calling-error", f"percent = {value!r}: must be from 0 to 100."]
    assert not echo.file("ran.json").exists()


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(echo: Echo, value: str) -> None:
    answer = echo.run(f"answer = run('NONINTERACTIVE', percent=float('{value}'))")
    assert answer[0] == "calling-error"
    assert "range" in answer[1] or "0 to 100" in answer[1]
    assert not echo.file("ran.json").exists()


def test_an_integer_is_not_cut_off(echo: Echo) -> None:
    echo.run("run('NONINTERACTIVE', count=3.5)")
    assert echo.ran[0]["count"] == 3.5
    echo.run("run('NONINTERACTIVE', count=2 ** 40)")
    assert echo.ran[0]["count"] == 2**40


def test_the_values_of_the_dialog_are_the_last_values(echo: Echo) -> None:
    echo.chooses(CHOSEN)
    answer, again = echo.run("answer = run('INTERACTIVE'), run('WITH_LAST_VALS')")
    assert answer == again == ["success", ["content"]]
    assert echo.ran == [CHOSEN, True]
    assert "couldn't serialize" not in echo.console.last_log
    echo.chooses(None)
    # Another image has another layer of this name: the one that was chosen has gone with its image.
    assert echo.run("answer = run('INTERACTIVE')") == ["cancel", None]
    assert echo.asked == {**CHOSEN, "other": "gone"}


def test_cancel_keeps_the_last_values_and_does_nothing(echo: Echo) -> None:
    echo.chooses({**CHOSEN, "count": 5})
    echo.run("run('INTERACTIVE')")
    echo.file("ran.json").unlink()
    echo.chooses(None)
    assert echo.run("answer = run('INTERACTIVE')")[0] == "cancel"
    assert not echo.file("ran.json").exists()
    echo.run("run('WITH_LAST_VALS')")
    assert echo.ran[0]["count"] == 5


def test_a_layer_of_the_last_run_that_is_gone(echo: Echo) -> None:
    echo.chooses(CHOSEN)
    echo.run("run('INTERACTIVE'); image.remove_layer(layers['style']); run('WITH_LAST_VALS')")
    assert echo.ran == [{**CHOSEN, "other": "gone"}, True]
    echo.chooses({**CHOSEN, "other": None})
    echo.run("run('INTERACTIVE'); run('WITH_LAST_VALS')")
    assert echo.ran == [{**CHOSEN, "other": None}, True]


def test_a_failure_is_explained_and_not_remembered(echo: Echo) -> None:
    echo.chooses(CHOSEN)
    echo.run("run('INTERACTIVE')")
    echo.file("fail").touch()
    echo.chooses({**CHOSEN, "count": 8, "other": None})
    for mode in ("INTERACTIVE", "NONINTERACTIVE", "WITH_LAST_VALS"):
        answer = echo.run("answer = run(mode)", mode=mode)
        assert answer == ["execution-error", "Explained: nothing found"]
    assert echo.ran[0]["count"] == CHOSEN["count"]


def test_a_refused_choice_of_the_dialog(echo: Echo) -> None:
    echo.chooses({**CHOSEN, "percent": 101})
    answer = echo.run("answer = run('INTERACTIVE')")
    assert answer == ["calling-error", "percent = 101: must be from 0 to 100."]
    assert not echo.file("ran.json").exists()


def test_the_last_values_outlive_gimp_and_its_layers_do_not(echo: Echo) -> None:
    echo.chooses(CHOSEN)
    echo.run("run('INTERACTIVE')")
    echo.restart()
    echo.run("run('WITH_LAST_VALS')")
    assert echo.ran == [{**CHOSEN, "other": None}, True]


def test_script_fu(echo: Echo) -> None:
    echo.run(
        """
call('plug-in-script-fu-eval', script=code.format(image.get_id(), layers['style'].get_id()))
""",
        code="""
(plug-in-test-echo #:run-mode RUN-NONINTERACTIVE #:image {0} #:drawables (vector {1})
                   #:percent 99 #:loud TRUE #:where "there" #:other {1})
""",
    )
    expected = {"percent": 99.0, "loud": True, "where": "there", "other": "style"}
    assert echo.ran == [{**DEFAULTS, **expected}, False]
