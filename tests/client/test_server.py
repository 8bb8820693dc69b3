"""The daemon itself: what it tells, and its models."""

import pytest

from styleswap import __version__
from styleswap.client import Daemon, NotFound
from styleswap.client.launch import API


def test_info(daemon: Daemon) -> None:
    daemon.load()
    info = daemon.info()
    assert info.version == __version__
    assert info.api_oldest <= API <= info.api_newest
    assert info.device
    assert info.side_limit >= 16384
    assert info.memory_used > 10_000_000
    assert "feed-forward" in info.methods
    assert info.uptime > 0
    (model,) = [model for model in info.models if model.name == "embedded"]
    assert model.available
    assert model.loaded


def test_models_come_and_go(daemon: Daemon) -> None:
    assert daemon.load("embedded").loaded
    assert daemon.unload() == ("embedded",)
    assert daemon.unload() == ()
    assert not [model for model in daemon.info().models if model.loaded]
    assert daemon.load().name == "embedded"


def test_model_that_is_not_there(daemon: Daemon) -> None:
    with pytest.raises(NotFound, match="none-such"):
        daemon.load("none-such")


def test_health(daemon: Daemon) -> None:
    assert daemon.health() is True
