"""Messages, queue, history and presets of the Krita panel, and the way back from threads."""

from __future__ import annotations

import json

import pytest

from styleswap.v1.settings import defaults

from .krita_widgets import LANGUAGES, locale_folder

pytestmark = pytest.mark.editors

BEGIN = """
from krita_pieces import *
themed(False)
kept.calls = []
def note(name):
    return lambda *values: kept.calls.append([name, *values])
"""
AGAIN = """
from krita_pieces import *
calls = kept.calls
part = kept.part
"""
MAKE = {
    "messages": "kept.part = Messages()",
    "queue": "kept.part = QueueView(note('cancel'), note('dismiss'))",
    "history": "kept.part = HistoryView(*map(note, ('put_back', 'use', 'copy', 'forget')))",
    "presets": """
import json
kept.file = Path("/scratch/presets.json")
kept.file.write_text(json.dumps({"presets": presets}))
kept.remembered = Remembered(kept.file)
kept.values = dict(values)
def choose(settings):
    kept.calls.append(["chosen", dict(settings)])
    kept.values.update(settings)
kept.part = Presets(kept.remembered, lambda: dict(kept.values), choose, note("said"))
""",
}


@pytest.fixture(params=[320])
def make(widgets, request):
    """Makes a part of the panel; returns what runs a script with it."""

    def build(name, **variables):
        script = BEGIN + MAKE[name] + "\nkept.window = Window(kept.part, width=width)"
        widgets.script(script, width=request.param, **variables)
        return lambda script, **more: widgets.script(AGAIN + script, **more)

    yield build
    widgets.script(
        "kept.window.close()\n"
        "for each in app.topLevelWidgets():\n"
        "    if isinstance(each, (QtWidgets.QDialog, QtWidgets.QMenu)): each.close()"
    )


# Messages.


def test_a_message_is_said_and_closed(make):
    panel = make("messages")
    script = """
answer = [part.isVisible(), part.text]
part.say("The daemon was lost.")
turn(0.01)
text = find("message")
answer += [part.isVisible(), part.text, text.accessibleName(), find_all("message_again")]
click(find("message_close"))
answer += [part.isVisible(), part.text]
part.say("Once more.")
part.say("")
answer += [part.isVisible(), text.accessibleName()]
"""
    text = "The daemon was lost."
    assert panel(script) == [False, "", True, text, text, [], False, "", False, ""]


def test_trying_again_takes_the_message_away_first(make):
    panel = make("messages")
    script = """
part.say("Lost.", lambda: calls.append(part.text))
turn(0.01)
click(find("message_again"))
answer = [calls, part.isVisible()]
part.say("Lost.", lambda: part.say("Lost again."))
click(find("message_again"))
answer += [part.text, part.isVisible(), find_all("message_again")]
"""
    assert panel(script) == [[""], False, "Lost again.", True, []]


def test_a_message_goes_with_any_of_its_causes_and_with_no_other(make):
    panel = make("messages")
    script = """
part.say("One.", causes=("a", "b"))
part.withdraw("c")
answer = [part.text]
part.withdraw("b")
answer += [part.text, part.isVisible()]
part.withdraw("a")
part.say("Two.", lambda: calls.append("again"), error=True, causes=("a", "b"))
part.withdraw("a", "Two, otherwise.")
turn(0.01)
answer += [part.text, len(find_all("message_again"))]
part.withdraw("b")
answer.append(part.text)
click(find("message_again"))
answer += [calls, part.text]
part.say("Three.", causes=("a",))
part.say("Four.")
part.withdraw("a")
answer.append(part.text)
"""
    other = "Two, otherwise."
    assert panel(script) == ["One.", "", False, other, 1, other, ["again"], "", "Four."]


def test_errors_and_notes_have_icons_of_their_own(make):
    panel = make("messages")
    script = """
icons = []
for error in (True, False):
    part.say("A sentence.", error=error)
    turn(0.01)
    icons.append(part.grab(QtCore.QRect(4, 4, 18, 18)).toImage())
answer = [icons[0] != icons[1]]
"""
    assert panel(script) == [True]


