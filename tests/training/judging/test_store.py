"""Pictures that are kept: computed once, and again where the file is not what was written."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from styleswap.training.judging.store import Store, pixels_hash, quantised

OF = {"kind": "test", "steps": 3}


class Painter:
    """Counts how often it paints."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Tensor:
        self.count += 1
        return torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(0))


def test_a_picture_is_computed_once(tmp_path: Path) -> None:
    paint = Painter()
    first = Store(tmp_path / "new").get(OF, paint)
    again = Store(tmp_path / "new").get(dict(reversed(OF.items())), paint)
    assert paint.count == 1
    assert torch.equal(first, again)
    assert float((first - paint()).abs().max()) <= 0.5 / 255 + 1e-6


def test_whatever_decides_the_picture_has_a_file_of_its_own(tmp_path: Path) -> None:
    store, paint = Store(tmp_path), Painter()
    for ingredients in (OF, {**OF, "steps": 4}, {**OF, "rate": 0.05}):
        store.get(ingredients, paint)
    assert paint.count == len(list(tmp_path.iterdir())) == 3


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    paint = Painter()
    pictures = [Store(None).get(OF, paint) for _ in range(2)]
    assert paint.count == 2
    assert torch.equal(pictures[0], quantised(paint()))


@pytest.mark.parametrize("damage", ["short", "empty", "other bytes", "other pixels", "floats"])
def test_a_broken_file_is_computed_again(tmp_path: Path, damage: str) -> None:
    store, paint = Store(tmp_path), Painter()
    wanted = store.get(OF, paint)
    path = store.path(OF)
    assert path is not None
    held = path.read_bytes()
    if damage == "short":
        path.write_bytes(held[: len(held) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other bytes":
        path.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    else:
        pixels = load_file(path)["pixels"]
        pixels = pixels.flip(3) if damage == "other pixels" else pixels.float()
        save_file({"pixels": pixels.contiguous()}, path, metadata={"sha256": pixels_hash(wanted)})
    assert torch.equal(store.get(OF, paint), wanted)
    assert paint.count == 2
    assert torch.equal(Store(tmp_path).get(OF, paint), wanted)
    assert paint.count == 2


def test_an_interruption_leaves_nothing_half_done(tmp_path: Path) -> None:
    def stopped() -> Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path).get(OF, stopped)
    assert not list(tmp_path.iterdir())
    Store(tmp_path).get(OF, Painter())
    assert [p.suffix for p in tmp_path.iterdir()] == [".safetensors"]
