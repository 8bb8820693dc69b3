"""Judge a pair of encoder and inverse network by fixed measures on fixed pictures.

The pictures come with scikit-image and with the gallery; none is ever trained or selected on.

* Round trip, f(Φ(x)) against x: PSNR and gradient error, beside the x4 thumbnail's.
* Swapped, f(H) for H of a plain 3x3 swap: the relative error of Φ(f(H)), beside the one that Adam
  reaches in 100 steps for the same H (learning rate 0.05, from the content, clamped).
* Noise: dB that 5 % of channel noise on H costs.
* Weave: spectral power at periods of 2 and 4 px over its neighbours' in painted pictures of smooth
  content, beside the style's own.
* Encoder, where its teacher's weights are given: match regret, channel-scaled error, error by hue.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, choose_device, stylize, weights
from styleswap.engine.device import placed
from styleswap.engine.encoder import encoder_from_tensors
from styleswap.engine.swap import match, rebuild
from styleswap.training import measures
from styleswap.training.crops import recolour
from styleswap.training.fidelity import fidelity

PICTURES = ("astronaut", "chelsea", "coffee", "rocket")
SIDE = 512
SWAP_SIDE = 96
STEPS = 100
NOISE = 0.05


@dataclass(frozen=True)
class RoundTrip:
    """One picture through encoder and inverse network; PSNR in dB."""

    picture: str
    psnr: float
    gradient_error: float
    thumbnail_psnr: float
    thumbnail_gradient_error: float
    noise_loss: float


@dataclass(frozen=True)
class Swapped:
    """One swap of two pictures: relative errors in the encoder's own space."""

    content: str
    style: str
    error: float
    optimised_error: float


@dataclass(frozen=True)
class Weave:
    """Spectral ratios at periods of 2 and 4 px; `style` of the style picture itself."""

    style: str
    period_2: float
    period_4: float
    style_period_2: float
    style_period_4: float


def sample(name: str, side: int = SIDE) -> Tensor:
    """A sample photo of scikit-image: (1, 3, H, W) in [0, 1], long side `side`, multiples of 4."""
    from skimage import data

    return _sized(Image.fromarray(getattr(data, name)()), side)