def test_a_text_can_be_selected_and_copied_but_not_changed(make):
    panel = make("messages")
    script = """
part.say("Run: styleswap install krita")
turn(0.01)
text = find("message")
text.setFocus()
keys(text, "Ctrl+A")
typed(text, "x")
answer = [text.textCursor().selectedText(), part.text]
"""
    assert panel(script) == ["Run: styleswap install krita"] * 2


@pytest.mark.parametrize("make", [200, 500], indirect=True)
def test_long_paths_are_broken_and_all_lines_are_seen(make):
    panel = make("messages")
    script = """
part.say("/home/someone/" + 12 * "averylongfoldername" + "/styleswap is missing, install it.",
         lambda: None)
turn(0.05)
text = find("message")
answer = [text.document().size().width() <= text.viewport().width() + 1]
answer += [text.height() >= text.document().size().height()]
answer += [part.width() <= kept.window.widget().width(), part.minimumSizeHint().width() <= 180]
answer += [part.height() >= text.height() + find("message_again").height()]
"""
    assert panel(script) == [True] * 5


# Queue.

JOBS = """
one = JobShown(1, "Layer 1 in the style of Mosaic", "Painting, about 3 min left", 0.25, True, False)
two = JobShown(2, "Sky in the style of Woodcut", "Waiting", None, False, False)
bad = JobShown(3, "Tree", "The daemon was lost; press Stylise again.", None, False, True)
def rows():
    return [each.text() for each in sorted(
        (e for e in find_all_titles()), key=lambda e: e.mapTo(part, QtCore.QPoint(0, 0)).y())]
def find_all_titles():
    return [e for e in part.findChildren(QtWidgets.QLabel)
            if e.objectName().startswith("job_title") and e.isVisible()]
"""


def test_a_row_for_each_painting_and_nothing_without_one(make):
    panel = make("queue")
    script = """
answer = [part.isVisible()]
part.show([one, two])
turn(0.01)
answer += [part.isVisible(), rows()]
bar = find("job_bar_1")
answer += [bar.value() / bar.maximum(), find("job_bar_2").maximum(), find("job_text_1").text()]
answer += [find("cancel_1").isEnabled(), find("cancel_2").isEnabled()]
part.show([])
turn(0.01)
answer += [part.isVisible(), rows()]
"""
    titles = ["Layer 1 in the style of Mosaic", "Sky in the style of Woodcut"]
    assert panel(JOBS + script) == [
        *(False, True, titles, 0.25, 0, "Painting, about 3 min left", True, False, False, [])
    ]


def test_cancel_and_dismiss_name_their_painting(make):
    panel = make("queue")
    script = """
part.show([one, two, bad])
turn(0.01)
click(find("cancel_2"))
click(find("cancel_1"))
click(find("dismiss_3"))
answer = [calls, find_all("dismiss_1"), find_all("cancel_3"), find_all("job_bar_3")]
"""
    assert panel(JOBS + script) == [[["cancel", 1], ["dismiss", 3]], [], [], []]


def test_rows_are_kept_while_they_change(make):
    """A button that is pressed while the progress goes on must not vanish under the pointer."""
    panel = make("queue")
    script = """
import dataclasses
part.show([one, two])
turn(0.01)
before = [find("job_bar_1"), find("cancel_1"), find("job_bar_2")]
hold(find("cancel_1"), True)
part.show([dataclasses.replace(one, fraction=0.5, text="Painting, about 1 min left"), two])
turn(0.01)
after = [find("job_bar_1"), find("cancel_1"), find("job_bar_2")]
answer = [all(a is b for a, b in zip(before, after)), after[0].value() / after[0].maximum()]
answer.append(find("job_text_1").text())
hold(find("cancel_1"), False)
answer.append(calls)
part.show([two])
turn(0.01)
answer += [rows(), find("job_bar_2") is before[2]]
part.show([bad, two])
turn(0.01)
answer.append(rows())
"""
    text = "Painting, about 1 min left"
    sky = "Sky in the style of Woodcut"
    calls = [["cancel", 1]]
    assert panel(JOBS + script) == [True, 0.5, text, calls, [sky], True, ["Tree", sky]]


