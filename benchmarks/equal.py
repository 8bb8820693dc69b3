"""A fixed set of paintings, made by this checkout and by another one: equal to the bit or not.

`python -m benchmarks.equal --against CHECKOUT`, where CHECKOUT is another checkout of the project,
such as one of the commit before a change that moves code and no pixel. Each checkout's engine
paints in a process of its own; both run at once, so that their times can be set side by side, and
the same case is painted by both before the next one.

The set goes over methods, matchings, overlaps, patch sizes and strides, colours, mixtures, masks,
regions, reduced copies, previews, tiles, turned and mirrored styles, alpha, depths and light. Of a
case all that comes out is compared: pixels, previews, notices, the tile plan, the share of distinct
patches, and the stages that progress was told of.

What is newer than the oldest checkouts, and on by default, is off where a case does not name it, so
that these paint the same; a case that names what one of both does not know is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import measured

OFF: dict[str, Any] = {
    "style_border": "keep",
    "variety": 0.0,
    "style_statistics": 0.0,
    "detail": 0.0,
    "descent": "pixels",
}
"""Of every case that does not name them, in a checkout that knows them."""

TODAY: dict[str, Any] = {
    "style_border": "auto",
    "variety": 1.0,
    "style_statistics": 1.0,
    "detail": 1.0,
}
"""The same as they are by default."""

CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "large": {"size": (420, 760)},
    "strength": {"strength": 0.6},
    "strength 0": {"strength": 0.0, "depth": "uint16", "channels": 4},
    "plain": {"matching": "plain", "overlap": "average", "scales": 1},
    "plain in passes": {"matching": "plain", "scales": 3},
    "structure alone": {"tone": 0.0, "hue": 0.0},
    "tone alone": {"tone": 1.0, "hue": 0.0},
    "patch 1": {"patch_size": 1},
    "patch 5, stride 2": {"patch_size": 5, "patch_stride": 2},
    "stride 3, plain": {"patch_stride": 3, "matching": "plain", "overlap": "average"},
    "flips and turns": {"style_flips": True, "style_rotations": True},
    "small tiles": {"tile_limit": 64, "scales": 2},
    "small tiles, stride 2": {"tile_limit": 128, "patch_stride": 2, "matching": "plain"},
    "content's colours": {"colours": "content"},
    "luminance": {"colours": "luminance", "strength": 0.8},
    "matched": {"colours": "matched"},
    "matched, 2 passes": {"colours": "matched", "scales": 2, "preview": True},
    "style scale": {"style_scale": 0.5},
    "style scale 2": {"style_scale": 2.0, "scales": 2},
    "two styles": {"styles": 2},
    "two masks": {"styles": 2, "masks": "both"},
    "one mask": {"masks": "one", "strength": 0.7, "channels": 4},
    "mask and small tiles": {"styles": 2, "masks": "one", "tile_limit": 64, "scales": 2},
    "region": {"region": (70, 40, 120, 90)},
    "region of a large one": {"size": (1300, 1500), "region": (900, 700, 130, 90)},
    "region, matched": {"region": (70, 40, 120, 90), "scales": 2, "colours": "matched"},
    "region, stride 2": {"region": (10, 20, 50, 40), "patch_size": 5, "patch_stride": 2},
    "coarse only": {"size": (500, 760), "scales": 2, "coarse_only": True},
    "reduced copy": {"size": (380, 570), "coarse_only": True, "reduced_from": (2280, 1520)},
    "preview": {"scales": 3, "preview": True},
    "gray": {"channels": 1},
    "gray, alpha, 16 bits": {"channels": 2, "depth": "uint16"},
    "float, linear, beyond": {"depth": "float32", "channels": 4, "linear": True, "beyond": True},
    "uint16": {"depth": "uint16", "strength": 0.9},
    "tiny": {"size": (9, 5)},
    "refine": {"refine": 4, "preview": True},
    "refine, small tiles": {"refine": 3, "tile_limit": 64, "strength": 0.8},
    "optimise": {"method": "optimise", "iterations": 6, "preview": True},
    "optimise from noise": {
        "method": "optimise", "iterations": 4, "start": "noise", "masks": "one",
    },
    "optimise from network": {
        "method": "optimise", "iterations": 4, "start": "network", "scales": 2,
    },
    "optimise, matched, 2": {
        "method": "optimise", "iterations": 4, "colours": "matched", "styles": 2, "masks": "both",
        "smoothness": 0.3, "preview": True, "scales": 2,
    },
    "optimise a region": {"method": "optimise", "iterations": 3, "region": (60, 40, 90, 80)},
    "no inverse network": {"method": "optimise", "iterations": 4, "inverse": False, "scales": 2},
    "today": {**TODAY},
    "today, plain": {**TODAY, "matching": "plain", "patch_size": 5, "patch_stride": 2},
    "today, small tiles": {**TODAY, "scales": 2, "tile_limit": 64, "preview": True},
    "today, matched": {**TODAY, "colours": "matched", "scales": 2, "strength": 0.8},
    "today, two masks": {**TODAY, "styles": 2, "masks": "both", "channels": 4},
    "today, region": {**TODAY, "size": (1300, 1500), "region": (900, 700, 130, 90)},
    "today, refined": {**TODAY, "refine": 4, "style_flips": True},
    "variety": {"variety": 0.5},
    "style statistics, own tones": {"style_statistics": 0.5, "tones": "own", "hue": 1.0},
    "detail": {"detail": 0.5, "scales": 2},
}  # fmt: skip
"""What is painted; what is no setting of the engine is taken by `paint` itself."""

SIZE = 220, 300
"""Rows and columns of the content where a case says nothing."""


def paint(case: dict[str, Any]) -> dict[str, Any]:
    """Paint a case with the engine that this process finds.

    Returns:
        ``bits``, a hash of all that came out; ``seconds`` and ``peak_mib``. Nothing where the
        engine does not know a setting of the case.
    """
    import torch

    from styleswap.engine import Raster, Settings, StyleCache, Styled, stylize

    case = dict(case)
    size = case.pop("size", SIZE)
    depth, channels = case.pop("depth", "uint8"), case.pop("channels", 3)
    values = _values(size, channels, 1, beyond=case.pop("beyond", False), depth=depth)
    content = Raster(values, case.pop("linear", False))
    masks = case.pop("masks", "")
    styles = []
    for number in range(case.pop("styles", 1)):
        masked = masks == "both" or (masks == "one" and number == 0)
        mask = _mask(size, number) if masked else None
        pixels = _values((230, 260 + 40 * number), 3, 10 + number)
        styles.append(Styled(Raster(pixels), f"style {number}", 1.0 + number, mask))
    other = {n: case.pop(n) for n in ("region", "coarse_only", "reduced_from") if n in case}
    model = _model(inverse=case.pop("inverse", True))
    told: list[str] = []
    shown: list[torch.Tensor] = []
    if case.pop("preview", False):
        other["preview"] = lambda picture: shown.append(picture.clone())
    known = Settings.__dataclass_fields__
    if not case.keys() <= known.keys():
        return {}
    off = {name: value for name, value in OFF.items() if name in known}
    settings = Settings(**{**off, **case})

    def progress(now: Any) -> None:
        if told[-1:] != [now.stage]:
            told.append(now.stage)

    reports = []

    def work() -> None:
        told.clear()
        shown.clear()
        cache = StyleCache()
        report = stylize(content, styles, settings, model, cache=cache, progress=progress, **other)
        reports.append(report)

    figures = measured(work)
    report, bits = reports[-1], hashlib.sha256()
    for picture in (report.values, *shown):
        bits.update(str((picture.dtype, tuple(picture.shape))).encode())
        bits.update(picture.contiguous().view(torch.uint8).numpy().tobytes())
    words = report.passes, report.notices, report.distinct_patches, told
    bits.update(repr(words).encode())
    return {"bits": bits.hexdigest(), **figures}


def _values(
    size: tuple[int, int], channels: int, seed: int, *, beyond: bool = False, depth: str = "uint8"
) -> Any:
    """(H, W, C): clouds, edges and noise, with holes in the alpha."""
    import torch
    import torch.nn.functional as F

    random = torch.Generator().manual_seed(seed)
    height, width = size
    picture = torch.zeros(1, 4, height, width)
    for step in (1, 3, 16, 64):
        shape = 1, 4, -(-height // step) + 1, -(-width // step) + 1
        noise = torch.randn(shape, generator=random)
        mode = "nearest" if step == 16 else "bilinear"
        large = F.interpolate(noise, scale_factor=float(step), mode=mode)
        picture += large[..., :height, :width] * step**0.5 / 8
    picture = torch.sigmoid(picture)[0]
    picture[3] = (picture[3] * 3 - 1).clamp(0, 1)
    kept = picture[{1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3]}[channels]]
    planes = kept.permute(1, 2, 0)
    if beyond:
        planes[..., :3] = planes[..., :3] * 1.4 - 0.1
    if depth == "float32":
        return planes.contiguous()
    scale = {"uint8": 255, "uint16": 65535}[depth]
    stored = (planes * scale).round().to(getattr(torch, depth))
    return stored.contiguous()


def _mask(size: tuple[int, int], number: int) -> Any:
    """A soft half of the picture, and a hole."""
    import torch

    from styleswap.engine import Raster

    height, width = size
    ramp = torch.linspace(-2, 3, width).clamp(0, 1).expand(height, width).clone()
    if number:
        ramp = 1 - ramp
    ramp[height // 3 : height // 2, : width // 2] = 0
    return Raster((ramp * 255).round().to(torch.uint8)[..., None].contiguous())


def _model(*, inverse: bool) -> Any:
    from dataclasses import replace

    import torch

    weights = _weights()
    model = weights.load("embedded", torch.device("cpu"))
    return model if inverse else replace(model, inverse=None)


def _weights() -> Any:
    """The module of the weights, where this version or an earlier one has it."""
    for package in ("styleswap", "styleswap.engine.networks"):  # the second until 2026-11
        if importlib.util.find_spec(f"{package}.weights"):
            return importlib.import_module(f"{package}.weights")
    return importlib.import_module("styleswap.engine.weights")


def _serve() -> None:
    """Paint the cases that are named on standard input, one a line."""
    import torch

    import styleswap.engine  # noqa: F401 - before the threads are set

    torch.set_num_threads(1)  # both versions paint at once, on two cores
    for line in sys.stdin:
        sys.stdout.write(json.dumps(paint(CASES[line.strip()])) + "\n")
        sys.stdout.flush()


def _painter(checkout: Path) -> subprocess.Popen[str]:
    """A process that paints with a checkout's engine, and with this file's cases."""
    here = Path(__file__).parent.parent
    path = os.pathsep.join((str(checkout.resolve() / "daemon"), str(here)))
    # Isolated from the installed package, which may be another checkout.
    code = "import benchmarks.equal as e; e._serve()"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def compared(against: Path, names: list[str]) -> tuple[list[str], int, float, float]:
    """Paint the cases by both.

    Returns:
        The names of those that differ, how many one of both does not know, the median ratio of the
        times and that of the peaks.
    """
    painters = _painter(against), _painter(Path(__file__).parent.parent)
    differing, times, peaks, unknown = [], [], [], 0
    for name in names:
        found = []
        for painter in painters:
            assert painter.stdin is not None
            painter.stdin.write(name + "\n")
            painter.stdin.flush()
        for painter in painters:
            assert painter.stdout is not None
            line = painter.stdout.readline()
            assert line, f"the painter of {name} has ended"
            found.append(json.loads(line))
        if not all(found):
            sys.stdout.write(f"unknown {name}\n")
            unknown += 1
            continue
        before, now = found
        equal = before["bits"] == now["bits"]
        if not equal:
            differing.append(name)
        times.append(now["seconds"] / before["seconds"])
        if before["peak_mib"] > 20:  # less is the allocator's
            peaks.append(now["peak_mib"] / before["peak_mib"])
        sys.stdout.write(
            f"{'equal ' if equal else 'DIFFERS'} {name}: "
            f"{before['seconds']:.2f} -> {now['seconds']:.2f} s, "
            f"{before['peak_mib']:.0f} -> {now['peak_mib']:.0f} MiB\n"
        )
        sys.stdout.flush()
    for painter in painters:
        assert painter.stdin is not None
        painter.stdin.close()
        painter.wait()
    times = times or [1.0]
    return differing, unknown, statistics.median(times), statistics.median(peaks or [1.0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equal", description=__doc__)
    parser.add_argument("--against", type=Path, required=True, help="another checkout")
    parser.add_argument("--only", nargs="*", help="names of cases; all where none is named")
    options = parser.parse_args()
    wrong, left, time_ratio, peak_ratio = compared(options.against, options.only or list(CASES))
    equal = len(options.only or CASES) - len(wrong) - left
    sys.stdout.write(
        f"{equal} equal, {len(wrong)} differ, {left} unknown; "
        f"median ratio of the times {time_ratio:.2f}, of the peaks {peak_ratio:.2f}\n"
    )
    sys.exit(bool(wrong))
