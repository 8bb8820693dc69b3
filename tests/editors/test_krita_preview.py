"""The preview in the Krita panel: before and after, sizes, and what is said over it."""

from __future__ import annotations

import pytest

from .krita_widgets import LANGUAGES, locale_folder

pytestmark = pytest.mark.editors

RED, BLUE = "#c02020", "#2020c0"
BEGIN = """
from krita_pieces import *
themed(False)
kept.calls = []
kept.preview = Preview(lambda: kept.calls.append("changed"), lambda: kept.calls.append("refresh"))
kept.window = Window(kept.preview, width=width)
"""
AGAIN = """
from krita_pieces import *
preview = kept.preview
pane = find("preview")
def seen():
    turn(0.01)
    return colours(pane, (pane.width() // 2, pane.height() // 2))[0]
def both(notices=()):
    preview.show_before(picture(red, 300, 200), (3000, 2000))
    preview.show_painted(picture(blue, 300, 200), notices)
    turn(0.02)
"""


@pytest.fixture(params=[320])
def panel(widgets, request):
    """A preview; returns what runs a script with it."""
    widgets.script(BEGIN, width=request.param)
    yield lambda script, **values: widgets.script(AGAIN + script, red=RED, blue=BLUE, **values)
    widgets.script("kept.window.close()")


def test_before_until_something_is_painted_and_after_it_is_forgotten(panel):
    script = """
preview.show_before(picture(red, 300, 200), (3000, 2000))
answer = [seen(), preview.shows_before]
preview.show_painted(picture(blue, 300, 200), [])
answer += [seen(), preview.shows_before]
preview.forget()
answer += [seen(), preview.shows_before]
preview.show_painted(picture(blue, 300, 200), [])
preview.show_before(picture(red, 300, 200), (3000, 2000))
answer += [seen(), preview.shows_before]
"""
    assert panel(script) == [RED, True, BLUE, False, RED, True, RED, True]


def test_the_button_before(panel):
    script = """
both()
button = find("before")
click(button)
answer = [seen(), button.isChecked()]
preview.show_painted(picture(blue, 300, 200), [])
answer.append(seen())
click(button)
answer += [seen(), kept.calls]
"""
    assert panel(script) == [RED, True, RED, BLUE, []]


@pytest.mark.parametrize("how", ["mouse", "Space", "B"])
def test_the_picture_before_while_something_is_held(panel, how):
    script = """
both()
answer = []
for down in (True, False):
    if how == "mouse":
        hold(pane, down)
    else:
        pane.setFocus()
        press(pane, how, down)
    answer.append(seen())
answer.append(find("before").isChecked())
"""
    assert panel(script, how=how) == [RED, BLUE, False]


def test_other_keys_and_buttons_hold_nothing(panel):
    script = """
both()
answer = []
pane.setFocus()
press(pane, "A", True)
answer.append(seen())
press(pane, "A", False)
middle = pane.rect().center()
QTest.mousePress(pane, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, middle)
answer.append(seen())
"""
    assert panel(script) == [BLUE, BLUE]


def test_what_is_held_ends_with_the_focus(panel):
    script = """
both()
pane.setFocus()
press(pane, "Space", True)
find("refresh").setFocus()
answer = [seen()]
find("before").setFocus()
answer.append(find("before").hasFocus())
"""
    assert panel(script)[0] == BLUE


def test_a_shortcut_of_the_window_does_not_get_the_keys(panel):
    script = """
from style_swap.qt import QAction
both()
window = QtWidgets.QMainWindow()
window.setCentralWidget(kept.window)
window.show()
window.activateWindow()
fired = []
for key in ("B", "Space", "C"):
    action = QAction(window)
    action.setShortcut(QtGui.QKeySequence(key))
    action.triggered.connect(lambda _on=False, key=key: fired.append(key))
    window.addAction(action)
QTest.qWaitForWindowActive(window)
pane.setFocus()
keys(pane, "B", "Space", "C")
answer = fired
kept.window.setParent(None)
window.close()
"""
    assert panel(script) == ["C"]


