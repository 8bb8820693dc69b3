"""Distil the encoder: a thinner network that gives VGG-19's relu3_1 activations.

Loss: channel-scaled squared error + raw relative squared error (the metric of the match)
+ 0.5 x squared error between the cosine matrices of random 3x3 patches + 0.1 x hints at relu1_2 and
relu2_2 through 1x1 projections that are dropped afterwards (FitNets, Romero et al. 2014).

A student of half the width cannot follow its teacher everywhere. With ``--detail`` an inverse
network is trained along, and its pixel loss has a small say in where the student deviates: so that
the picture can be read off the activations better. That inverse network is saved too, as a start
for its own training.
"""

from __future__ import annotations

import argparse
import copy
import logging
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleswap.devices.choice import placed
from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import LAYERS, Encoder
from styleswap.engine.networks.inverse import COLOURS, Inverse
from styleswap.training import checkpoint, losses
from styleswap.training.crops import Pictures, recolour
from styleswap.training.descent import Descent, halved, hasten
from styleswap.training.fidelity import fidelity
from styleswap.training.networks import (
    carried,
    channel_scale,
    fresh_inverse,
    noisy,
    read_back,
    start,
    training_crops,
)
from styleswap.training.padding import with_quick_padding
from styleswap.training.schedule import Budget
from styleswap.training.stopping import stoppable
from styleswap.weights import encoder_fingerprint
from styleswap.weights.architectures import encoder_from_tensors, inverse_from_tensors

log = logging.getLogger(__name__)

WIDTHS = (32, 32, 64, 96, 256)
HINTS = {"conv1_2": (32, 64), "conv2_2": (96, 128)}
HINT_STEP = 3
"""Hints compare every third row and column: as good a guide at a ninth of the time."""
PATCHES = 512


