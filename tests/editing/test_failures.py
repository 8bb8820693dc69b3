"""Sentences for failures, and the log of those that nobody foresaw."""

from pathlib import Path

import pytest

from styleswap.client.errors import QueueFull
from styleswap.editing import failures
from styleswap.runtime import HOME_VARIABLE
from styleswap.v1.control import ControlError
from styleswap.v1.settings import complete

LOG = "editor.log"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home" / LOG


def fail(text: str) -> ValueError:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_sentences_of_the_client_stay_as_they_are(log: Path) -> None:
    assert failures.explain(QueueFull("Wait a little."), LOG) == "Wait a little."
    with pytest.raises(ControlError) as refused:
        complete({"strength": 3.0})
    assert failures.explain(refused.value, LOG) == str(refused.value)
    assert not log.exists()


def test_the_trace_of_anything_else_is_kept(log: Path) -> None:
    said = failures.explain(fail("first"), LOG)
    assert "ValueError: first" in said
    assert str(log) in said
    failures.explain(fail("second"), LOG)
    text = log.read_text()
    assert text.index("ValueError: first") < text.index("ValueError: second")
    assert "in fail" in text


def test_a_log_that_is_full_is_begun_anew(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures.explain(fail("first"), LOG)
    monkeypatch.setattr(failures, "LOG_BYTES", 10)
    failures.explain(fail("second"), LOG)
    assert "first" not in log.read_text()
    assert "second" in log.read_text()


def test_without_a_log_the_sentence_names_none(log: Path) -> None:
    log.parent.write_text("no folder")
    said = failures.explain(fail("first"), LOG)
    assert "ValueError: first" in said
    assert LOG not in said
