"""A real device: is what it computes right, does it bear a want of memory, how fast is it.

``python -m benchmarks.device [--device cuda] [--json FILE]``: under 5 minutes; ends with 1 where a
check fails. On the CPU a small version runs, of the same code.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.measure import table
from styleswap import weights
from styleswap.devices.choice import choose, probe
from styleswap.devices.memory import give_back_memory, is_out_of_memory
from styleswap.engine import (
    Model,
    Raster,
    Settings,
    stylize,
)
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.transforms.patch_swap import match
from styleswap.training.judging.grid import sample

ALLOWED = 1 / 255
"""Largest difference of a value, where the picks are the same."""

TIE = 1e-5
"""Scores that differ by a smaller share are a near-tie: either pick is right."""

STRAYING = 1e-3
"""Share of pixels that near-ties may change."""

PATIENCE = 240
"""Seconds after which no further size is begun."""

SETTINGS = {
    "two passes, half strength": Settings(scales=2, strength=0.5),
    "the paper's": Settings(
        scales=1, matching="plain", overlap="average", variety=0, style_statistics=0, detail=0
    ),
    "flips, matched colours": Settings(scales=2, style_flips=True, colours="matched"),
    "patches of 5, every third": Settings(scales=1, patch_size=5, patch_stride=3),
    "optimised, 3 steps": Settings(scales=1, method="optimise", iterations=3),
}

Check = tuple[str, bool, str]
"""What was checked, whether it holds, and a figure."""


def picture(name: str, side: int) -> Raster:
    """A sample photo, cut square."""
    planes = F.interpolate(sample(name, 512), (side, side), mode="bicubic", antialias=True)
    return Raster(planes[0].clamp(0, 1).permute(1, 2, 0).contiguous())


def wait(device: torch.device) -> None:
    """Let all work on the device end."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def held(device: torch.device) -> int:
    """Bytes of tensors on the device; 0 where it does not tell."""
    gc.collect()
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return torch.mps.current_allocated_memory() if device.type == "mps" else 0


# -- checks --------------------------------------------------------------------------------------


def picks(model: Model, cpu: Model, side: int) -> Check:
    """The device's picks against the CPU's."""
    with torch.inference_mode():
        one, other = (
            cpu.features(picture(name, side).values.permute(2, 0, 1)[None])[RELU3_1]
            for name in ("astronaut", "coffee")
        )
        right = match(one, [other])
        found = match(one.to(model.device), [other.to(model.device)])
    score = found.score.cpu()
    differing = (found.row.cpu() != right.row) | (found.column.cpu() != right.column)
    gap = (score - right.score).abs() / right.score.abs().clamp(min=1e-6)
    worst = float((gap * differing).max())
    told = f"{100 * float(differing.float().mean()):.3f} % differ, by {worst:.1e} of the score"
    return f"picks, {side} px", worst < TIE, told


def networks(model: Model, cpu: Model, side: int) -> Iterator[Check]:
    """Encoder and inverse network against the CPU's."""
    planes = picture("astronaut", side).values.permute(2, 0, 1)[None]
    with torch.inference_mode():
        right, found = cpu.encode(planes), model.encode(planes).cpu()
        painted = float((model.paint(right) - cpu.paint(right)).abs().max())
    error = float((found - right).abs().max() / right.abs().max())
    yield f"encoder, {side} px", error < TIE, f"{error:.1e} of the largest"
    yield f"inverse network, {side} px", painted < ALLOWED / 10, f"{255 * painted:.1e} / 255"


def pictures(model: Model, cpu: Model, side: int) -> Iterator[Check]:
    """Whole pictures against the CPU's, and a region against the whole."""
    content, style = picture("astronaut", side), picture("coffee", side)
    for name, settings in SETTINGS.items():
        right = stylize(content, style, settings, cpu).values
        found = stylize(content, style, settings, model).values
        yield _alike(f"{name}, {side} px", found, right)
    part = side // 4, side // 4, side // 3, side // 3
    settings = Settings(scales=2)
    whole = stylize(content, style, settings, model).values
    found = stylize(content, style, settings, model, region=part).values
    yield _alike(f"a region, {side} px", found, whole[part[1] :, part[0] :][: part[3], : part[2]])


def _alike(name: str, found: Tensor, right: Tensor) -> Check:
    change = (found - right).abs().amax(2)
    straying = float((change > ALLOWED).float().mean())
    told = f"{100 * straying:.3f} % of the pixels differ, by {255 * float(change.max()):.2g} / 255"
    return name, straying <= STRAYING, told


