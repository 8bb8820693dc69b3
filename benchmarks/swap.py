"""The swap layer against the public form (conv2d, one-hot, conv_transpose2d) and a bare GEMM."""

from __future__ import annotations

import json
import sys

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.measure import in_process, measured, table
from styleswap.engine.transforms.patch_swap import match, paste
from styleswap.engine.transforms.patch_swap.picks import Picks
from styleswap.training.judging.grid import sample
from styleswap.weights import EMBEDDED, read_tensors
from styleswap.weights.architectures import encoder_from_tensors

CASES = ("layer", "match", "rebuild", "reference", "reference-scores", "gemm")


def activations(side: int) -> tuple[Tensor, Tensor]:
    """Embedded activations of two sample photos, cut square: (C, side/4, side/4) each."""
    encoder = encoder_from_tensors(read_tensors(EMBEDDED / "encoder.safetensors")[0])
    pictures = (F.interpolate(sample(name, 512), (side, side)) for name in ("astronaut", "coffee"))
    content, style = (encoder(picture)[0].contiguous() for picture in pictures)
    return content, style


def reference_scores(content: Tensor, style: Tensor, size: int = 3) -> Tensor:
    """Scores of all pairs, as every public implementation computes them."""
    patches = style.unfold(1, size, 1).unfold(2, size, 1)
    patches = patches.permute(1, 2, 0, 3, 4).reshape(-1, style.shape[0], size, size)
    norms = patches.flatten(1).norm(dim=1).view(-1, 1, 1, 1) + 1e-8
    return F.conv2d(content[None], patches / norms)


def reference(content: Tensor, style: Tensor, size: int = 3) -> Tensor:
    """Scores, one-hot, two transposed convolutions."""
    scores = reference_scores(content, style, size)
    best = scores.argmax(1, keepdim=True)
    chosen = torch.zeros_like(scores).scatter_(1, best, 1)
    patches = style.unfold(1, size, 1).unfold(2, size, 1)
    patches = patches.permute(1, 2, 0, 3, 4).reshape(-1, style.shape[0], size, size)
    pasted = F.conv_transpose2d(chosen, patches)
    count = F.conv_transpose2d(chosen, torch.ones_like(patches))
    return pasted / count


def case(name: str, side: int) -> dict[str, float]:
    """Measure one case at a size in pixels."""
    with torch.inference_mode():
        content, style = activations(side)
        size = content.shape[1], content.shape[2]
        if name == "layer":
            return measured(lambda: paste(match(content, [style]), [style], size))
        if name == "match":
            return measured(lambda: match(content, [style]))
        if name == "rebuild":
            index = torch.randint(style.shape[1] - 2, (3, size[0] - 2, size[1] - 2))
            picks = Picks(index[0] * 0, index[1], index[2], torch.zeros(()))
            return measured(lambda: paste(picks, [style], size))
        if name == "reference":
            return measured(lambda: reference(content, style))
        if name == "reference-scores":
            return measured(lambda: reference_scores(content, style))
        rows = content.flatten(1).T.contiguous()
        columns, out = style.flatten(1), torch.empty(1024, style[0].numel())
        # One product per pair of cells is the least that an exact match computes.
        parts = rows.split(1024)
        return measured(lambda: [torch.mm(p, columns, out=out[: len(p)]) for p in parts])


def run(side: int = 512) -> tuple[str, dict[str, object]]:
    """All cases, each in its own process: the table and the figures."""
    rows = [(name, in_process("benchmarks.swap", name, str(side))) for name in CASES]
    figures = dict(rows)
    layer = figures["layer"]
    ratios = {
        "reference / layer": figures["reference"]["seconds"] / layer["seconds"],
        "reference scores / match": (
            figures["reference-scores"]["seconds"] / figures["match"]["seconds"]
        ),
        "reference scores / layer": figures["reference-scores"]["seconds"] / layer["seconds"],
        "match / GEMM": figures["match"]["seconds"] / figures["gemm"]["seconds"],
        "reference / layer, memory": (
            figures["reference"]["peak_mib"] / max(1.0, layer["peak_mib"])
        ),
    }
    notes = [f"{name}: {value:.1f}" for name, value in ratios.items()]
    title = f"Swap layer, content and style {side} px"
    return table(title, rows, notes), {"cases": figures, "ratios": ratios}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(case(sys.argv[1], int(sys.argv[2]))) + "\n")
