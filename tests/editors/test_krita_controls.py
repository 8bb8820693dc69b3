"""The controls in the Krita panel: every one of the table, by keys, mouse and from presets."""

from __future__ import annotations

import math

import pytest

from styleswap.editing.words import help_of
from styleswap.v1.controls import CONTROLS, by_name
from styleswap.v1.counting import counts

from .krita_widgets import LANGUAGES, locale_folder

pytestmark = pytest.mark.editors

# In the dialog's order: basic ones first.
SHOWN = sorted(
    (control for control in CONTROLS if len(control.choices) != 1),
    key=lambda control: control.group != "basic",
)
# With the others' defaults; the rest is grey.
USABLE = [control for control in SHOWN if counts(control, {})]
NUMBERS = [control for control in SHOWN if control.kind in ("float", "int")]
# One of each kind: the others' rows are the same code with other limits.
KINDS = [control for control in NUMBERS if control.name in ("strength", "patch_size")]
BEGIN = """
from krita_pieces import *
themed(False)
kept.changes = []
kept.controls = Controls(lambda: kept.changes.append(1))
kept.window = Window(kept.controls.basic, kept.controls.advanced, width=width)
def widget(name):
    return find("control_" + name)
def value(name):
    return kept.controls.values()[name]
"""
AGAIN = BEGIN[: BEGIN.index("kept.changes")] + BEGIN[BEGIN.index("def widget") :]


@pytest.fixture(params=[320])
def panel(widgets, request):
    """Fresh controls; returns what runs a script with them."""
    widgets.script(BEGIN, width=request.param)
    yield lambda script, **variables: widgets.script(AGAIN + script, **variables)
    widgets.script("kept.window.close()")


