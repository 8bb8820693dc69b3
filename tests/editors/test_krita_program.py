"""The harness: real Krita, real daemon, what the hands do, the eyes see."""

import numpy as np
import pytest
from PIL import Image

from .remote_python import ScriptFailed
from .screen_session import eventually

pytestmark = pytest.mark.editors


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (60, 80, 4), dtype=np.uint8)


def test_the_version_is_the_one_asked_for(studio, krita_version):
    version = studio.script("answer = app.version()")
    assert version == studio.krita.version
    assert version.startswith(krita_version)


def test_an_exception_fails_with_its_trace_and_krita_goes_on(studio):
    with pytest.raises(ScriptFailed, match="ZeroDivisionError"):
        studio.script("1 / 0")
    assert studio.script("answer = 1") == 1


def test_an_exception_that_nobody_catches_fails_the_script_at_hand(studio):
    def raised_in_between() -> None:
        studio.script("later(lambda: 1 / 0)")
        eventually("the exception", lambda: studio.script("answer = None"))

    with pytest.raises(ScriptFailed, match=r"nobody caught[\s\S]*ZeroDivisionError"):
        raised_in_between()
    assert studio.script("answer = 1") == 1


def test_a_file_is_read_as_it_was_saved(studio, pixels):
    path = studio.scratch / "picture.png"
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(path)
    studio.open(path)
    (layer,) = studio.layers()
    assert (layer["bounds"], layer["model"], layer["depth"]) == ([0, 0, 80, 60], "RGBA", "U8")
    read = np.frombuffer(studio.pixels(), np.uint8).reshape(60, 80, 4)
    np.testing.assert_array_equal(read, pixels[..., [2, 1, 0, 3]])  # BGRA


@pytest.mark.parametrize(
    ("model", "depth", "size"),
    [
        *(("RGBA", "U8", 4), ("RGBA", "U16", 8), ("RGBA", "F16", 8), ("RGBA", "F32", 16)),
        *(("GRAYA", "U8", 2), ("GRAYA", "U16", 4), ("CMYKA", "U8", 5), ("LABA", "U16", 8)),
    ],
)
def test_pixels_of_any_kind_go_in_and_out(studio, model, depth, size):
    studio.create(64, 48, model=model, depth=depth, profile="")
    data = np.random.default_rng(2).integers(1, 60, 4 * 3 * size, dtype=np.uint8).tobytes()
    layer = studio.add_layer("A", (-2, 5, 4, 3), data)
    assert (layer["model"], layer["depth"]) == (model, depth)
    assert studio.pixels("A", (-2, 5, 4, 3)) == data


def test_nodes_are_listed_top_first_with_what_they_hold(studio):
    studio.create(64, 48)
    studio.add_layer("Low", (0, 0, 1, 1), b"\xff" * 4, setLocked=True, setVisible=False)
    studio.script(
        """
doc = app.activeDocument()
group = doc.createGroupLayer("Group")
group.addChildNode(doc.createNode("Within", "paintlayer"), None)
doc.rootNode().addChildNode(group, None)
"""
    )
    listed = [(n["name"], n["type"], n["visible"], n["locked"]) for n in studio.layers()]
    assert listed == [
        ("Group", "grouplayer", True, False),
        ("Within", "paintlayer", True, False),
        ("Low", "paintlayer", False, True),
    ]


def test_keys_undo_an_added_layer(studio, pixels):
    studio.create(80, 60)
    studio.add_layer("Low", (0, 0, 80, 60), pixels.tobytes())
    studio.add_layer("High", (0, 0, 80, 60), pixels.tobytes())
    studio.undo()
    eventually("one layer", lambda: [n["name"] for n in studio.layers()] == ["Low"])
    assert studio.pixels() == pixels.tobytes()


def test_a_button_is_clicked_where_it_stands(studio):
    studio.script(BUTTONS)
    studio.click("twentieth")
    studio.click("Press & go")
    eventually("clicks", lambda: studio.script("answer = kept.clicks") == [19, 0])
    studio.script("kept.area.deleteLater()")


BUTTONS = """
kept.clicks = []
kept.area = QtWidgets.QScrollArea(app.activeWindow().qwindow())
inner = QtWidgets.QWidget()
layout = QtWidgets.QVBoxLayout(inner)
for place in range(20):
    button = QtWidgets.QPushButton("Press && &go" if place == 0 else str(place))
    button.clicked.connect(lambda *_, place=place: kept.clicks.append(place))
    layout.addWidget(button)
button.setObjectName("twentieth")
kept.area.setWidget(inner)
kept.area.setGeometry(200, 200, 300, 150)
kept.area.show()
kept.area.raise_()
"""