def memory(model: Model, side: int) -> Iterator[Check]:
    """A picture whose tile is too large for the memory that is left to it: smaller ones paint it.

    Only the CUDA cards let a part of their memory be set apart; MPS counts the whole system's.
    """
    device = model.device
    if device.type != "cuda":
        return
    content, style = picture("astronaut", side), picture("coffee", 512)
    settings = [Settings(scales=1, tile_limit=limit) for limit in (0, 256)]
    start, most, painted = held(device), [], []
    for each in settings:
        give_back_memory()
        torch.cuda.reset_peak_memory_stats(device)
        painted.append(stylize(content, style, each, model).values)
        most.append(torch.cuda.max_memory_reserved(device))
    told = " and ".join(f"{bytes_ >> 20} MiB" for bytes_ in most)
    yield "smaller tiles need less memory", most[1] < 0.9 * most[0], told
    give_back_memory()
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(sum(most) / 2 / total, device)
    try:
        try:
            stylize(content, style, settings[0], model)
            seen: BaseException | None = None
        except RuntimeError as error:
            seen = error.with_traceback(None)
        told = "nothing was raised" if seen is None else str(seen).partition("\n")[0][:60]
        yield "its end is told", seen is not None and is_out_of_memory(seen), told
        del seen
        give_back_memory()
        again = stylize(content, style, settings[1], model).values
        yield _alike("painted all the same, in smaller tiles", again, painted[0])
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    kept = held(device) - start
    yield "memory comes back", kept <= 0, f"{kept} bytes are kept"


def checks(model: Model, cpu: Model, sides: tuple[int, ...], large: int) -> Iterator[Check]:
    """All checks.

    Args:
        model: on the device.
        cpu: the same on the CPU.
        sides: of the pictures in pixels.
        large: of the one that memory is short for.
    """
    fault = probe(model.device)
    yield "probe", not fault, fault or "a convolution and a product are right"
    for side in sides:
        yield picks(model, cpu, side)
        yield from networks(model, cpu, side)
        yield from pictures(model, cpu, side)
    yield from memory(model, large)


# -- times ---------------------------------------------------------------------------------------


def seconds(work: Callable[[], object], device: torch.device, repeats: int = 3) -> float:
    """The fastest of some runs after one that warms up."""
    found = []
    for _ in range(repeats + 1):
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        found.append(time.perf_counter() - start)
    return min(found[1:])


def rate(device: torch.device) -> float:
    """Multiply-adds per second of one bare matrix product."""
    side = 1024 if device.type == "cpu" else 4096
    one = torch.rand(side, side, device=device)
    return float(side) ** 3 / seconds(lambda: one @ one, device)


def times(model: Model, side: int, most: float) -> dict[str, float]:
    """One size: each part's time over that of a matrix product of as many multiply-adds.

    Args:
        model: on the device.
        side: of the picture in pixels; the style has 512 px at most.
        most: multiply-adds per second of a bare product.
    """
    device, place = model.device, model.layout.place(RELU3_1)
    content, style = picture("astronaut", side), picture("coffee", min(side, 512))
    widths = [m for m in model.encoder.modules() if isinstance(m, torch.nn.Conv2d)]
    areas = (16, 16, 4, 4, 1)  # pixels of a cell at each convolution
    encoding = sum(c.weight.numel() * a for c, a in zip(widths, areas, strict=True))
    with torch.inference_mode():
        planes = content.values.permute(2, 0, 1)[None]
        whole = model.activations(planes)
        one = whole[0, place]
        other = model.activations(style.values.permute(2, 0, 1)[None])[0, place]
        cells = one[0].numel()
        parts = {
            "encoder": (seconds(lambda: model.activations(planes), device), cells * encoding),
            "match": (
                seconds(lambda: match(one, [other]), device, 1),
                cells * other[0].numel() * len(one),
            ),
            "inverse": (seconds(lambda: model.paint(whole), device), cells * encoding * 1.2),
        }
    figures = {name: spent * most / work for name, (spent, work) in parts.items()}
    picture_s = seconds(lambda: stylize(content, style, Settings(scales=1), model), device, 1)
    figures["picture / its parts"] = picture_s / sum(spent for spent, _ in parts.values())
    figures["seconds"] = picture_s
    return figures


def run(wish: str = "auto") -> tuple[str, dict[str, object]]:
    """Checks and times of a device: the tables and the figures."""
    start = time.monotonic()
    chosen = choose(wish)
    device, small = chosen.device, chosen.device.type == "cpu"
    cpu = weights.load("embedded", torch.device("cpu"))
    model = weights.load("embedded", device)
    found = list(checks(model, cpu, (96,) if small else (192, 512), 2048))
    most = rate(device)
    sides = (96, 192) if small else (512, 1024, 2048)
    rows = [
        (f"{side} px", times(model, side, most))
        for side in sides
        if time.monotonic() - start < PATIENCE
    ]
    if rows and not small:
        own, figures = times(cpu, sides[0], most), rows[0][1]
        figures["times as fast as the CPU"] = own["seconds"] / figures["seconds"]
    lines = [f"* {'right' if holds else 'WRONG'}: {name}: {told}" for name, holds, told in found]
    notes = [f"a bare product: {most / 1e9:.3g} G multiply-adds/s", *filter(None, [chosen.notice])]
    title = f"Device {device}: times over a bare product's of as many multiply-adds"
    text = "\n".join([f"## Device {device}: checks", "", *lines, "", table(title, rows, notes)])
    right = all(holds for _, holds, _ in found)
    return text, {"device": str(device), "right": right, "checks": found, "times": dict(rows)}


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    args = parser.parse_args()
    try:
        text, figures = run(args.device)
    except ValueError as error:
        parser.error(str(error))
    sys.stdout.write(text + "\n")
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["right"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