def test_a_painting_that_fails_says_why_in_full(make):
    panel = make("queue")
    script = """
import dataclasses
part.show([one])
turn(0.01)
part.show([dataclasses.replace(one, failed=True, text="A long reason. " * 20)])
turn(0.05)
text = find("job_trouble_1")
answer = [text.text, text.accessibleName(), find_all("cancel_1"), find_all("job_bar_1")]
answer += [text.height() >= text.document().size().height(), find("dismiss_1").isVisible()]
part.show([one])
turn(0.01)
answer += [find_all("job_trouble_1"), find("cancel_1").isVisible()]
"""
    reason = "A long reason. " * 20
    assert panel(JOBS + script) == [reason, reason, [], [], True, True, [], True]


@pytest.mark.parametrize("fraction", [-0.5, 0.0, 1.0, 7.0])
def test_any_fraction_stays_in_the_bar(make, fraction):
    panel = make("queue")
    script = """
import dataclasses
part.show([dataclasses.replace(one, fraction=fraction)])
turn(0.01)
answer = find("job_bar_1").value() / find("job_bar_1").maximum()
"""
    assert panel(JOBS + script, fraction=fraction) == min(max(fraction, 0), 1)


# History.

KEPT = """
items = [
    Kept(n, f"Style {n}", f"Strength 0.{n}", picture(colour))
    for n, colour in ((4, "#c02020"), (3, "#20c020"), (2, "#2020c0"))
]
view = part.view
buttons = [find("history_" + name, hidden=True) for name in ("put_back", "use", "copy", "forget")]
def chosen():
    return [view.tiles.rows[i.row()].name for i in view.selectionModel().selectedIndexes()]
"""


def test_the_newest_result_is_at_hand(make):
    panel = make("history")
    script = """
answer = [find_all("history"), [each.isVisible() for each in buttons]]
part.show(items)
turn(0.02)
answer += [chosen(), find("history_detail").text()]
answer.append(near(colours(view.viewport(), tile(view, "Style 3"))[0], "#20c020"))
for button in buttons:
    click(button)
click(view.viewport(), tile(view, "Style 2"))
for button in buttons:
    click(button)
answer += [calls, find("history_detail").text()]
part.show([])
turn(0.01)
answer += [find_all("history"), [each.isVisible() for each in buttons]]
"""
    names = ["put_back", "use", "copy", "forget"]
    called = [[name, number] for number in (4, 2) for name in names]
    assert panel(KEPT + script) == [
        *([], [False] * 4, ["Style 4"], "Strength 0.4", True, called, "Strength 0.2"),
        *([], [False] * 4),
    ]


def test_double_click_and_keys(make):
    panel = make("history")
    script = """
part.show(items)
turn(0.02)
place = QtCore.QPoint(*tile(view, "Style 3"))
none = Qt.KeyboardModifier.NoModifier
QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, none, place)
QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, none, place)
turn()
answer = [[*calls]]
view.setFocus()
keys(view, "Right", "Return", "Delete")
answer.append(calls[1:])
"""
    assert panel(KEPT + script) == [[["put_back", 3]], [["put_back", 2], ["forget", 2]]]


def test_the_menu(make):
    panel = make("history")
    script = """
part.show(items)
turn(0.02)
place = tile(view, "Style 3")
click(view.viewport(), place, "Right")
answer = []
for row in range(4):
    view.customContextMenuRequested.emit(QtCore.QPoint(*place))
    opened = menu("history_menu")
    answer.append([opened.actions()[row].objectName(), opened.actions()[row].text()])
    opened.actions()[row].trigger()
    opened.close()
    turn()
answer.append(calls)
"""
    *actions, called = panel(KEPT + script)
    assert actions == [
        ["history_menu_put_back", "Put back"],
        ["history_menu_use", "Use settings"],
        ["history_menu_copy", "Copy command"],
        ["history_menu_forget", "Forget"],
    ]
    assert called == [["put_back", 3], ["use", 3], ["copy", 3], ["forget", 3]]


