"""Distil the encoder: a thinner network that gives VGG-19's relu3_1 activations.

Loss: channel-scaled squared error + raw relative squared error (the metric of the match)
+ 0.5 x squared error between the cosine matrices of random 3x3 patches + 0.1 x hints at relu1_2 and
relu2_2 through 1x1 projections that are dropped afterwards (FitNets, Romero et al. 2014).
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from styleswap.engine.device import placed
from styleswap.engine.encoder import Encoder, encoder_from_tensors
from styleswap.training import checkpoint
from styleswap.training.crops import Pictures, recolour, smooth_some
from styleswap.training.schedule import Budget

log = logging.getLogger(__name__)

WIDTHS = (32, 32, 64, 96, 256)
HINTS = {"conv1_2": (32, 64), "conv2_2": (96, 128)}
HINT_STEP = 3
"""Hints compare every third row and column: as good a guide at a ninth of the time."""
PATCHES = 512


class Distillation(nn.Module):
    """The student during training: its last layer in units of the teacher's channel scale."""

    scale: Tensor

    def __init__(self, scale: Tensor, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.student = Encoder(widths)
        for layer in self.student.children():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)
        self.hints = nn.ModuleDict({k: nn.Conv2d(a, b, 1) for k, (a, b) in HINTS.items()})
        self.register_buffer("scale", scale)

    def encoder_tensors(self) -> dict[str, Tensor]:
        """The student's tensors with the scale folded into its last convolution."""
        tensors = {k.removeprefix("student."): v for k, v in self.state_dict().items()}
        tensors = {k: v.clone() for k, v in tensors.items() if not k.startswith(("hints", "scale"))}
        tensors["conv3_1.weight"] *= self.scale.view(-1, 1, 1, 1)
        tensors["conv3_1.bias"] *= self.scale
        return tensors

    def load_encoder(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `encoder_tensors`."""
        tensors = dict(tensors)
        tensors["conv3_1.weight"] = tensors["conv3_1.weight"] / self.scale.view(-1, 1, 1, 1)
        tensors["conv3_1.bias"] = tensors["conv3_1.bias"] / self.scale
        self.student.load_state_dict(tensors, strict=False)


def channel_scale(teacher: Encoder, batch: Tensor) -> Tensor:
    """Root mean square of each relu3_1 channel over a batch: (C,), positive."""
    with torch.no_grad():
        return teacher(batch).pow(2).mean((0, 2, 3)).sqrt().clamp(min=1e-3)


def patch_cosines(activations: Tensor, places: Tensor) -> Tensor:
    """Cosines between 3x3 patches at some places of a batch.

    Args:
        activations: (B, C, H, W).
        places: (N,) indices into the B x (H - 2) x (W - 2) valid patches.

    Returns:
        (N, N) in [-1, 1].
    """
    _, _, height, width = activations.shape
    plane = (height - 2) * (width - 2)
    b, rest = places // plane, places % plane
    y, x = rest // (width - 2), rest % (width - 2)
    rows = activations.permute(0, 2, 3, 1).reshape(-1, activations.shape[1])
    first = (b * height + y) * width + x
    parts = [rows[first + dy * width + dx] for dy in range(3) for dx in range(3)]
    patches = F.normalize(torch.cat(parts, 1), dim=1)
    return patches @ patches.T


def distillation_loss(
    given: dict[str, Tensor], wanted: dict[str, Tensor], scale: Tensor, places: Tensor
) -> Tensor:
    """The loss of one batch; `given` in units of `scale` at conv3_1, hints already projected."""
    target = wanted["conv3_1"] / scale.view(1, -1, 1, 1)
    scaled = F.mse_loss(given["conv3_1"], target) / target.pow(2).mean()
    raw = given["conv3_1"] * scale.view(1, -1, 1, 1)
    relative = (raw - wanted["conv3_1"]).pow(2).sum() / wanted["conv3_1"].pow(2).sum()
    cosines = F.mse_loss(patch_cosines(raw, places), patch_cosines(wanted["conv3_1"], places))
    hints = sum(F.mse_loss(given[k], wanted[k]) / wanted[k].pow(2).mean() for k in HINTS)
    return scaled + relative + 0.5 * cosines + 0.1 * hints


@torch.no_grad()
def validate(encoder: Encoder, teacher: Encoder, batch: Tensor) -> dict[str, float]:
    """Channel-scaled relative squared error and mean cosine over a batch."""
    wanted = torch.cat([teacher(part) for part in batch.split(8)])
    given = torch.cat([encoder(part) for part in batch.split(8)])
    power = wanted.pow(2).mean((0, 2, 3)).clamp(min=1e-6)
    error = ((given - wanted).pow(2).mean((0, 2, 3)) / power).mean()
    cosine = F.cosine_similarity(given, wanted, dim=1).mean()
    return {"error": float(error), "cosine": float(cosine)}


def validation_batch(folders: list[Path], side: int = 128, count: int = 32) -> Tensor:
    """The fixed validation crops, the same for every run: (2 count, 3, side, side)."""
    rng = np.random.default_rng(1)
    parts = [
        Pictures(f, validation=True).batch(count // len(folders), side, rng, (0.7, 1.5))
        for f in folders
    ]
    crops = torch.cat(parts)
    return torch.cat([crops, recolour(crops, rng, share=1.0)])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap train encoder`."""
    parser.add_argument("--teacher", type=Path, required=True, help="VGG-19 as safetensors")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos")
    parser.add_argument("--paintings", type=Path, required=True, help="folder of paintings")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint (.safetensors)")
    parser.add_argument("--minutes", type=float, default=35.0, help="time budget")
    parser.add_argument("--batch", type=int, default=32, help="crops a step")
    parser.add_argument("--side", type=int, default=96, help="side of a crop in pixels")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")


def run(args: argparse.Namespace) -> int:
    """Train for the budget; the checkpoint is written every few minutes and at the end."""
    device = torch.device(args.device)
    teacher = placed(encoder_from_tensors(load_file(args.teacher)), device)
    rng = np.random.default_rng()
    folders = [args.photos, args.paintings]
    sources = [Pictures(folder) for folder in folders]
    judged = validation_batch(folders).to(device)
    sample = torch.cat([s.batch(64, 96, rng, (0.5, 2)) for s in sources]).to(device)
    scale = channel_scale(teacher, sample)
    past: checkpoint.Recipe = {}
    if args.resume:
        tensors, past = checkpoint.load(args.resume)
        scale = tensors.pop("scale", scale).to(device)
    model = placed(Distillation(scale), device)
    if args.resume:
        model.load_encoder({k: v.to(device) for k, v in tensors.items()})
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=1e-4)
    average = checkpoint.Average(model)
    budget = Budget(args.minutes)
    recipe = {
        "kind": "encoder",
        "batch": args.batch,
        "side": args.side,
        "rate": args.rate,
        "widths": list(WIDTHS),
        "history": [*past.get("history", []), {"minutes": args.minutes}],
    }

    def store() -> None:
        smooth = Distillation(scale).to(device)
        smooth.load_state_dict(average.state)
        tensors = smooth.encoder_tensors()
        figures = validate(encoder_from_tensors(tensors).to(device), teacher, judged)
        steps = past.get("steps", 0) + budget.steps
        log.info("step %d, %.0f %%, %s", steps, 100 * budget.share, figures)
        recipe.update(steps=steps, validation=figures)
        checkpoint.save(args.out, {**tensors, "scale": scale}, recipe)

    interval = max(0.5, args.minutes / 16)
    next_store = interval
    while not budget.over:
        batch = torch.cat([s.batch(args.batch // 2, args.side, rng, (0.5, 3)) for s in sources])
        batch = smooth_some(recolour(batch, rng), rng).to(device)
        batch = batch.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                wanted = teacher.levels(batch)
            given = model.student.levels(batch)
            given = {"conv3_1": given["conv3_1"]} | {
                k: model.hints[k](given[k][..., ::HINT_STEP, ::HINT_STEP]) for k in HINTS
            }
            wanted = {"conv3_1": wanted["conv3_1"]} | {
                k: wanted[k][..., ::HINT_STEP, ::HINT_STEP] for k in HINTS
            }
        cells = args.side // 4 - 2
        places = torch.randint(args.batch * cells * cells, (PATCHES,), device=device)
        loss = distillation_loss(
            {k: v.float() for k, v in given.items()},
            {k: v.float() for k, v in wanted.items()},
            scale,
            places,
        )
        for group in optimiser.param_groups:
            group["lr"] = budget.rate(args.rate)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model)
        budget.step()
        if budget.steps % 100 == 0:
            log.info("step %d loss %.4f (%.0f s)", budget.steps, float(loss), budget.spent)
        if budget.spent > 60 * next_store or budget.over:
            store()
            next_store = budget.spent / 60 + interval
    return 0


def main() -> int:
    """Run as `python -m styleswap.training.encoder`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