def some_values(control):
    """Ends, steps and what lies between them."""
    if control.kind == "bool":
        return [True, False]
    if control.kind == "choice":
        return [choice.nick for choice in control.choices]
    if control.kind == "text":
        return ["embedded", "another one"]
    count = round((control.maximum - control.minimum) / control.step)
    numbers = [control.minimum + control.step * n for n in {0, 1, count // 3, count - 1, count}]
    if control.kind == "int":
        return numbers
    return [*(round(number, 6) for number in numbers), 0.333, 0.999]


def test_a_row_for_every_control_that_leaves_a_choice(panel):
    found = panel("answer = [each.objectName() for each in buttons_of(kept.window)]")
    wanted = [f"control_{control.name}" for control in SHOWN]
    assert [name for name in found if not name.endswith("_slider")] == wanted
    assert [name for name in found if name.endswith("_slider")] == [
        f"control_{control.name}_slider" for control in NUMBERS
    ]


def test_a_choice_of_one_has_no_row_and_its_value_all_the_same(panel):
    script = """
from dataclasses import replace
from style_swap.docker import controls
before = controls.CONTROLS
(colours,) = (each for each in before if each.name == "colours")
only = colours.choices[:1]
controls.CONTROLS = (*before, replace(colours, name="lonely", default=only[0].nick, choices=only))
try:
    other = Controls(lambda: None)
    forms = (other.basic, other.advanced)
    names = [each.objectName() for form in forms for each in form.findChildren(QtWidgets.QWidget)]
    answer = ["control_lonely" in names, "control_colours" in names, other.values()["lonely"]]
finally:
    controls.CONTROLS = before
"""
    assert panel(script) == [False, True, "style"]


def test_defaults_at_first_and_their_types(panel):
    values = panel("answer = kept.controls.values()")
    assert values == {control.name: control.default for control in CONTROLS}
    assert all(type(values[control.name]) is type(control.default) for control in CONTROLS)


@pytest.mark.parametrize("control", SHOWN, ids=lambda control: control.name)
def test_values_come_back_as_they_were_shown(panel, control):
    wanted = some_values(control)
    script = """
answer = []
for each in values:
    kept.controls.show({name: each})
    answer.append(value(name))
answer = [answer, len(kept.changes)]
"""
    answer, changes = panel(script, name=control.name, values=wanted)
    assert answer == wanted
    assert all(type(value) is type(control.default) for value in answer)
    assert changes == len(wanted)


def test_wrong_and_absent_values_are_defaults(panel):
    wrong = {"strength": 7.0, "patch_size": 4, "colours": "none", "style_flips": 1, "model": " "}
    script = """
kept.controls.show({"strength": 0.5, "scales": 3, "tile_limit": 640, "style_flips": True})
kept.controls.show(wrong)
answer = kept.controls.values()
"""
    assert panel(script, wrong=wrong) == {control.name: control.default for control in CONTROLS}


@pytest.mark.parametrize("control", KINDS, ids=lambda control: control.name)
def test_arrow_keys_take_steps_to_the_limits(panel, control):
    script = """
box = widget(name)
box.setFocus()
kept.controls.show({name: lowest})
kept.changes.clear()
answer = [value(name)]
for _ in range(steps):
    keys(box, "Up")
    answer.append(value(name))
answer = [answer, len(kept.changes)]
"""
    count = min(25, math.floor((control.maximum - control.minimum) / control.step)) + 2
    found, changes = panel(script, name=control.name, lowest=control.minimum, steps=count)
    wanted = [min(control.minimum + control.step * n, control.maximum) for n in range(count + 1)]
    assert found == [round(number, 6) for number in wanted]
    assert changes == len(set(found)) - 1


@pytest.mark.parametrize(
    ("name", "typed", "wanted"),
    [
        ("strength", "0.35", 0.35),
        ("strength", "0.37", 0.37),
        ("style_scale", "3", 3.0),
        ("patch_size", "7", 7),
        ("patch_size", "4", 5),
        ("patch_size", "15", 15),
        ("tile_limit", "1000", 1024),
        ("tile_limit", "4096", 4096),
        ("scales", "8", 8),
    ],
)
def test_numbers_are_typed_and_count_at_enter(panel, name, typed, wanted):
    script = """
box = widget(name)
box.setFocus()
box.selectAll()
typed(box, text)
before = len(kept.changes)
keys(box, "Return")
answer = [before, len(kept.changes), value(name), box.value()]
"""
    assert panel(script, name=name, text=typed) == [0, 1, wanted, wanted]


def test_a_typed_number_that_comes_to_the_same_is_no_change(panel):
    script = """
kept.controls.show({"patch_size": 5})
kept.changes.clear()
box = widget("patch_size")
box.setFocus()
box.selectAll()
typed(box, "4")
keys(box, "Return")
answer = [box.value(), box.text(), value("patch_size"), len(kept.changes)]
"""
    assert panel(script) == [5, "5", 5, 0]


@pytest.mark.parametrize("control", KINDS, ids=lambda control: control.name)
def test_nothing_beyond_the_limits_can_be_typed(panel, control):
    script = """
answer = []
for text in ("99999", "-7", "abc", ""):
    box = widget(name)
    box.setFocus()
    box.selectAll()
    typed(box, text)
    keys(box, "Return")
    answer.append(value(name))
"""
    for value in panel(script, name=control.name):
        assert control.validate(value) == value


def test_a_typed_number_counts_when_the_values_are_asked_for(panel):
    script = """
box = widget("strength")
box.setFocus()
box.selectAll()
typed(box, "0.4")
answer = [value("strength"), len(kept.changes)]
"""
    assert panel(script) == [0.4, 1]


@pytest.mark.parametrize("control", KINDS, ids=lambda control: control.name)
def test_sliders_jump_to_the_pointer_and_are_dragged_in_whole_steps(panel, control):
    script = """
slider = find(f"control_{name}_slider")
scroll_to(slider)
turn()
y, right = slider.height() // 2, slider.width() - 1
click(slider, (right, y))
answer = [value(name)]
click(slider, (0, y))
answer.append(value(name))
hold(slider, True, (slider.width() // 4, y))
for x in range(slider.width() // 4, 3 * slider.width() // 4, 3):
    move(slider, (x, y))
    answer.append(value(name))
hold(slider, False, (3 * slider.width() // 4, y))
"""
    highest, lowest, *dragged = panel(script, name=control.name)
    assert highest == control.maximum
    assert lowest == control.minimum
    for value in dragged:
        steps = (value - control.minimum) / control.step
        assert abs(steps - round(steps)) < 1e-6
        assert control.validate(value) == value
    assert dragged == sorted(dragged)
    span = control.maximum - control.minimum
    assert abs(dragged[-1] - control.minimum - 0.75 * span) < max(0.15 * span, control.step)


def test_a_value_between_steps_stays_until_it_is_touched(panel):
    script = """
kept.controls.show({"strength": 0.333})
slider = find("control_strength_slider")
answer = [value("strength"), widget("strength").value()]
"""
    assert panel(script) == [0.333, 0.33]


def test_the_wheel_scrolls_the_panel_and_changes_nothing(panel):
    script = """
kept.window.resize(kept.window.width(), 120)
turn(0.05)
bar = kept.window.verticalScrollBar()
before = kept.controls.values()
kept.changes.clear()
answer = []
for each in buttons_of(kept.window):
    each.setFocus()
    bar.setValue(0)
    turn()
    wheel(each, -1)
    answer.append([each.objectName(), bar.value() > 0, kept.controls.values() == before])
answer = [answer, len(kept.changes)]
"""
    rows, changes = panel(script)
    assert [row[0] for row in rows if not row[1] or not row[2]] == []
    assert changes == 0


def test_choices_by_keys(panel):
    script = """
box = widget("colours")
box.setFocus()
answer = [value("colours")]
for _ in range(5):
    keys(box, "Down")
    answer.append(value("colours"))
answer = [answer, [box.itemText(row) for row in range(box.count())], len(kept.changes)]
"""
    choices = by_name("colours").choices
    nicks = [choice.nick for choice in choices]
    found, labels, changes = panel(script)
    assert found == [*nicks, nicks[-1], nicks[-1]]
    assert labels == [choice.label for choice in choices]
    assert changes == len(nicks) - 1


def test_check_boxes_by_mouse_and_space(panel):
    script = """
box = widget("style_flips")
scroll_to(box)
turn()
click(box, (8, box.height() // 2))
answer = [value("style_flips")]
box.setFocus()
keys(box, "Space")
answer += [value("style_flips"), len(kept.changes)]
"""
    assert panel(script) == [True, False, 2]


@pytest.mark.parametrize("how", ["enter", "leave", "read"])
def test_a_text_counts_when_it_is_complete(panel, how):
    script = """
line = widget("model")
line.setFocus()
line.selectAll()
typed(line, "  other ")
before = len(kept.changes)
if how == "enter":
    keys(line, "Return")
elif how == "leave":
    widget("strength").setFocus()
    turn()
else:
    kept.controls.values()
answer = [before, value("model"), len(kept.changes), line.text()]
"""
    assert panel(script, how=how) == [0, "other", 1, "other"]


def test_a_blank_text_is_the_one_before(panel):
    script = """
line = widget("model")
line.setFocus()
line.selectAll()
typed(line, " ")
keys(line, "Return")
answer = [value("model"), line.text(), len(kept.changes)]
"""
    assert panel(script) == ["embedded", "embedded", 0]


def test_every_widget_is_named_and_explained(panel):
    script = "answer = [facts(each) for each in buttons_of(kept.window)]"
    for found in panel(script):
        name = found["object_name"].removesuffix("_slider").removeprefix("control_")
        control = by_name(name)
        help_text = help_of(control, control in USABLE)
        assert (found["name"], found["description"]) == (control.label, help_text)
        assert found["tool_tip"] == help_text
        assert found["enabled"] == (control in USABLE)


def test_what_does_not_count_is_grey_at_once_and_keeps_its_value(panel):
    script = """
def usable():
    found = {}
    for each in buttons_of(kept.window):
        name = each.objectName().removeprefix("control_").removesuffix("_slider")
        found.setdefault(name, set()).add(each.isEnabled())
    assert all(len(states) == 1 for states in found.values()), found
    return sorted(name for name, states in found.items() if True in states)

kept.controls.show({"iterations": 7, "start": "noise", "smoothness": 0.3})
answer = [usable()]
method = widget("method")
method.setFocus()
keys(method, "Down")
answer += [usable(), facts(widget("iterations"))["tool_tip"]]
keys(method, "Up")
refine = widget("refine")
refine.setFocus()
keys(refine, "Up")
answer += [usable(), facts(widget("iterations"))["tool_tip"]]
keys(widget("matching"), "Down")
keys(widget("patch_size"), "Down")
answer += [usable(), kept.controls.values()]
"""
    first, optimised, help_text, refined, help_and_why, plain, values = panel(script)
    idle = {"iterations", "start", "smoothness", "objective", "descent"}
    # The others of an objective count with one that is not chosen here.
    everything = {control.name for control in SHOWN} - {"content_weight", "octaves"}
    assert set(first) == everything - idle
    assert set(optimised) == everything - {"refine"}
    assert help_text == by_name("iterations").help
    assert set(refined) == everything - {"iterations", "start"}
    assert help_and_why == f"{help_text}\nOnly with Method: Optimise (paper, slow)"
    idle = {"iterations", "start", "overlap", "tone", "tones", "hue"}
    assert set(plain) == everything - idle
    usual = {control.name: control.default for control in CONTROLS}
    chosen = {"iterations": 7, "start": "noise", "smoothness": 0.3, "refine": 1, "patch_size": 1}
    assert values == {**usual, **chosen, "matching": "plain"}


def test_tab_leads_through_the_controls_in_order(panel):
    script = """
widget("strength").setFocus()
turn()
answer = []
for _ in range(count):
    answer.append(app.focusWidget().objectName())
    keys(app.focusWidget(), "Tab")
"""
    wanted = [f"control_{control.name}" for control in USABLE]
    assert panel(script, count=len(wanted)) == wanted


@pytest.mark.parametrize("panel", [190, 500], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_or_overlaps(panel, widgets, language):
    script = """
words.install(pseudo, [language])
width = kept.window.width()
kept.window.close()
kept.controls = Controls(lambda: None)
kept.window = Window(kept.controls.basic, kept.controls.advanced, width=width, height=1200)
turn(0.05)
answer = []
for form in (kept.controls.basic, kept.controls.advanced):
    assert form.minimumSizeHint().width() <= 180, form.minimumSizeHint().width()
    parts = [
        each
        for each in form.findChildren(QtWidgets.QWidget)
        if each.parentWidget() is form and each.isVisible()
    ]
    answer.append([[*each.geometry().getRect(), form.width()] for each in parts])
words.install(pseudo, ["en"])
"""
    for parts in panel(script, language=language, pseudo=locale_folder(widgets, language)):
        assert len(parts) > 6
        for x, y, width, height, room in parts:
            assert x >= 0
            assert x + width <= room
            assert width >= 20
            overlapping = [
                other
                for other in parts
                if other[0] < x + width
                and x < other[0] + other[2]
                and other[1] < y + height
                and y < other[1] + other[3]
            ]
            assert len(overlapping) == 1  # itself


def test_a_narrow_panel_has_sliders_below_and_a_wide_one_beside(panel):
    script = """
answer = []
for width in (190, 420, 190):
    kept.window.resize(width, 700)
    turn(0.05)
    box, slider = widget("strength"), find("control_strength_slider")
    answer.append(slider.geometry().top() >= box.geometry().bottom())
"""
    assert panel(script) == [True, False, True]