def test_the_choice_stays_when_another_result_comes(make):
    panel = make("history")
    script = """
part.show(items)
turn(0.02)
click(view.viewport(), tile(view, "Style 3"))
part.show([Kept(5, "Style 5", "Strength 0.5", picture("#808000")), *items[:2]])
turn(0.02)
answer = [chosen(), [tile.name for tile in view.tiles.rows]]
part.show([items[0]])
turn(0.02)
answer += [chosen(), near(colours(view.viewport(), tile(view, "Style 4"))[0], "#c02020")]
"""
    names = ["Style 5", "Style 4", "Style 3"]
    assert panel(KEPT + script) == [["Style 3"], names, ["Style 4"], True]


@pytest.mark.parametrize("make", [200, 500], indirect=True)
def test_styles_and_times_are_read_in_full_beside_any_layers_name(make):
    panel = make("history")
    script = """
names = ["Stained Glass", "Mosaic", "Mosaic"]
times = ["14:05:32", "14:05:30", "13:59:07"]
rows = zip((4, 3, 2), names, times)
part.show([Kept(n, name, 40 * "Background ", picture("#808080"), time) for n, name, time in rows])
turn(0.02)
view.selectionModel().clear()
turn(0.02)
shot = view.viewport().grab().toImage()
answer = []
for row in range(3):
    cell = view.visualRect(view.tiles.index(row))
    text = cell.adjusted(0, view.side + 6, 0, 0)
    seen = shot.copy(text).convertToFormat(QtGui.QImage.Format.Format_RGB32)
    data = seen.constBits()
    data.setsize(seen.sizeInBytes())
    answer.append([bytes(data), view.tiles.index(row).data(Qt.ItemDataRole.AccessibleTextRole)])
known = view.tiles.rows
answer.append([lines_of(tile, view.name_font(), view.gridSize().width() - 4, view.lines)
               for tile in known])
"""
    *seen, lines = panel(KEPT + script)
    assert len({pixels for pixels, _name in seen}) == 3
    assert [name for _pixels, name in seen] == [
        *("Stained Glass, 14:05:32", "Mosaic, 14:05:30", "Mosaic, 13:59:07")
    ]
    assert [" ".join(each) for each in lines] == [
        *("Stained Glass 14:05:32", "Mosaic 14:05:30", "Mosaic 13:59:07")
    ]


def test_another_picture_under_the_same_number(make):
    panel = make("history")
    script = """
part.show(items)
turn(0.05)
part.show([Kept(4, "Style 4", "", picture("#00c0c0"))])
turn(0.05)
answer = colours(view.viewport(), tile(view, "Style 4"))[0]
"""
    assert panel(KEPT + script) == "#00c0c0"


# Presets.

PRESETS = {"Bold": {"strength": 1.0, "style_scale": 2.0}, "Soft": {"strength": 0.25}}
PRESET_AGAIN = """
box = find("preset")
def shown():
    return box.currentText()
def stored():
    import json
    return json.loads(kept.file.read_text())["presets"]
def act(name):
    action = next(each for each in find("preset_menu").menu().actions()
                  if each.objectName() == name)
    assert action.isEnabled(), name
    action.trigger()
    turn()
"""


def test_presets_are_listed_and_chosen(make):
    panel = make("presets", presets=PRESETS, values=defaults())
    script = """
answer = [[box.itemText(row) for row in range(box.count())], shown(), [*calls]]
box.setFocus()
keys(box, "Down")
answer += [shown(), [*calls]]
keys(box, "Down")
answer += [shown(), calls[1:]]
"""
    assert panel(PRESET_AGAIN + script) == [
        *(["No preset", "Bold", "Soft"], "No preset", []),
        *("Bold", [["chosen", PRESETS["Bold"]]]),
        *("Soft", [["chosen", PRESETS["Soft"]]]),
    ]


