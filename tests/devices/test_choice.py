"""Which device is taken, on a stand-in for one that is no CPU."""

from collections.abc import Iterator

import pytest
import torch
from tests.engine.stand_in import MPS, StandIn

from styleswap.devices.choice import choose, choose_device, probe

pytestmark = pytest.mark.device


@pytest.fixture
def device() -> Iterator[StandIn]:
    with StandIn() as device:
        yield device


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ("banana", "there is no device 'banana' here: use auto, cpu, cuda or mps"),
        ("", "there is no device '' here: use auto"),
        ("cuda:-1", "there is no device 'cuda:-1' here"),
        ("cuda:977", r"there is no device 'cuda:977' here \(.+\): use auto"),
        ("mps:3", r"there is no device 'mps:3' here \(.+\): use auto"),
        ("meta", "the device 'meta' is of a kind that is not supported: use auto"),
        ("xpu", "the device 'xpu' is of a kind that is not supported: use auto"),
        ("hpu", "the device 'hpu' is of a kind that is not supported: use auto"),
        ("a\nb" + 99 * "c", r"there is no device 'a\\nbc{37}' here: use auto"),
    ],
)
def test_what_is_no_device_is_told_in_a_sentence(wish: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        choose(wish)
    assert "\n" not in str(caught.value)


def test_the_cpu_works() -> None:
    assert probe(torch.device("cpu")) == ""
    assert choose("cpu").device == torch.device("cpu")
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        assert choose_device() == torch.device("cpu")
        assert choose().notice == ""


def test_a_card_that_runs_nothing_is_passed_over_with_a_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Told of by the driver, but no kernel can be launched on it."""
    if torch.cuda.is_available():
        pytest.fail("this test is for machines without CUDA")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    chosen = choose()
    assert chosen.device.type == "cpu"
    assert chosen.notice.startswith("The device cuda:0 does not work (")
    assert chosen.notice.count("cuda:1 does not work (") == 1
    assert chosen.notice.endswith("or set the device to cpu.")
    with pytest.raises(
        ValueError, match=r"the device 'cuda:1' does not work \(.+\): bring its driver"
    ):
        choose("cuda:1")
    with pytest.raises(ValueError, match=r"'cuda:2' here \(they are cuda:0 to cuda:1\)"):
        choose("cuda:2")


@pytest.fixture
def mps_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)


@pytest.mark.usefixtures("mps_here")
def test_a_device_that_computes_is_taken(device: StandIn) -> None:
    for wish in ("auto", "mps"):
        device.launched.clear()
        assert choose(wish).device == MPS
        assert device.launched["aten::convolution"] == 1
    assert choose().notice == ""


@pytest.mark.usefixtures("mps_here")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"wrong": lambda t: t * 1.01}, "it computes wrong values"),
        ({"wrong": lambda t: t * torch.nan}, "it computes wrong values"),
        ({"budget": 1000}, "MPS backend out of memory"),
    ],
)
def test_a_device_that_fails_a_convolution_is_not_taken(
    fault: dict[str, object], reason: str
) -> None:
    with StandIn(**fault):
        chosen = choose()
        assert chosen.device.type == "cpu"
        assert f"The device mps:0 does not work ({reason}" in chosen.notice
        with pytest.raises(ValueError, match=rf"'mps' does not work \({reason}"):
            choose("mps")
