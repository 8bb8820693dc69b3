"""The harness of the widgets: both bindings, the plug-in's package, an event loop that turns."""

import pytest

from .qt_widgets import PLUGIN
from .remote_python import ScriptFailed

pytestmark = pytest.mark.editors


def test_the_binding_is_the_one_asked_for(widgets, binding):
    said = widgets.script(
        "import sys; answer = [QtWidgets.__name__, binding, sys.modules[other]]",
        other={"PyQt5": "PyQt6", "PyQt6": "PyQt5"}[binding],
    )
    assert said == [f"{binding}.QtWidgets", binding, None]


def test_a_button_is_found_and_pressed(widgets):
    widgets.script(
        """
kept.pressed = []
kept.button = QtWidgets.QPushButton("&Press")
kept.button.clicked.connect(lambda: kept.pressed.append(1))
kept.button.show()
"""
    )
    widgets.script("find('Press').click()")
    assert widgets.script("answer = [kept.pressed, facts(find('Press'))['class']]") == [
        [1],
        "QPushButton",
    ]
    widgets.script("kept.button.deleteLater()")


def test_the_event_loop_turns_between_scripts(widgets):
    widgets.script("kept.later = False; later(lambda: setattr(kept, 'later', True))")
    assert widgets.script("answer = kept.later")


def test_stalls_are_measured(widgets):
    widgets.script("import time; stalls.start(); later(lambda: time.sleep(0.2))")
    widgets.script("")
    assert 0.19 < widgets.script("answer = stalls.stop()") < 1


def test_an_exception_fails_with_its_trace(widgets):
    with pytest.raises(ScriptFailed, match="ZeroDivisionError"):
        widgets.script("1 / 0")


def test_the_plugin_is_importable(widgets):
    assert PLUGIN in widgets.script(f"import {PLUGIN}; answer = {PLUGIN}.__name__")