def test_the_list_follows_the_values(make):
    panel = make("presets", presets=PRESETS, values={**defaults(), "strength": 0.25})
    script = """
answer = [shown()]
for changes in ({"strength": 0.5}, {"strength": 1.0, "style_scale": 2.0}, {"style_scale": 1.0}):
    kept.values.update(changes)
    part.match()
    answer.append(shown())
answer.append(calls)
"""
    assert panel(PRESET_AGAIN + script) == ["Soft", "No preset", "Bold", "No preset", []]


def test_saving_and_replacing(make):
    panel = make("presets", presets=PRESETS, values={**defaults(), "strength": 0.75})
    script = """
act("preset_save")
line, yes = find("ask_name_line"), find("ask_name_yes")
answer = [line.text(), yes.isEnabled(), line.maxLength()]
typed(line, "Bold")
answer.append(yes.text())
typed(line, "er")
answer.append(yes.text())
keys(line, "Return")
answer += [stored()["Bolder"]["strength"], shown(), [*calls], find_all("ask_name")]
kept.values["strength"] = 0.5
part.match()
act("preset_save")
typed(find("ask_name_line"), "Bolder")
click(find("ask_name_yes"))
answer += [stored()["Bolder"]["strength"], shown(), sorted(stored())]
"""
    assert panel(PRESET_AGAIN + script) == [
        *("", False, 100, "Replace", "Save", 0.75, "Bolder", [["said", ""]], []),
        *(0.5, "Bolder", ["Bold", "Bolder", "Soft"]),
    ]


def test_values_that_contradict_each_other_are_not_saved(make):
    values = {**defaults(), "patch_size": 3, "patch_stride": 5}
    panel = make("presets", presets=PRESETS, values=values)
    script = """
act("preset_save")
typed(find("ask_name_line"), "Wrong")
click(find("ask_name_yes"))
answer = [calls, sorted(stored())]
"""
    said, names = panel(PRESET_AGAIN + script)
    assert names == ["Bold", "Soft"]
    assert len(said) == 1
    assert "patch_stride = 5: must be at most patch_size (3)" in said[0][1]


def test_deleting_is_confirmed(make):
    panel = make("presets", presets=PRESETS, values={**defaults(), "strength": 0.25})
    script = """
act("preset_delete")
answer = [find("confirm").findChild(QtWidgets.QLabel).text()]
click(find("confirm_no"))
answer.append(sorted(stored()))
act("preset_delete")
click(find("confirm_yes"))
answer += [sorted(stored()), shown(), box.count()]
deleting = find("preset_menu").menu().actions()[1]
answer += [deleting.objectName(), deleting.isEnabled()]
"""
    assert panel(PRESET_AGAIN + script) == [
        *("Delete the preset “Soft”?", ["Bold", "Soft"], ["Bold"], "No preset", 2),
        *("preset_delete", False),
    ]


def test_presets_of_another_editor_appear(make):
    panel = make("presets", presets=PRESETS, values=defaults())
    script = """
kept.file.write_text(text)
kept.remembered.reload()
part.fill()
answer = [box.itemText(row) for row in range(box.count())]
"""
    text = json.dumps({"presets": {"From GIMP": {"strength": 0.5}}})
    assert panel(PRESET_AGAIN + script, text=text) == ["No preset", "From GIMP"]


# All of them.

FILLED = {
    "messages": 'part.say("A sentence.", lambda: None)',
    "queue": JOBS + "part.show([one, two, bad])",
    "history": KEPT + "part.show(items)",
    "presets": "",
}


@pytest.mark.parametrize("name", MAKE)
def test_every_widget_is_named_and_explained(make, name):
    panel = make(name, presets=PRESETS, values=defaults())
    script = "\nturn(0.02)\nanswer = [facts(each) for each in buttons_of(kept.window)]"
    found = panel(FILLED[name] + script)
    assert found
    assert all(each["object_name"] and each["name"] for each in found)
    explained = [each for each in found if each["object_name"] not in ("history", "message_again")]
    assert all(each["tool_tip"] for each in explained)