def test_files_are_dropped_from_another_program(studio):
    for name in ("a b.png", "b.txt"):
        (studio.scratch / name).write_bytes(b"")
    studio.script(TARGETS)
    files = [studio.scratch / "a b.png", studio.scratch / "b.txt"]
    assert studio.drop_files(files, "takes")
    dropped = [["/scratch/a b.png", "/scratch/b.txt"]]
    eventually("the drop", lambda: studio.script("answer = kept.dropped") == dropped)
    assert not studio.drop_files(files, "refuses")
    studio.script("kept.takes.deleteLater(), kept.refuses.deleteLater()")


TARGETS = """
class Target(QtWidgets.QLabel):
    def dragEnterEvent(self, event):
        event.acceptProposedAction()

    def dropEvent(self, event):
        kept.dropped.append([url.toLocalFile() for url in event.mimeData().urls()])
        event.acceptProposedAction()

kept.dropped = []
kept.takes = Target("takes", app.activeWindow().qwindow())
kept.takes.setAcceptDrops(True)
kept.refuses = QtWidgets.QMenuBar(app.activeWindow().qwindow())
kept.refuses.setObjectName("refuses")
for place, widget in enumerate((kept.takes, kept.refuses)):
    widget.setGeometry(300, 300 + 100 * place, 200, 80)
    widget.show()
    widget.raise_()
"""


def test_a_screen_reader_finds_the_docker_and_the_layers(studio):
    studio.create(8, 8)
    for name in ("Style Swap", "Layers"):
        docker = studio.accessible(name=name)
        assert docker.width > 100
        assert docker.height > 100


def test_the_docker_has_room_whatever_happened(studio):
    studio.create(8, 8)
    studio.script(
        """
window = app.activeWindow().qwindow()
window.resizeDocks([docker()], [1], QtCore.Qt.Orientation.Vertical)
"""
    )
    studio.reset()
    studio.create(8, 8)
    assert studio.script("answer = docker().height()") > 400


def test_the_docker_is_in_place_after_whatever_happened(studio):
    studio.script("docker().setFloating(True); docker().hide()")
    studio.reset()
    place = studio.script("answer = facts(docker())")
    assert place["visible"]
    assert 0 < place["x"] < 1280 - place["width"] + 1
    assert not studio.script("answer = docker().isFloating()")


def test_a_modal_dialog_is_used_by_keyboard_and_gone_after_reset(studio):
    studio.script(
        """
kept.box = QtWidgets.QMessageBox(app.activeWindow().qwindow())
kept.box.setWindowTitle("Sure")
later(kept.box.exec)
"""
    )
    studio.activate("Sure")
    studio.keys("Return")
    studio.wait_gone("Sure")
    studio.script("later(kept.box.exec)")
    studio.wait_window("Sure")
    studio.reset()
    studio.wait_gone("Sure")


def test_reset_closes_changed_documents(studio, pixels):
    studio.create(80, 60)
    studio.add_layer("A", (0, 0, 80, 60), pixels.tobytes())
    studio.create(8, 8)
    assert len(studio.script("answer = [doc.width() for doc in app.documents()]")) == 2
    studio.reset()
    assert studio.layers() == []


def test_a_screenshot_shows_krita(studio):
    studio.create(64, 48)
    with Image.open(studio.screenshot("screen.png")) as shot:
        assert shot.size == (1280, 1024)
        assert len(shot.convert("RGB").resize((64, 64)).getcolors(1 << 12)) > 50


def test_a_stall_is_measured(studio):
    studio.script("import time; stalls.start(); later(lambda: time.sleep(0.3))")
    studio.script("")
    assert 0.25 < studio.script("answer = stalls.stop()") < 2


def test_the_daemon_of_the_session_is_alive(studio):
    assert studio.krita.daemon.health()


def test_after_a_crash_another_one_starts(krita, studio, studios):
    studio.kill()
    assert not studio.running
    again = studios.of(krita)
    assert again.script("answer = app.version()") == krita.version
    assert again.layers() == []


def test_what_krita_remembers_outlives_it(krita, studio, studios):
    studio.script("app.writeSetting('', 'styleswap_test', 'kept')")
    studio.quit()
    assert not studio.running
    again = studios.of(krita)
    assert again.script("answer = app.readSetting('', 'styleswap_test', '')") == "kept"
