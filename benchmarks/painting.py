"""Whole pictures through the engine, by stage."""

from __future__ import annotations

import json
import sys

import torch
import torch.nn.functional as F

from benchmarks.measure import in_process, measured, table
from styleswap import weights
from styleswap.devices.choice import choose_device
from styleswap.engine import Raster, Settings, stylize
from styleswap.training.judging.grid import sample

SIDES = (512, 1024)


def case(side: int, scales: int) -> dict[str, float]:
    """One picture of a size: seconds by stage, memory above the loaded model's."""
    model = weights.load("embedded", choose_device())
    content, style = (
        Raster(F.interpolate(sample(name, 512), (s, s))[0].permute(1, 2, 0).contiguous())
        for name, s in (("astronaut", side), ("coffee", 512))
    )
    settings = Settings(scales=scales)
    reports = []
    stylize(content, style, Settings(scales=1), model, coarse_only=True)  # warm
    figures = measured(lambda: reports.append(stylize(content, style, settings, model)))
    stages = {f"{name} s": seconds for name, seconds in reports[-1].seconds.items()}
    return {**figures, **stages}


def run() -> tuple[str, dict[str, object]]:
    """All cases: the table and the figures."""
    rows = [
        (f"{side} px, {name}", in_process("benchmarks.painting", str(side), str(scales)))
        for side in SIDES
        for name, scales in (("coarse to fine", 0), ("one scale", 1))
    ]
    notes = [
        f"{name}: matching is {100 * f['matching s'] / f['seconds']:.0f} % of the time"
        for name, f in rows
    ]
    return table("Engine by stage, style 512 px", rows, notes), dict(rows)


if __name__ == "__main__":
    torch.manual_seed(0)
    sys.stdout.write(json.dumps(case(int(sys.argv[1]), int(sys.argv[2]))) + "\n")
