"""Models: loaded once, unloaded when idle, refused with a remedy."""

import shutil
import threading
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from styleswap.v1 import controls_pb2, server_pb2
from styleswap.weights import EMBEDDED


def load(daemon: Any, name: str = "") -> server_pb2.Model:
    return daemon.server.LoadModel(server_pb2.LoadModelRequest(name=name), timeout=60).model


def unload(daemon: Any, name: str = "") -> list[str]:
    request = server_pb2.UnloadModelRequest(name=name)
    return list(daemon.server.UnloadModel(request, timeout=60).names)


def loaded(daemon: Any) -> list[str]:
    return [model.name for model in daemon.info().models if model.loaded]


def test_first_requests_that_arrive_together_load_one_copy(
    launch: Any, content: np.ndarray, style: np.ndarray
) -> None:
    daemon = launch(log_level="info")
    threads = [threading.Thread(target=lambda: daemon.paint(content, style)) for _ in range(3)] + [
        threading.Thread(target=lambda: load(daemon)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert daemon.log().count("loading the model embedded") == 1
    assert loaded(daemon) == ["embedded"]
    # Given back by name, by nobody a second time, and there again when it is wanted.
    assert unload(daemon, "embedded") == ["embedded"]
    assert loaded(daemon) == []
    assert unload(daemon) == []
    assert load(daemon).loaded
    assert daemon.log().count("loading the model embedded") == 2


def test_models_leave_at_once_with_0_minutes(
    launch: Any, content: np.ndarray, style: np.ndarray
) -> None:
    daemon = launch(idle_minutes=0)
    assert daemon.info().idle_unload == 0
    daemon.paint(content, style)
    daemon.wait_until(lambda: "unloaded embedded" in daemon.log(), seconds=20)
    assert loaded(daemon) == []
    assert daemon.paint(content, style).report


def test_models_leave_after_the_time_and_stay_before(launch: Any) -> None:
    daemon = launch(idle_minutes=0.05)
    assert daemon.info().idle_unload == pytest.approx(3)
    load(daemon)
    assert loaded(daemon) == ["embedded"]
    daemon.wait_until(lambda: loaded(daemon) == [], seconds=30)


def test_models_stay_with_minus_1(daemon: Any, content: np.ndarray, style: np.ndarray) -> None:
    assert daemon.info().idle_unload == -1
    daemon.paint(content, style)
    assert loaded(daemon) == ["embedded"]


def test_unknown_model_is_refused(daemon: Any) -> None:
    for call in (load, unload):
        failure = daemon.refused(lambda call=call: call(daemon, "vgg99"))
        assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
        assert (failure.reason, failure.fields) == ("UNKNOWN_MODEL", ["name"])
        assert "embedded" in failure.message


def test_list_of_models_has_remedies_for_those_that_are_missing(daemon: Any) -> None:
    models = {model.name: model for model in daemon.info().models}
    assert models["embedded"].available
    assert not models["embedded"].remedy
    assert not models["vgg19"].available
    assert str(daemon.home / "weights") in models["vgg19"].remedy
    assert all(model.description.endswith(".") for model in models.values())


def test_a_model_without_its_inverse_network_optimises(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    """As the list of models says; what needs the network is refused as before."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(EMBEDDED / "encoder.safetensors", folder / "vgg19.safetensors")
    daemon = launch(weights_folder=str(folder))
    load(daemon)
    models = {model.name: model for model in daemon.info().models}
    assert list(models["embedded"].methods) == ["feed-forward", "optimise"]
    assert list(models["vgg19"].methods) == ["optimise"]
    assert not models["vgg19"].available
    method = controls_pb2.METHOD_OPTIMISE
    settings = {"model": "vgg19", "method": method, "iterations": 2}
    painted = daemon.paint(content, style, settings=settings)
    assert [len(weights) for weights in painted.report.weights] == [64]
    assert {model.name: model for model in daemon.info().models}["vgg19"].loaded
    for refused in ({"model": "vgg19"}, {**settings, "start": controls_pb2.START_NETWORK}):
        with pytest.raises(grpc.RpcError) as caught:
            daemon.paint(content, style, settings=refused)
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "styleswap train inverse" in caught.value.details()
    # Trained in the meantime.
    shutil.copy(EMBEDDED / "inverse.safetensors", folder / "vgg19-inverse.safetensors")
    assert len(daemon.paint(content, style, settings={"model": "vgg19"}).report.weights) == 2


def test_weights_of_another_architecture_are_refused(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    save_file({"conv1_1.weight": torch.zeros(4, 3, 5, 5)}, folder / "vgg19.safetensors")
    (folder / "vgg19-inverse.safetensors").write_bytes(b"no weights at all")
    daemon = launch(weights_folder=str(folder))
    for call in (
        lambda: load(daemon, "vgg19"),
        lambda: daemon.paint(content, style, settings={"model": "vgg19"}),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "vgg19" in caught.value.details()
    assert daemon.paint(content, style).report
