"""Signals: raised where that is safe, kept until then where it is not."""

import os
import signal
import threading

import pytest

from styleswap.cli.signals import Interrupted, Interruption

from .conftest import PACKAGE_ROOT, SECONDS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_raised(number):
    before = signal.signal(number, signal.SIG_DFL)  # it is ignored under nohup
    try:
        with pytest.raises(Interrupted) as caught, Interruption().caught():
            os.kill(os.getpid(), number)
        assert caught.value.number == number
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_a_shield_delays_it():
    interruption = Interruption()
    done = []

    def work() -> None:
        with interruption.caught(), interruption.shielded():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("the work went on")

    with pytest.raises(Interrupted):
        work()
    assert done


def test_what_was_ignored_stays_ignored():
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption().caught():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_are_left_alone():
    ended = []

    def work() -> None:
        with Interruption().caught():
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended


# The signal comes as a module of the command is about to be imported.
INTERRUPT_IMPORT = """
import importlib.abc, os, signal, sys

class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == os.environ["INTERRUPT_IMPORT"]:
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))
        return None

sys.meta_path.insert(0, Interrupt())
"""


# Those before the command has its own handlers are for SIGINT alone: SIGTERM ends Python at once.
@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("styleswap.cli", signal.SIGINT),
        ("styleswap.cli.main", signal.SIGINT),
        ("styleswap.cli.signals", signal.SIGINT),
        ("styleswap.cli.training", signal.SIGINT),
        ("styleswap.cli.training", signal.SIGTERM),
        ("styleswap.cli.parser", signal.SIGINT),
        ("argparse", signal.SIGINT),
        ("styleswap.cli.stylize", signal.SIGINT),
        ("styleswap.cli.doctor", signal.SIGTERM),
        ("styleswap.client", signal.SIGINT),
    ],
)
def test_a_signal_while_the_command_is_being_imported(module, number, lonely_command, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT_IMPORT)
    paths = os.pathsep.join((str(tmp_path), str(PACKAGE_ROOT)))
    process = lonely_command.start(
        "status",
        prefix=["env", f"PYTHONPATH={paths}", f"INTERRUPT_IMPORT={module}", f"SIGNAL={number:d}"],
    )
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (128 + number, "", "styleswap: cancelled.\n")


# Registered before all others, so that it comes after them.
INTERRUPT_EXIT = """
import atexit, os, signal, time

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

atexit.register(interrupt)
"""


def test_an_interrupt_on_the_way_out_leaves_no_trace(lonely_command, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT_EXIT)
    paths = os.pathsep.join((str(tmp_path), str(PACKAGE_ROOT)))
    process = lonely_command.start("--version", prefix=["env", f"PYTHONPATH={paths}"])
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (-signal.SIGINT, "")
    assert out.startswith("styleswap ")
