"""Train the inverse network on natural and swapped activations of a frozen encoder.

Natural activations Φ(x) must give x back. Swapped ones are the image of no picture, so the wanted
result is described in the teacher's space: VGG-19 activations pasted with the same picks, which
keeps texture that would fool only the thinner encoder out of the pictures.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from styleswap.devices.choice import placed
from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import COLOURS, Inverse
from styleswap.engine.tiles import CELL
from styleswap.training import checkpoint, losses
from styleswap.training.crops import Pictures, on
from styleswap.training.descent import Descent, halved, hasten
from styleswap.training.networks import (
    activations_of,
    carried,
    channel_scale,
    fresh_inverse,
    noisy,
    read_back,
    training_crops,
)
from styleswap.training.padding import with_quick_padding
from styleswap.training.schedule import Budget
from styleswap.training.stopping import stoppable
from styleswap.training.swaps import paste, paste_matrix, standardised
from styleswap.weights import encoder_fingerprint
from styleswap.weights.architectures import inverse_from_tensors

log = logging.getLogger(__name__)

PATCH_SIZES = (1, 3, 3, 3, 5, 7)
BLENDED = 0.25
"""Share of swaps that are blended with the content, as a strength below 1 does."""
STEP = 2
"""Cells of relu2_1 in one of relu3_1, along each axis."""
GROUP = 32
"""Crops that are swapped by the same patch size and matching."""


@dataclass
class Networks:
    """What one training step works with."""

    teacher: Encoder
    encoder: Encoder
    inverse: Inverse


@dataclass
class Swap:
    """Swapped activations and what their picture should look like to the teacher.

    Attributes:
        activations: (B, C', H, W) as they were given, pasted.
        relu3_1: (B, C, H, W), the teacher's, pasted.
        relu2_1: (B, C2, 2H, 2W), likewise.
        mean: (B, C1) of relu1_1 over the pasted patches.
        deviation: (B, 64) likewise.
        pixels: (B, 3, 4H, 4W), pasted.
    """

    activations: Tensor
    relu3_1: Tensor
    relu2_1: Tensor
    mean: Tensor
    deviation: Tensor
    pixels: Tensor


def swap_batch(
    activations: Tensor, levels: dict[str, Tensor], pictures: Tensor, rng: np.random.Generator
) -> Swap:
    """Swap every crop of a batch with another one, by a random setting of the swap.

    Args:
        activations: (B, C', H, W) of the encoder, relu3_1 first.
        levels: the teacher's activations of the same crops.
        pictures: (B, 3, 4H, 4W), the crops.
        rng: chooses partners, patch size, matching and overlap.
    """
    count, _, *size = activations.shape
    height, width = size
    channels = levels["conv3_1"].shape[1]
    partner = on(activations.device, (np.arange(count) + rng.integers(1, count)) % count)
    features = activations[:, :channels]
    if rng.random() < 0.6:
        features = standardised(features)
    matrix = paste_matrix(
        features,
        features[partner],
        int(rng.choice(PATCH_SIZES)),
        weighted=bool(rng.random() < 0.6),
    )
    first = levels["conv1_1"].float()
    stacked = [
        activations,
        levels["conv3_1"],
        F.pixel_unshuffle(levels["conv2_1"], STEP),
        F.pixel_unshuffle(pictures, CELL),
        F.avg_pool2d(first, CELL),
        F.avg_pool2d(first.pow(2), CELL),
    ]
    own = stack = torch.cat(stacked, 1)
    stack = paste(matrix, stack[partner], (height, width))
    blended = rng.random(count) < BLENDED
    blend = on(stack.device, np.where(blended, rng.random(count), 1))[:, None, None, None]
    stack = torch.lerp(own, stack, blend)
    ours, third, second, pixels, mean, square = stack.split([p.shape[1] for p in stacked], 1)
    mean, square = mean.mean((2, 3)), square.mean((2, 3))
    return Swap(
        ours,
        third,
        F.pixel_shuffle(second, STEP),
        mean,
        (square - mean.pow(2)).clamp(min=0).sqrt(),
        F.pixel_shuffle(pixels, CELL),
    )


def swap_in_groups(
    activations: Tensor, levels: dict[str, Tensor], pictures: Tensor, rng: np.random.Generator
) -> Swap:
    """`swap_batch` of about `GROUP` crops at a time: a large batch holds many kinds of swaps.

    The samples come in another order than the crops.
    """
    groups = max(1, len(pictures) // GROUP)
    parts = []
    for i in range(groups):  # in strides: photos and paintings in each group
        seen = {name: level[i::groups] for name, level in levels.items()}
        parts.append(swap_batch(activations[i::groups], seen, pictures[i::groups], rng))
    names = (field.name for field in dataclasses.fields(Swap))
    return Swap(**{n: torch.cat([getattr(part, n) for part in parts]) for n in names})


def natural_loss(
    painted: Tensor, pictures: Tensor, levels: dict[str, Tensor], net: Networks
) -> Tensor:
    """f(Φ(x)) against x: pixels, their gradients, and the teacher's activations."""
    names = ("conv1_1", "conv2_1")  # relu3_1 would double the time and adds little to pixels
    seen = net.teacher.levels(painted, kept=names)
    feature = torch.stack([losses.relative_error(seen[n], levels[n]) for n in names]).sum()
    return losses.pixel_error(painted, pictures) + 0.3 * feature


def swapped_loss(painted: Tensor, swap: Swap, net: Networks) -> Tensor:
    """f(H) of swapped activations: as the teacher, and the encoder, would see the pasted patches.

    The encoder's own space weighs as much as the teacher's: an encoder close to its teacher is
    hardly fooled by textures that the teacher would not take for the pasted ones.
    """
    seen = net.teacher.levels(painted)
    own = seen["conv3_1"] if net.encoder is net.teacher else net.encoder(painted)
    wanted = swap.activations[:, : own.shape[1]]
    return (
        0.7 * losses.relative_error(seen["conv3_1"], swap.relu3_1)
        + 0.3 * losses.relative_error(seen["conv2_1"], swap.relu2_1)
        + 0.5 * losses.statistics_error(seen["conv1_1"].float(), swap.mean, swap.deviation)
        + 0.4 * losses.relative_error(own, wanted)
        + 0.8 * losses.raw_error(own, wanted)
        + 1.5 * losses.blurred_difference(painted, swap.pixels)
        + 1e-4 * losses.total_variation(painted)
    )


def training_loss(
    net: Networks, pictures: Tensor, rng: np.random.Generator
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The loss of one batch of crops, each used twice: as it is and swapped with another.

    Args:
        net: the networks; the inverse network alone is in training.
        pictures: (B, 3, H, W) in [0, 1], B at least 2.
        rng: chooses the swaps.

    Returns:
        The loss, and its two parts: natural and swapped.
    """
    device = pictures.device
    with torch.no_grad(), halved(device):
        levels = net.teacher.levels(pictures)
        own = levels if net.encoder is net.teacher else net.encoder.levels(pictures)
        activations = carried(own["conv3_1"].float(), pictures, net.inverse)
    with torch.no_grad():
        swap = swap_in_groups(activations, levels, pictures, rng)
        inputs = noisy(torch.cat([activations, swap.activations]), net.encoder.channels)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    with halved(device):
        natural, swapped = net.inverse(inputs).float().split(len(pictures))
        parts = natural_loss(natural, pictures, levels, net), swapped_loss(swapped, swap, net)
    return parts[0] + parts[1], parts


def validation_batch(folders: Sequence[Path]) -> Tensor:
    """The fixed validation crops, photos and paintings in turn: (32, 3, 192, 192)."""
    rng = np.random.default_rng(2)
    judged = [
        Pictures(folder, validation=True).batch(16, 192, rng, (0.8, 1.25)) for folder in folders
    ]
    return torch.stack(judged, 1).flatten(0, 1)


def _swap(encoder: Encoder, activations: Tensor, shift: int, *, plain: bool) -> Tensor:
    """Each sample swapped with the one `shift` before it, by 3x3 patches."""
    features = activations[:, : encoder.channels]
    features = features if plain else standardised(features)
    matrix = paste_matrix(features, features.roll(shift, 0), 3, weighted=not plain)
    size = activations.shape[2], activations.shape[3]
    return paste(matrix, activations.roll(shift, 0), size)


@torch.no_grad()
def swapped_error(encoder: Encoder, inverse: Inverse, pictures: Tensor, count: int = 8) -> float:
    """‖Φ(f(H)) - H‖² / ‖H‖² for plain 3x3 swaps of some crops, the mean over crops."""
    activations = activations_of(encoder, pictures[:count], inverse)
    swapped = _swap(encoder, activations, 1, plain=True)
    wanted = swapped[:, : encoder.channels]
    given = encoder(inverse(swapped).clamp(0, 1))
    error = (given - wanted).pow(2).sum((1, 2, 3)) / wanted.pow(2).sum((1, 2, 3))
    return float(error.mean())


@torch.no_grad()
def sample_sheet(encoder: Encoder, inverse: Inverse, pictures: Tensor, path: Path) -> None:
    """Save a picture of validation crops: original, round trip, swapped with another one."""
    shown = pictures[:12]
    activations = activations_of(encoder, shown, inverse)
    swapped = _swap(encoder, activations, 5, plain=False)
    rows = [shown, inverse(activations), shown.roll(5, 0), inverse(swapped)]
    sheet = torch.cat([torch.cat(list(row), 2) for row in rows], 1).clamp(0, 1)
    Image.fromarray((sheet * 255).round().byte().permute(1, 2, 0).cpu().numpy()).save(path)


def refuse_other_owner(path: Path, encoder_path: Path, sha256: str) -> None:
    """Refuse to go on from an inverse network of another encoder.

    That of an encoder before it was rounded is as good.

    Args:
        path: of the checkpoint.
        encoder_path: of the frozen encoder.
        sha256: of its tensors.

    Raises:
        WeightsError: the message names both encoders.
    """
    _, recipe = checkpoint.load(encoder_path)
    before = recipe.get(checkpoint.ROUNDED_FROM, sha256)
    remedy = "name the one that it was trained for, or train it for this one with --adapt"
    checkpoint.require_owner(path, encoder_path, sha256, before, remedy=remedy)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap train inverse`."""
    parser.add_argument(
        "--teacher",
        type=Path,
        required=True,
        help="VGG-19 as safetensors, in whose space pictures are judged; the encoder itself is "
        "quicker, and less strict",
    )
    parser.add_argument("--encoder", type=Path, help="frozen encoder; the teacher when absent")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos")
    parser.add_argument("--paintings", type=Path, required=True, help="folder of paintings")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint (.safetensors)")
    parser.add_argument("--minutes", type=float, default=75.0, help="time budget")
    parser.add_argument("--batch", type=int, default=12, help="crops a step, each used twice")
    parser.add_argument("--side", type=int, default=96, help="side of a crop in pixels")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    parser.add_argument(
        "--adapt", action="store_true", help="go on from a checkpoint of another encoder as well"
    )
    parser.add_argument(
        "--no-exact-colour", action="store_true", help="the paper's 256 channels alone"
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")


def run(args: argparse.Namespace) -> int:
    """Train for the budget; checkpoint and samples are written every few minutes."""
    device = torch.device(args.device)
    hasten(device)
    teacher = checkpoint.load_encoder(args.teacher)
    encoder = checkpoint.load_encoder(args.encoder) if args.encoder else teacher
    sha256 = encoder_fingerprint(encoder)
    placed(teacher, device)
    placed(encoder, device)
    rng = np.random.default_rng()
    folders = (args.photos, args.paintings)
    sources = [Pictures(folder, device=device) for folder in folders]
    held = validation_batch(folders).to(device)
    past: checkpoint.Recipe = {}
    if args.resume:
        tensors, past = checkpoint.resume(args.resume, "inverse")
        if not args.adapt:
            refuse_other_owner(args.resume, args.encoder or args.teacher, sha256)
        try:
            inverse = inverse_from_tensors(tensors)
        except ValueError as error:
            raise WeightsError(f"{args.resume}: {error}") from None
    else:
        sample = torch.cat([s.batch(32, 96, rng, (0.5, 2)) for s in sources])
        scale = channel_scale(encoder, sample).cpu()
        inverse = fresh_inverse(scale, 0 if args.no_exact_colour else COLOURS)
    placed(inverse, device).requires_grad_(True)
    net = Networks(teacher, encoder, inverse)
    for network in (teacher, encoder, inverse):
        with_quick_padding(network)
    budget = Budget(args.minutes)
    descent = Descent(inverse, budget, args.rate, 0.999)
    recipe: checkpoint.Recipe = {
        "kind": "inverse",
        "batch": args.batch,
        "side": args.side,
        "rate": args.rate,
        "history": [*past.get("history", []), {"minutes": args.minutes, "device": device.type}],
        "curve": past.get("curve", []),
    }
    crops = past.get("crops", past.get("steps", 0) * past.get("batch", 0))

    def store() -> None:
        smooth = placed(inverse_from_tensors(descent.average.state), device)
        figures = read_back(encoder, smooth, held) | {
            "swapped": swapped_error(encoder, smooth, held)
        }
        steps = past.get("steps", 0) + budget.steps
        log.info("step %d, %.0f %%, %s", steps, 100 * budget.share, figures)
        recipe["curve"].append({"steps": steps, **figures})
        if budget.stopped:
            recipe["history"][-1]["spent"] = round(budget.spent / 60, 2)
        recipe.update(steps=steps, crops=crops, validation=figures)
        checkpoint.save(args.out, descent.average.state, recipe, encoder_sha256=sha256)
        sample_sheet(encoder, smooth, held, args.out.with_suffix(".png"))

    interval = max(0.5, args.minutes / 20)
    next_store = interval
    with stoppable(budget):
        over = budget.over
        while not over:
            pictures = training_crops(sources, *budget.size(args.batch, args.side), rng, 0.35)
            loss, parts = training_loss(net, pictures, rng)
            descent.step(loss)
            crops += len(pictures)
            if budget.steps == 1 or budget.steps % 50 == 0:
                values = loss.item(), *(p.item() for p in parts), budget.spent
                log.info(
                    "step %d loss %.4f: natural %.4f, swapped %.4f (%.0f s)", budget.steps, *values
                )
            over = budget.over  # once: a signal from here on lets one more step be stored
            if budget.spent > 60 * next_store or over:
                store()
                next_store = budget.spent / 60 + interval
    return 0


def main() -> int:
    """Run as `python -m styleswap.training.inverse`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
