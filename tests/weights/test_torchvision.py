"""torchvision's VGG-19: downloaded, checked, loaded without running what is in it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from styleswap import weights
from styleswap.engine import Cancelled, WeightsError
from styleswap.weights import torchvision_vgg19


def torchvision_file(folder: Path, tensors: Mapping[str, object], digest: str = "") -> str:
    """A checkpoint under torchvision's names and habits; its file:// address."""
    index = {"conv1_1": 0, "conv1_2": 2, "conv2_1": 5, "conv2_2": 7, "conv3_1": 10}
    state = {f"features.{index[k.split('.')[0]]}.{k.split('.')[1]}": v for k, v in tensors.items()}
    state["classifier.6.bias"] = torch.zeros(10)
    plain = folder / "plain.pth"
    torch.save(state, plain)
    digest = digest or hashlib.sha256(plain.read_bytes()).hexdigest()[:8]
    return plain.rename(folder / f"vgg19-{digest}.pth").as_uri()


def test_torchvisions_file_is_downloaded_and_checked(
    tmp_path: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    url = torchvision_file(tmp_path, encoder_tensors)
    target = tmp_path / "weights"
    tensors = torchvision_vgg19.encoder(target, url)
    # torchvision's own normalisation, not that of Oxford's network.
    torch.testing.assert_close(tensors.pop("mean"), torch.tensor([0.485, 0.456, 0.406]))
    assert {k: v.shape for k, v in tensors.items()} == {
        k: v.shape for k, v in encoder_tensors.items()
    }
    assert all(torch.equal(tensors[k], v) for k, v in encoder_tensors.items())
    assert [p.name for p in target.iterdir()] == [url.rsplit("/", 1)[1]]
    # The second time it is there.
    (tmp_path / url.rsplit("/", 1)[1]).unlink()
    assert set(torchvision_vgg19.encoder(target, url)) == {*encoder_tensors, "mean"}


def test_a_wrong_hash_is_told_and_nothing_stays(
    tmp_path: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    url = torchvision_file(tmp_path, encoder_tensors, "00000000")
    target = tmp_path / "weights"
    with pytest.raises(WeightsError, match=r"could not be loaded .*hash"):
        torchvision_vgg19.encoder(target, url)
    assert list(target.iterdir()) == []


def test_an_address_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="check the connection, or put the file into"):
        torchvision_vgg19.encoder(tmp_path, (tmp_path / "vgg19-dcbb9e9d.pth").as_uri())


def test_what_a_model_needs_is_downloaded_before_it_is_loaded(
    tmp_path: Path, encoder_tensors: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = torchvision_file(tmp_path, encoder_tensors)
    monkeypatch.setattr(torchvision_vgg19, "address", lambda: url)
    folder, name, told = tmp_path / "weights", "vgg19-torchvision", []
    assert weights.needs_download(name, folder)
    with pytest.raises(Cancelled):
        weights.download(name, folder, cancelled=lambda: True)
    weights.download(name, folder, told=lambda *sizes: told.append(sizes))
    size = next(folder.iterdir()).stat().st_size
    assert told[-1] == (size, size)
    assert not weights.needs_download(name, folder)
    Path(url.removeprefix("file://")).unlink()
    weights.download(name, folder)
    assert weights.load(name, torch.device("cpu"), folder, inverse=False).encoder.channels == 12
    for other in ("embedded", "vgg19"):
        assert not weights.needs_download(other, folder)


@pytest.mark.parametrize("content", [b"", b"no weights\n", b"PK\x03\x04 cut"])
def test_a_damaged_file_in_the_folder_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vgg19-dcbb9e9d.pth").write_bytes(content)
    remedy = weights.availability("vgg19-torchvision", tmp_path, inverse=False)
    # More than the first bytes are not looked at before it is loaded.
    assert content.startswith(b"PK") or "vgg19-dcbb9e9d.pth is damaged: delete it" in remedy
    with pytest.raises(WeightsError, match=r"vgg19-dcbb9e9d.pth is damaged: delete it"):
        torchvision_vgg19.encoder(tmp_path, "https://localhost:1/vgg19-dcbb9e9d.pth")


@pytest.mark.parametrize("content", [b"", b"no weights\n", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path, content: bytes) -> None:
    """Though its hash is right."""
    name = f"vgg19-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match="torchvision's VGG-19 could not be loaded"):
        torchvision_vgg19.encoder(tmp_path, f"https://localhost:1/{name}")


class Evil:
    """Touches a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("evil"),)


def test_code_in_a_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = torchvision_file(tmp_path, {"conv1_1.weight": Evil()})
    with pytest.raises(WeightsError, match="torchvision's VGG-19 could not be loaded"):
        torchvision_vgg19.encoder(tmp_path, url)
    assert not Path("evil").exists()


def test_another_state_dict_is_told(tmp_path: Path, encoder_tensors: dict[str, Tensor]) -> None:
    del (some := dict(encoder_tensors))["conv2_2.bias"]
    url = torchvision_file(tmp_path, some)
    with pytest.raises(WeightsError, match=r"no weights of torchvision's VGG-19: .*features.7"):
        torchvision_vgg19.encoder(tmp_path, url)


def test_torchvisions_names_are_those_of_its_own_network() -> None:
    """The indices are VGG-19's in torchvision, and so is the address."""
    url = torchvision_vgg19.address()
    from torchvision.models import vgg19

    with torch.device("meta"):
        state = vgg19().state_dict()
    tensors = torchvision_vgg19.tensors_of(state)
    shapes = [tuple(tensors[f"{n}.weight"].shape[:2]) for n in torchvision_vgg19.INDICES.values()]
    assert shapes == [(64, 3), (64, 64), (128, 64), (128, 128), (256, 128)]
    assert url.startswith("https://download.pytorch.org/models/vgg19-")
