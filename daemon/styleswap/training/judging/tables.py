"""The judge's figures as tables of plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from styleswap.training.judging.gates import Gate
from styleswap.training.judging.pictures import Figures
from styleswap.training.judging.reading import REFINED, STEPS, SWAP_SIDE, RoundTrip, Swapped
from styleswap.training.judging.weave import PERIODS, Weave

COLUMNS = {
    "statistics": ("statistics", ".3f"),
    "palette": ("palette", ".2f"),
    "similarity": ("SSIM", ".3f"),
    "deviation": ("deviation", ".3f"),
    "distinct": ("distinct", ".1%"),
    "score_lost": ("score lost", ".1%"),
    "weave": ("weave", ".2f"),
}
"""Heading and format of the `Figures` that every method has, beside style and content."""

FAULTS = {
    "pasted": ("pasted", ".1%"),
    "evenness": ("evenness", ".3f"),
    "cosine_lost": ("cos. lost", ".4f"),
    "texture": ("texture", ".3f"),
    "steps": ("steps", ".1%"),
    "contours": ("contours", ".1%"),
    "chance": ("chance", ".1%"),
    "flat": ("flat", ".1%"),
    "faces": ("faces", ".3f"),
    "lines": ("lines", ".3f"),
}
"""Likewise of those that look for one fault each; what a content has nothing of is not measured."""

LEGEND = """\
statistics: distance of mean and covariance at relu1_1, 2_1, 3_1 from the style's, relative
palette: sliced Wasserstein distance of the colours from the style's, in Lab
SSIM: of the luma with the content's
deviation: standard deviation at relu3_1 over the style's; below 1 is washed out
distinct, score lost: share of the style's patches that are seen; of the best scores that they miss
weave: how far a pattern of 2 or 4 px stands out, over the same of the style
pasted, evenness: share of the style's patches that the engine picks; entropy of the picks, up to 1
cos. lost: mean cosine of the picks below that of the best matches
texture: distance of the Gram matrices at relu2_1 from the style's, where the content is smooth
steps: share of what is smooth in the content where luma steps by more than 12 of 255 in 4 px
contours, chance: likewise averaged over 33 px along the content's contour, and at a right angle
flat: likewise where luma deviates by less than 4 of 255 within 17 px: nothing is painted there
faces, lines: correlation of the gradients with the content's, in its faces and at its thin lines
"""


def _row(first: str, width: int, cells: Sequence[str]) -> str:
    return first.ljust(width) + "".join(f"  {cell:>10}" for cell in cells) + "\n"


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def reading_table(trips: Sequence[RoundTrip]) -> str:
    """Round trips, their mean last."""
    out = "round trip      PSNR dB  gradient error | x4 thumbnail dB, error"
    published = trips[0].published_psnr is not None
    out += " | published dB, error" if published else ""
    out += " | lost to noise, dB\n"
    names = [f.name for f in fields(RoundTrip)][1:]
    rows = [(t.picture, {n: getattr(t, n) for n in names}) for t in trips]
    means = {
        n: None if rows[0][1][n] is None else sum(v[n] for _, v in rows) / len(rows) for n in names
    }
    for name, v in [*rows, ("mean", means)]:
        out += f"{name:<15} {v['psnr']:7.2f} {v['gradient_error']:15.3f} | "
        out += f"{v['thumbnail_psnr']:15.2f} {v['thumbnail_gradient_error']:6.3f} | "
        if published:
            out += f"{v['published_psnr']:12.2f} {v['published_gradient_error']:7.3f} | "
        out += f"{v['noise_loss']:17.2f}\n"
    return out


def swapped_table(swaps: Sequence[Swapped]) -> str:
    """Swapped activations."""
    out = f"swapped at {SWAP_SIDE} px        relative error | after {STEPS} steps of Adam | ratio"
    out += f" | refined by {REFINED} | ratio\n"
    for s in swaps:
        pair = f"{s.content} x {s.style}"
        out += f"{pair:<23} {s.error:14.3f} | {s.optimised_error:23.3f} | {s.ratio:5.2f}"
        out += f" | {s.refined_error:13.3f} | {s.refined_error / s.optimised_error:5.2f}\n"
    return out


def weave_table(weaves: Sequence[Weave]) -> str:
    """Periodic patterns in smooth content."""
    heads = (f"{p} px, style's own, over it, of 255" for p in PERIODS)
    out = "weave on smooth content    " + " | ".join(heads) + " | chance\n"
    for w in weaves:
        cells = (
            f"{p.painted:4.2f} {p.own:12.2f} {p.excess:8.2f} {p.amplitude:7.2f}" for p in w.patterns
        )
        out += f"{w.style:<26} " + " | ".join(cells) + f" | {w.chance:6.2f}\n"
    return out


def fidelity_table(figures: Mapping[str, float]) -> str:
    """The encoder beside its teacher."""
    return (
        "encoder beside its teacher\n"
        f"channel-scaled relative squared error {figures['error']:.3f}, "
        f"mean cosine {figures['cosine']:.3f}\n"
        f"match regret {figures['regret']:.3%}, centred {figures['centred_regret']:.3%}\n"
        f"the worst hue's error is {figures['hue_ratio']:.2f} times the mean of all hues\n"
    )


def pictures_table(title: str, rows: Mapping[str, Figures]) -> str:
    """Figures of pictures, one row each, in two tables."""
    width = max(len(title), *(len(name) for name in rows)) + 1
    tables = []
    for columns in (COLUMNS, FAULTS):
        out = _row(title, width, [heading for heading, _ in columns.values()])
        for name, figures in rows.items():
            cells = [_shown(getattr(figures, key), form) for key, (_, form) in columns.items()]
            out += _row(name, width, cells)
        tables.append(out)
    return "\n".join(tables)


def gates_table(gates: Sequence[Gate]) -> str:
    """Every gate: met or not, with its figure."""
    words = {True: "met", False: "NOT MET", None: "not measured"}
    width = max(len(g.name) for g in gates)
    out = "gates\n"
    for gate in gates:
        sign = ">=" if gate.least else "<="
        limit = f"{sign} {gate.limit:g}"
        told = gate.missing if gate.figure is None else ""
        figure = _shown(gate.figure, ".3f")
        line = f"{gate.name:<{width}}  {figure:>7}  {limit:<8} {words[gate.met]:<12} {told}"
        out += line.rstrip() + "\n"
    return out