def test_the_part_and_refresh_call(panel):
    script = """
box = find("visible_part")
answer = [preview.visible_part]
box.setFocus()
keys(box, "Down")
answer += [preview.visible_part, [*kept.calls]]
preview.visible_part = False
answer += [preview.visible_part, box.currentText()]
click(find("refresh"))
answer.append(kept.calls)
"""
    assert panel(script) == [
        *(False, True, ["changed"], False, "Whole picture"),
        ["changed", "changed", "refresh"],
    ]


@pytest.mark.parametrize("panel", [200, 500], indirect=True)
@pytest.mark.parametrize(
    ("width", "height"), [(4000, 3000), (3000, 4000), (100, 8000), (8000, 100), (40, 30), (1, 1)]
)
def test_pictures_of_all_proportions_fit(panel, width, height):
    """The colour's bounds on the screen are those of a picture of these proportions."""
    script = """
scale = min(1, 400 / max(width, height))
small = picture(red, max(1, round(width * scale)), max(1, round(height * scale)))
preview.show_before(small, (width, height))
wanted = QtGui.QColor(red).rgb()
bounds = []
for _ in range(40):
    turn(0.05)
    image = pane.grab().toImage()
    xs = [x for x in range(image.width()) if any(
        image.pixel(x, y) == wanted for y in range(image.height()))]
    ys = [y for y in range(image.height()) if any(
        image.pixel(x, y) == wanted for x in range(image.width()))]
    before, bounds = bounds, [xs[0], ys[0], xs[-1] - xs[0] + 1, ys[-1] - ys[0] + 1]
    share = min((pane.width() - 2) / width, 238 / height, 4)
    # On a busy machine the layout takes a while.
    if bounds == before and abs(bounds[2] - max(1, width * share)) <= 6:
        break
answer = [bounds, [pane.width(), pane.height()], kept.window.widget().width()]
"""
    (x, y, w, h), (room_w, room_h), panel_width = panel(script, width=width, height=height)
    edge = 6
    assert room_w <= panel_width
    assert room_h <= 240
    share = min((room_w - 2) / width, 238 / height, 4)
    assert abs(w - max(1, width * share)) <= edge
    assert abs(h - max(1, height * share)) <= edge
    assert abs(x + w / 2 - room_w / 2) <= 2
    assert abs(y + h / 2 - room_h / 2) <= 2


def test_sharp_on_fine_screens(panel):
    script = """
fine = QtGui.QImage(600, 400, QtGui.QImage.Format.Format_RGB32)
for y in range(400):
    for x in range(600):
        fine.setPixel(x, y, 0xffffffff if (x + y) % 2 else 0xff000000)
preview.show_before(fine, (600, 400))
kept.window.resize(600 // 2 + 40, 500)
turn(0.05)
canvas = QtGui.QImage(pane.width() * 2, pane.height() * 2, QtGui.QImage.Format.Format_RGB32)
canvas.setDevicePixelRatio(2)
pane.devicePixelRatioF = lambda: 2.0
pane.resize(302, 202)
pane.render(canvas, QtCore.QPoint())
row = [QtGui.qGray(canvas.pixel(x, canvas.height() // 2)) for x in range(100, 140)]
answer = [row, pane.width()]
"""
    row, _ = panel(script)
    assert max(row) > 200
    assert min(row) < 55


@pytest.mark.parametrize("dark", [False, True])
def test_checks_behind_what_is_transparent(panel, dark):
    script = """
themed(dark)
image = picture("#00000000", 300, 200)
painter = QtGui.QPainter(image)
painter.fillRect(150, 0, 150, 200, QtGui.QColor(red))
painter.end()
preview.show_before(image, (3000, 2000))
turn(0.05)
left = pane.width() // 4
found = colours(pane, *((left + n, 60) for n in range(0, 40)))
window = pane.palette().color(QtGui.QPalette.ColorRole.Window).lightness()
lights = sorted({QtGui.QColor(each).lightness() for each in found})
answer = [window, lights, colours(pane, (3 * left, 60))[0]]
themed(False)
"""
    window, lights, opaque = panel(script, dark=dark)
    assert opaque == RED
    assert len(lights) == 2
    assert 4 < lights[1] - lights[0] < 80
    assert all(abs(light - window) < 60 for light in lights)


