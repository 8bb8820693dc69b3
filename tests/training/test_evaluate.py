"""The figures by which weights are judged: their pictures, and the encoder beside a teacher."""

import argparse
import json
from pathlib import Path

import pytest
import torch

from styleswap.training import evaluate


def test_the_encoders_crops_are_the_sample_photos_in_three_sets_of_colours() -> None:
    crops = evaluate.encoder_crops(64)
    assert crops.shape == (12, 3, 64, 64)
    assert 0 <= float(crops.min()) < float(crops.max()) <= 1
    assert torch.equal(crops, evaluate.encoder_crops(64))
    astronaut = evaluate.sample("astronaut", 128)
    assert torch.equal(crops[:1], astronaut[..., 32:96, 32:96])
    assert not any(torch.allclose(crops[0], other, atol=0.02) for other in crops[[4, 8]])


@pytest.mark.slow
def test_an_encoder_is_judged_beside_its_teacher(
    tmp_path: Path, teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    words = ["--side", "64", "--device", "cpu", "--teacher", str(teacher), "--json", str(out)]
    assert evaluate.run(parser.parse_args(words)) == 0
    shown = capsys.readouterr().out
    assert "match regret" in shown
    figures = json.loads(out.read_text())
    assert figures["encoder"]["error"] > 0.5  # a teacher of random weights is no VGG-19
    assert len(figures["round_trip"]) == 4
