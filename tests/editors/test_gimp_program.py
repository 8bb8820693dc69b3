"""The harness: real GIMP, real daemon, and ways in and out."""

import pytest

from .remote_python import ScriptFailed

pytestmark = pytest.mark.editors


def test_a_script_answers_with_what_json_holds_and_bytes(gimp):
    answer = gimp.console(
        "answer = [Gimp.version(), data + b'\\xff', number]", data=b"\0", number=2
    )
    assert answer == [gimp.version, b"\0\xff", 2]


def test_an_exception_fails_with_its_trace_and_gimp_goes_on(gimp):
    with pytest.raises(ScriptFailed, match="ZeroDivisionError"):
        gimp.console("1 / 0")
    assert gimp.console("answer = 1") == 1


def test_images_do_not_survive_their_script(gimp):
    gimp.console("Gimp.Image.new(1, 1, Gimp.ImageBaseType.RGB)")
    assert gimp.console("answer = len(Gimp.get_images())") == 0


def test_a_failed_procedure_raises_gimps_message(gimp):
    with pytest.raises(ScriptFailed, match=r"gimp-file-load: .* out of range"):
        gimp.console("call('gimp-file-load', file=Gio.File.new_for_path('/nowhere.png'))")


def test_what_gimp_prints_is_kept(gimp):
    gimp.console("import sys; print('said', file=sys.stderr)")
    assert "said" in gimp.log
    gimp.console("")
    assert "said" not in gimp.log


START = """
import os, sys
sys.path.insert(0, "/scratch/profile/plug-ins/style-swap")
from styleswap_vendor.styleswap.client import connect
said = []
with connect(home=home, message=said.append) as daemon:
    answer = [said, daemon.info().version]
"""


def test_a_program_in_the_sandbox_starts_the_real_daemon(gimp):
    home = gimp.scratch / "another-home"
    gimp.starter.record(home)
    said, version = gimp.console(START, home="/scratch/another-home")
    assert said == ["Starting the Style Swap daemon ...", "The Style Swap daemon is running."]
    with gimp.starter.start(home) as same:
        assert same.info().version == version
    gimp.starter.stop(home)


def test_the_daemon_of_the_session_is_seen_inside(gimp):
    uptime = gimp.daemon.info().uptime
    said, _ = gimp.console(START, home="/scratch/home")
    assert said == []
    assert gimp.daemon.info().uptime > uptime
