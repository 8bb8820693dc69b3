"""Measures of an encoder beside its teacher."""

import pytest
import torch

from styleswap.engine.networks.encoder import Encoder
from styleswap.training.fidelity import HUES, fidelity, hue_errors, match_regret


def test_a_teacher_is_faithful_to_itself() -> None:
    torch.manual_seed(0)
    teacher = Encoder((4, 4, 4, 4, 6)).eval()
    crops = torch.rand(4, 3, 8, 8).round().repeat_interleave(4, 2).repeat_interleave(4, 3)
    figures = fidelity(teacher, teacher, crops)
    assert figures["error"] == 0
    assert figures["hue_ratio"] == 1
    assert figures["regret"] == pytest.approx(0, abs=1e-6)
    assert figures["centred_regret"] == pytest.approx(0, abs=1e-6)
    assert figures["cosine"] == pytest.approx(1)


def test_an_untrained_student_loses() -> None:
    torch.manual_seed(0)
    teacher, student = (Encoder((4, 4, 4, 4, 6)).eval() for _ in range(2))
    figures = fidelity(student, teacher, torch.rand(4, 3, 48, 48))
    assert figures["error"] > 0.5
    assert 0 < figures["centred_regret"] <= 2


def test_regret_is_the_score_of_the_picks_against_the_best() -> None:
    """By hand: 3x3 cells are one patch, so a 3x4 style has two to choose from."""
    wanted = torch.zeros(2, 1, 3, 4)
    wanted[0, 0] = torch.tensor([1.0, 0, 0, 1])
    wanted[1, 0] = torch.tensor([1.0, 0, 1, 0])
    given = wanted.clone()
    assert match_regret(given, wanted) == pytest.approx(0, abs=1e-6)
    given[0] = wanted[0].flip(2)  # the same picture: nothing changes
    assert match_regret(given, wanted) == pytest.approx(0, abs=1e-6)
    given[1] = wanted[1].flip(2)  # picks of the second are those of its mirror image
    # Scores of content patch and style patch: see below.
    lost = best = 0.0
    for i, j in ((0, 1), (1, 0)):
        patches = [[w[0, :, k : k + 3].flatten() for k in (0, 1)] for w in (wanted[i], wanted[j])]
        seen = [[g[0, :, k : k + 3].flatten() for k in (0, 1)] for g in (given[i], given[j])]
        for k in (0, 1):
            scores = [float(patches[0][k] @ s / s.norm()) for s in patches[1]]
            picks = [float(seen[0][k] @ s / s.norm()) for s in seen[1]]
            best += max(scores)
            lost += max(scores) - scores[picks.index(max(picks))]
    assert match_regret(given, wanted) == pytest.approx(lost / best, abs=1e-6)


def test_errors_fall_into_the_bins_of_their_hues() -> None:
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]]).T.view(1, 3, 1, 4)
    wanted = torch.ones(1, 5, 1, 4)
    given = wanted + torch.tensor([0.1, 0.2, 0.3, 9.0])  # gray has no hue
    errors = hue_errors(given, wanted, colours)
    assert sorted(errors.tolist()) == pytest.approx([0.01, 0.04, 0.09], abs=1e-6)
    assert len(hue_errors(given, wanted, torch.rand(1, 3, 1, 4) * 0.1)) == 0
    torch.manual_seed(0)
    many = torch.rand(1, 3, 64, 64)
    assert len(hue_errors(many, many + 1, many)) == HUES