class Distillation(nn.Module):
    """The student during training: its last layer in units of the teacher's channel scale.

    Args:
        scale: (C,) the teacher's channel scale.
        widths: of the student.
        reader: inverse network that is trained along.
    """

    scale: Tensor

    def __init__(
        self,
        scale: Tensor,
        widths: tuple[int, ...] = WIDTHS,
        reader: Inverse | None = None,
    ) -> None:
        super().__init__()
        self.student = Encoder(widths)
        start(self.student)
        self.hints = nn.ModuleDict({k: nn.Conv2d(a, b, 1) for k, (a, b) in HINTS.items()})
        self.register_buffer("scale", scale)
        self.reader = reader

    def encoder_tensors(self) -> dict[str, Tensor]:
        """The student's tensors with the scale folded into its last convolution."""
        tensors = {k.removeprefix("student."): v for k, v in self.state_dict().items()}
        others = ("hints", "scale", "reader")
        tensors = {k: v.clone() for k, v in tensors.items() if not k.startswith(others)}
        tensors["conv3_1.weight"] *= self.scale.view(-1, 1, 1, 1)
        tensors["conv3_1.bias"] *= self.scale
        return tensors

    def load_encoder(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `encoder_tensors`."""
        tensors = dict(tensors)
        tensors["conv3_1.weight"] = tensors["conv3_1.weight"] / self.scale.view(-1, 1, 1, 1)
        tensors["conv3_1.bias"] = tensors["conv3_1.bias"] / self.scale
        self.student.load_state_dict(tensors, strict=False)


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


def training_loss(
    model: Distillation, teacher: Encoder, batch: Tensor, detail: float
) -> tuple[Tensor, Tensor]:
    """The losses of one batch.

    Args:
        model: in training.
        teacher: VGG-19.
        batch: (B, 3, H, W) in [0, 1], H and W multiples of 4.
        detail: weight of the reader's loss; without effect where there is no reader.

    Returns:
        The whole loss, and the reader's part before its weight.
    """
    with halved(batch.device):
        with torch.no_grad():
            wanted = teacher.levels(batch)
        given = model.student.levels(batch)
        thinned = {k: given[k][..., ::HINT_STEP, ::HINT_STEP] for k in HINTS}
        given = {"conv3_1": given["conv3_1"]} | {k: model.hints[k](v) for k, v in thinned.items()}
        wanted = {"conv3_1": wanted["conv3_1"]} | {
            k: wanted[k][..., ::HINT_STEP, ::HINT_STEP] for k in HINTS
        }
    given = {k: v.float() for k, v in given.items()}
    wanted = {k: v.float() for k, v in wanted.items()}
    count, _, height, width = given["conv3_1"].shape
    patches = count * (height - 2) * (width - 2)
    places = torch.randint(patches, (PATCHES,), device=batch.device)
    loss = distillation_loss(given, wanted, model.scale, places)
    if model.reader is None:
        return loss, loss.new_zeros(())
    raw = given["conv3_1"] * model.scale.view(1, -1, 1, 1)
    with halved(batch.device):
        inputs = carried(noisy(raw, raw.shape[1]), batch, model.reader)
        painted = model.reader(inputs.contiguous(memory_format=torch.channels_last))
    reading = losses.pixel_error(painted.float(), batch)
    return loss + detail * reading, reading


def validation_batch(folders: list[Path], side: int = 128, count: int = 32) -> Tensor:
    """The fixed validation crops, the same for every run: (2 count, 3, side, side).

    Photos, paintings, then both with other colours.
    """
    rng = np.random.default_rng(1)
    parts = [
        Pictures(f, validation=True).batch(count // len(folders), side, rng, (0.7, 1.5))
        for f in folders
    ]
    crops = torch.cat(parts)
    return torch.cat([crops, recolour(crops, rng, share=1.0)])


def refuse_other_widths(path: Path, tensors: dict[str, Tensor]) -> None:
    """Refuse a checkpoint whose encoder is not of `WIDTHS`.

    Raises:
        WeightsError: naming the file and both encoders' widths.
    """
    held = [len(tensors[f"{name}.bias"]) if f"{name}.bias" in tensors else 0 for name in LAYERS]
    if held != list(WIDTHS):
        raise WeightsError(
            f"{path} holds an encoder of {held} channels, and one of {list(WIDTHS)} is trained: "
            "start without --resume"
        )


def refuse_other_teacher(path: Path, teacher: Encoder) -> None:
    """Refuse a teacher that has not as many channels as VGG-19 where a student learns from it.

    Raises:
        WeightsError: naming the file, the layer and both numbers.
    """
    for layer, wanted in {**{k: b for k, (_, b) in HINTS.items()}, LAYERS[-1]: WIDTHS[-1]}.items():
        held = teacher.get_submodule(layer).out_channels
        if held != wanted:
            raise WeightsError(
                f"{path} cannot teach: its {layer} has {held} channels, and VGG-19's has {wanted}; "
                "give VGG-19's weights as --teacher"
            )


def reader_path(out: Path) -> Path:
    """Where the inverse network that is trained along is saved."""
    return out.with_name(f"{out.stem}-reader.safetensors")


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
    parser.add_argument(
        "--detail",
        type=float,
        default=0.0,
        help="weight of the pixel loss of an inverse network that is trained along (0.2; 0 is off)",
    )
    parser.add_argument("--reader", type=Path, help="inverse network to start --detail from")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")


def run(args: argparse.Namespace) -> int:
    """Train for the budget; the checkpoint is written every few minutes and at the end."""
    device = torch.device(args.device)
    hasten(device)
    teacher = placed(checkpoint.load_encoder(args.teacher), device)
    refuse_other_teacher(args.teacher, teacher)
    rng = np.random.default_rng()
    folders = [args.photos, args.paintings]
    sources = [Pictures(folder, device=device) for folder in folders]
    judged = validation_batch(folders).to(device)
    scale = channel_scale(teacher, torch.cat([s.batch(64, 96, rng, (0.5, 2)) for s in sources]))
    past: checkpoint.Recipe = {}
    if args.resume:
        tensors, past = checkpoint.resume(args.resume, "encoder")
        refuse_other_widths(args.resume, tensors)
        scale = tensors.pop("scale", scale.cpu()).float().to(device)
    reader = None
    if args.reader:
        reader = inverse_from_tensors(checkpoint.load(args.reader)[0])
    elif args.detail:
        reader = fresh_inverse(scale.cpu(), COLOURS)
    model = Distillation(scale, reader=reader)
    placed(model, device).requires_grad_(True)
    if args.resume:
        model.load_encoder({k: v.float().to(device) for k, v in tensors.items()})
    with_quick_padding(teacher)
    with_quick_padding(model)
    budget = Budget(args.minutes)
    descent = Descent(model, budget, args.rate, 0.9995)
    recipe: checkpoint.Recipe = {
        "kind": "encoder",
        "batch": args.batch,
        "side": args.side,
        "rate": args.rate,
        "detail": args.detail,
        "widths": list(WIDTHS),
        "history": [*past.get("history", []), {"minutes": args.minutes, "device": device.type}],
    }
    crops = past.get("crops", past.get("steps", 0) * past.get("batch", 0))

    def store() -> None:
        smooth = copy.deepcopy(model)
        smooth.load_state_dict(descent.average.state)
        tensors = smooth.encoder_tensors()
        student = encoder_from_tensors(tensors).to(device)
        figures = fidelity(student, teacher, judged)
        steps = past.get("steps", 0) + budget.steps
        if smooth.reader is not None:
            figures |= read_back(student, smooth.reader, judged[: len(judged) // 2])
            kept = {"kind": "inverse", "steps": steps, "validation": figures}
            owner = encoder_fingerprint(student)
            checkpoint.save(
                reader_path(args.out), smooth.reader.state_dict(), kept, encoder_sha256=owner
            )
        log.info("step %d, %.0f %%, %s", steps, 100 * budget.share, figures)
        if budget.stopped:
            recipe["history"][-1]["spent"] = round(budget.spent / 60, 2)
        recipe.update(steps=steps, crops=crops, validation=figures)
        checkpoint.save(args.out, {**tensors, "scale": scale}, recipe)

    interval = max(0.5, args.minutes / 16)
    next_store = interval
    with stoppable(budget):
        over = budget.over
        while not over:
            batch = training_crops(sources, *budget.size(args.batch, args.side), rng, 0.5)
            loss, reading = training_loss(model, teacher, batch, args.detail)
            descent.step(loss)
            crops += len(batch)
            if budget.steps == 1 or budget.steps % 100 == 0:
                values = loss.item(), reading.item(), budget.spent
                log.info("step %d loss %.4f, reader %.4f (%.0f s)", budget.steps, *values)
            over = budget.over  # once: a signal from here on lets one more step be stored
            if budget.spent > 60 * next_store or over:
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
