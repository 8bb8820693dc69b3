"""A trial gives in one call what the command gives."""

from dataclasses import fields
from pathlib import Path

import pytest
import torch

from styleswap.engine import Settings
from styleswap.training.judging.pictures import Figures
from styleswap.training.judging.trial import Trial


def test_settings_and_painters_are_tried_alike(teacher: Path) -> None:
    trial = Trial.on("small", teacher, device="cpu", side=96)
    trial = Trial(trial.model, trial.judge, trial.contents[::2], trial.styles[:1])
    assert [c.name for c in trial.contents] == ["astronaut", "rocket"]
    ours = trial.figures(Settings())
    assert list(ours) == [field.name for field in fields(Figures)]
    missing = [name for name, value in ours.items() if value is None]
    assert missing in ([], ["texture"])
    kept = trial.figures(lambda content, style: content.pixels)
    assert (kept["similarity"], kept["steps"], kept["contours"]) == (pytest.approx(1), 0, 0)
    assert (kept["faces"], kept["lines"]) == (pytest.approx(1), pytest.approx(1))
    assert kept["pasted"] is None
    painted, each = trial.each(Settings(strength=0.5))
    assert set(painted) == set(each) == {("astronaut", "woodcut"), ("rocket", "woodcut")}
    assert each["astronaut", "woodcut"].faces is not None
    assert each["rocket", "woodcut"].faces is None
    assert torch.equal(
        (painted["rocket", "woodcut"] * 255).round() / 255, painted["rocket", "woodcut"]
    )