def test_a_sentence_where_there_is_no_picture(panel):
    script = """
both(["A notice."])
preview.empty("Open a picture to see a preview.")
turn(0.02)
answer = [pane.accessibleName(), find_all("notices"), preview.shows_before]
image = pane.grab().toImage()
paper = QtGui.QColor(image.pixel(4, 4)).lightness()
dark = sum(
    abs(QtGui.QColor(image.pixel(x, y)).lightness() - paper) > 60
    for x in range(10, image.width() - 10)
    for y in range(10, image.height() - 10)
)
answer.append(dark > 100)
preview.show_before(picture(red, 300, 200), (3000, 2000))
answer += [seen(), pane.accessibleName()]
"""
    text = "Preview: Open a picture to see a preview."
    assert panel(script) == [text, [], True, True, RED, "Preview"]


def test_a_long_sentence_has_room(panel):
    script = """
heights = []
for text in ("Short.", "A much longer sentence on what is to be done. " * 6):
    preview.empty(text)
    turn(0.05)
    heights.append(pane.height())
answer = heights
"""
    short, long = panel(script)
    assert long > short >= 60


def test_what_is_under_way_is_said_over_the_picture(panel):
    script = """
both()
answer = [find_all("preview_work")]
preview.work("Painting the preview…")
turn(0.02)
line = find("preview_work")
place = line.parentWidget().geometry()
answer += [line.text(), line.accessibleName(), place.bottom() >= pane.height() - 3]
answer.append(place.width() > pane.width() - 6)
click(pane, (pane.width() // 2, pane.height() - 6))
answer.append(seen())
hold(pane, True, (pane.width() // 2, pane.height() - 6))
answer.append(seen())
hold(pane, False)
preview.work("")
turn()
answer.append(find_all("preview_work"))
"""
    text = "Painting the preview…"
    assert panel(script) == [[], text, text, True, True, BLUE, RED, []]


def test_the_sign_of_work_moves(panel):
    script = """
both()
preview.work("Painting…")
turn(0.05)
line = find("preview_work").parentWidget()
first = line.grab().toImage()
turn(0.3)
answer = [line.grab().toImage() != first]
"""
    assert panel(script) == [True]


def test_notices_are_offered_and_read(panel):
    script = """
both(["Painted from less.", "Colours were converted."])
button = find("notices")
answer = [button.toolTip(), button.accessibleDescription(), find_all("notice_text")]
click(button)
answer.append(find("notice_text").text())
preview.show_painted(picture(blue), [])
turn()
answer.append(find_all("notices") + find_all("notice_text"))
"""
    text = "Painted from less.\nColours were converted."
    assert panel(script) == [text, text.replace("\n", " "), [], text, []]


@pytest.mark.parametrize("panel", [200, 500], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_at_home_in_any_width(panel, widgets, language):
    script = """
words.install(pseudo, [language])
width = kept.window.width()
kept.window.close()
kept.preview = preview = Preview(lambda: None, lambda: None)
kept.window = Window(preview, width=width)
both(["A notice."])
turn(0.05)
panel = kept.window.widget()
answer = [
    [each.objectName(), *each.rect().translated(each.mapTo(panel, QtCore.QPoint(0, 0))).getRect()]
    for each in (find(name) for name in names)
]
answer = [answer, panel.width(), preview.minimumSizeHint().width(), preview.height()]
words.install(pseudo, ["en"])
"""
    names = ["preview", "visible_part", "before", "refresh", "notices"]
    places, width, least, height = panel(
        script, language=language, pseudo=locale_folder(widgets, language), names=names
    )
    assert least <= 180
    for name, x, y, w, h in places:
        assert x >= 0, name
        assert x + w <= width, name
        assert y + h <= height + 12, name
        for other, x2, y2, w2, h2 in places:
            apart = x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
            assert apart or other == name, (name, other)


def test_every_widget_is_named_and_explained(panel):
    found = panel("both(['A notice.']); answer = [facts(e) for e in buttons_of(kept.window)]")
    assert [each["object_name"] for each in found] == [
        *("visible_part", "before", "refresh", "notices")
    ]
    assert all(each["name"] and each["tool_tip"] and each["description"] for each in found)


def test_tab_leads_through_the_preview(panel):
    script = """
both(["A notice."])
pane.setFocus()
answer = []
for _ in range(5):
    answer.append(app.focusWidget().objectName())
    keys(app.focusWidget(), "Tab")
"""
    assert panel(script) == ["preview", "visible_part", "before", "refresh", "notices"]
