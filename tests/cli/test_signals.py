"""Signals: raised where that is safe, kept until then where it is not."""

import os
import signal
import threading

import pytest

from styleswap.cli.signals import Interrupted, Interruption


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
