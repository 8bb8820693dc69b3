"""Whatever checkpoint is named is judged, or refused with the names of what does not fit."""

from pathlib import Path

import pytest
import torch

from styleswap import weights
from styleswap.engine import Settings, WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import Inverse
from styleswap.training import checkpoint
from styleswap.training.judging.candidates import (
    VARIANTS,
    Surroundings,
    load_pair,
    parse_settings,
    sorted_weights,
)
from styleswap.v1.settings import from_texts

CPU = torch.device("cpu")
AROUND = Surroundings({}, from_texts)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """An encoder and its inverse network."""
    torch.manual_seed(0)
    encoder, inverse = Encoder((4, 5, 6, 7, 8)), Inverse(8, 3, (6, 5, 4))
    paths = tmp_path / "mine.safetensors", tmp_path / "mine-inverse.safetensors"
    checkpoint.save(paths[0], encoder.state_dict(), {"kind": "encoder"})
    owner = weights.encoder_fingerprint(encoder)
    checkpoint.save(paths[1], inverse.state_dict(), {"kind": "inverse"}, encoder_sha256=owner)
    return paths


def test_a_pair_is_told_apart_and_paints(pair: tuple[Path, Path]) -> None:
    for order in (pair, pair[::-1]):
        assert sorted_weights(order) == pair
    assert sorted_weights(pair[1:]) == (None, pair[1])
    model = load_pair(*pair, CPU)
    assert model.paint(model.encode(torch.rand(1, 3, 16, 20))).shape == (1, 3, 16, 20)


def test_another_encoders_inverse_network_is_refused_with_both_names(
    pair: tuple[Path, Path],
) -> None:
    owner = weights.encoder_fingerprint(checkpoint.load_encoder(pair[0]))
    embedded = checkpoint.load_encoder(weights.EMBEDDED / "encoder.safetensors")
    with pytest.raises(WeightsError) as refused:
        load_pair(None, pair[1], CPU)
    for part in (
        "mine-inverse.safetensors",
        owner[:12],
        str(weights.EMBEDDED / "encoder.safetensors"),
        weights.encoder_fingerprint(embedded)[:12],
    ):
        assert part in str(refused.value)
    nameless = pair[1].with_name("nameless.safetensors")
    checkpoint.save(nameless, checkpoint.load(pair[1])[0], {})
    with pytest.raises(WeightsError, match=r"nameless.*does not name.*mine\.safetensors"):
        load_pair(pair[0], nameless, CPU)


@pytest.mark.parametrize("which", [0, 1])
def test_truncated_files_are_refused_by_name(pair: tuple[Path, Path], which: int) -> None:
    path = pair[which]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=f"{path.name} is no readable safetensors file"):
        load_pair(*pair, CPU)
    with pytest.raises(WeightsError, match=path.name):
        sorted_weights(pair)


def test_other_architectures_are_refused_by_name(pair: tuple[Path, Path]) -> None:
    owner = weights.encoder_fingerprint(checkpoint.load_encoder(pair[0]))
    tensors, _ = checkpoint.load(pair[1])
    other = {**tensors, "rgb.weight": torch.zeros(3, 4, 5, 5)}
    checkpoint.save(pair[1], other, {}, encoder_sha256=owner)
    with pytest.raises(WeightsError, match=r"mine-inverse.*rgb\.weight has shape"):
        load_pair(*pair, CPU)
    wide = Inverse(9, 3, (6, 5, 4)).state_dict()
    checkpoint.save(pair[1], wide, {}, encoder_sha256=owner)
    with pytest.raises(WeightsError, match=r"takes 9 channels, .*mine\.safetensors gives 8"):
        load_pair(*pair, CPU)
    checkpoint.save(pair[0], {"conv1_1.weight": torch.zeros(4, 3, 5, 5)}, {})
    with pytest.raises(WeightsError, match=r"mine\.safetensors: no encoder"):
        load_pair(*pair, CPU)
    stranger = pair[0].with_name("stranger.safetensors")
    checkpoint.save(stranger, {"conv0.weight": torch.zeros(1)}, {})
    with pytest.raises(WeightsError, match=r"stranger.*neither.*conv0\.weight"):
        sorted_weights([stranger])
    with pytest.raises(WeightsError, match=r"mine-inverse.*mine-inverse.*both the inverse"):
        sorted_weights([pair[1], pair[1]])


def test_settings_are_the_controls() -> None:
    given = parse_settings(["matching=plain", "style-flips=on", "strength=0.5"], AROUND)
    assert given == Settings(matching="plain", style_flips=True, strength=0.5)
    paper = parse_settings(VARIANTS["paper"].split(), AROUND)
    assert (paper.matching, paper.overlap, paper.scales) == ("plain", "average", 1)
    assert (paper.variety, paper.style_statistics, paper.detail) == (0, 0, 0)
    variants = [parse_settings(words.split(), AROUND) for words in VARIANTS.values()]
    assert all(a != b for i, a in enumerate(variants) for b in variants[:i])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("matching", "write it as name=value"),
        ("matching=best", "one of"),
        ("strength=2", "from 0 to 1"),
        ("colour=red", "colour"),
        ("patch_size=4", "patch_size"),
        ("patch_size=3 patch_stride=4", r"patch_stride = 4: must be at most patch_size \(3\)"),
        ("model=vgg19", "no setting of the engine"),
    ],
)
def test_wrong_settings_are_refused(words: str, told: str) -> None:
    with pytest.raises((ValueError, LookupError), match=told):
        parse_settings(words.split(), AROUND)


def test_without_the_command_there_are_no_settings_but_the_usual() -> None:
    assert parse_settings([], Surroundings()) == Settings()
    with pytest.raises(ValueError, match="strength: settings are read by the command"):
        parse_settings(["strength=1"], Surroundings())