@pytest.mark.parametrize("make", [200, 500], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAKE)
def test_they_are_at_home_in_any_width(make, widgets, name, language):
    folder = locale_folder(widgets, language)
    widgets.script(
        "from krita_pieces import *; words.install(folder, [language])",
        folder=folder,
        language=language,
    )
    try:
        panel = make(name, presets=PRESETS, values=defaults())
        script = """
turn(0.05)
panel = kept.window.widget()
answer = [
    [each.objectName(), each.mapTo(panel, QtCore.QPoint(0, 0)).x(), each.width()]
    for each in buttons_of(kept.window)
]
answer = [answer, panel.width(), part.minimumSizeHint().width()]
"""
        places, width, least = panel(FILLED[name] + script)
    finally:
        widgets.script("from krita_pieces import *; words.install(folder, ['en'])", folder=folder)
    assert least <= 180
    assert places
    for what, x, breadth in places:
        assert x >= 0, what
        assert x + breadth <= width, what


# The main thread.


def test_posted_calls_run_in_order_in_the_main_thread(widgets):
    script = """
from krita_pieces import *
import threading
kept.calls = []
def work():
    for number in range(100):
        post(lambda number=number: kept.calls.append((number, threading.current_thread())))
threads = [threading.Thread(target=work) for _ in range(2)]
for each in threads:
    each.start()
for each in threads:
    each.join()
answer = [len(kept.calls)]
until(lambda: len(kept.calls) == 200)
turn(0.05)
main = threading.main_thread()
numbers = [number for number, _ in kept.calls]
answer += [len(kept.calls), all(thread is main for _, thread in kept.calls), sorted(numbers)]
post(lambda: kept.calls.append("later"))
answer.append(kept.calls[-1] != "later")
"""
    assert widgets.script(BEGIN + script) == [
        *(0, 200, True, sorted([*range(100), *range(100)]), True)
    ]


def test_an_errand_of_qt(widgets):
    script = """
from krita_pieces import *
from styleswap_vendor.styleswap.editing.errand import Errand
import threading
kept.calls = []
def done(value):
    kept.calls.append([value, threading.current_thread() is threading.main_thread()])
Errand(lambda: threading.current_thread() is threading.main_thread(), post, done, done)
until(lambda: kept.calls)
answer = kept.calls
"""
    assert widgets.script(BEGIN + script) == [[False, True]]


def test_keys_of_a_panel_come_before_those_of_the_window(widgets):
    script = """
from krita_pieces import *
from style_swap.docker.keys import Keys
from style_swap.qt import QAction
line, box = QtWidgets.QLineEdit(), QtWidgets.QWidget()
column = QtWidgets.QVBoxLayout(box)
column.addWidget(line)
outside = QtWidgets.QLineEdit()
window = QtWidgets.QMainWindow()
middle = QtWidgets.QWidget()
row = QtWidgets.QHBoxLayout(middle)
row.addWidget(box)
row.addWidget(outside)
window.setCentralWidget(middle)
fired = []
Keys(box, {"Ctrl+F": lambda: fired.append("panel")})
action = QAction(window)
action.setShortcut(QtGui.QKeySequence("Ctrl+F"))
action.triggered.connect(lambda *_: fired.append("window"))
window.addAction(action)
window.show()
window.activateWindow()
QTest.qWaitForWindowActive(window)
for each in (line, outside):
    each.setFocus()
    keys(each, "Ctrl+F")
typed(line, "f")
answer = [fired, line.text()]
window.close()
"""
    assert widgets.script(BEGIN + script) == [["panel", "window"], "f"]


def test_the_binding_is_the_one_of_the_program(widgets, binding):
    script = """
from style_swap import qt
answer = [qt.BINDING, qt.QtCore.__name__, qt.QAction.__module__]
answer.append(isinstance(app, qt.QtWidgets.QApplication))
"""
    module = {"PyQt5": "PyQt5.QtWidgets", "PyQt6": "PyQt6.QtGui"}[binding]
    assert widgets.script(script) == [binding, f"{binding}.QtCore", module, True]