def _sized(picture: Image.Image, side: int) -> Tensor:
    picture = picture.convert("RGB")
    factor = side / max(picture.size)
    size = tuple(max(4, round(length * factor)) for length in picture.size)
    array = np.array(picture.resize((size[0], size[1]), Image.Resampling.LANCZOS))
    tensor = torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255
    return tensor[..., : tensor.shape[2] // 4 * 4, : tensor.shape[3] // 4 * 4].contiguous()


def round_trip(model: Model, name: str, side: int = SIDE) -> RoundTrip:
    """Measure f(Φ(x)) of one sample photo."""
    picture = sample(name, side)
    activations = model.encode(picture)
    painted = model.paint(activations).clamp(0, 1)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(activations.shape, generator=generator).to(activations)
    power = activations.pow(2).mean((0, 2, 3), keepdim=True).sqrt()
    noisy = activations + NOISE * power * noise
    noisy[:, model.encoder.channels :] = activations[:, model.encoder.channels :]
    disturbed = model.paint(noisy).clamp(0, 1)
    plain = measures.thumbnail(picture)
    clean = measures.psnr(painted, picture)
    return RoundTrip(
        name,
        clean,
        measures.gradient_error(painted, picture),
        measures.psnr(plain, picture),
        measures.gradient_error(plain, picture),
        clean - measures.psnr(disturbed, picture),
    )


def optimised(model: Model, target: Tensor, start: Tensor, steps: int = STEPS) -> Tensor:
    """The paper's optimisation without total variation: argmin ‖Φ(I) - H‖² by Adam from a start."""
    picture = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([picture], lr=0.05)
    for _ in range(steps):
        adam.zero_grad()
        F.mse_loss(model.encoder(picture), target).backward()
        adam.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
    return picture.detach()


def swapped(model: Model, content: str, style: str, side: int = SWAP_SIDE) -> Swapped:
    """Measure f on a plain 3x3 swap of two sample photos."""
    picture, channels = sample(content, side), model.encoder.channels
    with torch.no_grad():
        ours, theirs = model.encode(picture)[0], model.encode(sample(style, side))[0]
        picks = match(ours[:channels], [theirs[:channels]])
        target = rebuild(picks, [theirs], (ours.shape[1], ours.shape[2]))[None]
        painted = model.paint(target).clamp(0, 1)
        wanted = target[:, :channels]
        error = measures.relative_error(model.encoder(painted.to(model.device)), wanted)
    best = optimised(model, wanted, picture.to(model.device))
    with torch.no_grad():
        return Swapped(content, style, error, measures.relative_error(model.encoder(best), wanted))


def smooth_content(side: int = 256) -> Tensor:
    """A picture without texture: flat and smoothly shaded areas, (H, W, 3) in [0, 1]."""
    y, x = torch.meshgrid(torch.linspace(0, 1, side), torch.linspace(0, 1, side), indexing="ij")
    picture = torch.stack([0.2 + 0.6 * x, 0.3 + 0.4 * y, 0.7 - 0.4 * x * y], 2)
    picture[: side // 3, : side // 2] = torch.tensor([0.35, 0.55, 0.85])
    return picture


def weave(model: Model, style: str, path: Path, side: int = 256) -> Weave:
    """Measure periodic patterns in smooth content painted with one style picture."""
    with Image.open(path) as file:
        picture = _sized(file, side)
    raster = Raster(picture[0].permute(1, 2, 0).contiguous())
    painted = stylize(Raster(smooth_content(side)), raster, Settings(scales=1), model).values
    result = painted.permute(2, 0, 1)[None]
    return Weave(
        style,
        *(measures.weave(p, period) for p in (result, picture) for period in (2, 4)),
    )


def encoder_crops(side: int = SIDE // 2) -> Tensor:
    """The middles of the sample photos, and the same with two other sets of colours each.

    Natural photos hold few purples and greens; the recoloured ones hold every hue.

    Returns:
        (12, 3, side, side) in [0, 1].
    """
    photos = []
    for name in PICTURES:
        picture = sample(name, 2 * side)
        top, left = ((length - side) // 8 * 4 for length in picture.shape[2:])
        photos.append(picture[..., top : top + side, left : left + side])
    crops = torch.cat(photos)
    rng = np.random.default_rng(0)
    return torch.cat([crops, *(recolour(crops, rng, share=1) for _ in range(2))])


def load(args: argparse.Namespace) -> Model:
    """The model to judge: one of the registry's, or two files."""
    device = choose_device(args.device)
    if not args.inverse:
        return weights.load(args.model, device, args.folder)
    path = args.encoder or weights.EMBEDDED / "encoder.safetensors"
    encoder = encoder_from_tensors(weights.read_tensors(path)[0])
    sha256 = weights.encoder_fingerprint(encoder)
    inverse = weights.load_inverse(args.inverse, sha256)
    inverse_sha256 = weights.fingerprint(inverse.state_dict())
    return Model(
        "files", placed(encoder, device), placed(inverse, device), sha256, inverse_sha256, device
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap evaluate`."""
    parser.add_argument("--model", default="embedded", help="a model of the registry")
    parser.add_argument("--folder", type=Path, help="folder of your own weights")
    parser.add_argument("--encoder", type=Path, help="encoder to judge (with --inverse)")
    parser.add_argument("--inverse", type=Path, help="inverse network to judge")
    parser.add_argument("--styles", type=Path, nargs="*", default=[], help="pictures for the weave")
    parser.add_argument("--teacher", type=Path, help="VGG-19 as safetensors: judge the encoder too")
    parser.add_argument("--side", type=int, default=SIDE, help="long side in pixels")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")


def run(args: argparse.Namespace) -> int:
    """Print the figures."""
    torch.manual_seed(0)
    model = load(args)
    with torch.no_grad():
        trips = [round_trip(model, name, args.side) for name in PICTURES]
    swaps = [swapped(model, a, b) for a, b in (("astronaut", "coffee"), ("chelsea", "rocket"))]
    weaves = [weave(model, path.stem, path) for path in args.styles]
    faith: dict[str, float] = {}
    if args.teacher:
        teacher = placed(encoder_from_tensors(weights.read_tensors(args.teacher)[0]), model.device)
        faith = fidelity(model.encoder, teacher, encoder_crops().to(model.device))
    _print(trips, swaps, weaves)
    _print_fidelity(faith)
    if args.json:
        figures = {
            "round_trip": [asdict(t) for t in trips],
            "swapped": [asdict(s) for s in swaps],
            "weave": [asdict(w) for w in weaves],
            "encoder": faith,
        }
        args.json.write_text(json.dumps(figures, indent=1))
    return 0


def _print(trips: list[RoundTrip], swaps: list[Swapped], weaves: list[Weave]) -> None:
    out = sys.stdout.write
    out("round trip      PSNR dB  gradient error | x4 thumbnail dB, error | lost to noise, dB\n")
    rows = [list(asdict(t).values()) for t in trips]
    means = ["mean", *(sum(r[i] for r in rows) / len(rows) for i in range(1, 6))]
    for name, *v in [*rows, means]:
        out(f"{name:<15} {v[0]:7.2f} {v[1]:15.3f} | {v[2]:15.2f} {v[3]:6.3f} | {v[4]:17.2f}\n")
    out("\nswapped at 96 px        relative error | after 100 steps of Adam | ratio\n")
    for s in swaps:
        pair = f"{s.content} x {s.style}"
        ratio = s.error / s.optimised_error
        out(f"{pair:<23} {s.error:14.3f} | {s.optimised_error:23.3f} | {ratio:5.2f}\n")
    if weaves:
        out("\nweave on smooth content    period 2 px, style's own | period 4 px, style's own\n")
    for w in weaves:
        out(
            f"{w.style:<26} {w.period_2:11.2f} {w.style_period_2:11.2f} | "
            f"{w.period_4:11.2f} {w.style_period_4:11.2f}\n"
        )


def _print_fidelity(figures: dict[str, float]) -> None:
    if figures:
        sys.stdout.write(
            "\nencoder beside its teacher\n"
            f"channel-scaled relative squared error {figures['error']:.3f}, "
            f"mean cosine {figures['cosine']:.3f}\n"
            f"match regret {figures['regret']:.3%}, centred {figures['centred_regret']:.3%}\n"
            f"the worst hue's error is {figures['hue_ratio']:.2f} times the mean of all hues\n"
        )


def main() -> int:
    """Run as `python -m styleswap.training.evaluate`."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
