"""Judge a model: its networks alone, and the pictures that it paints; see `judging`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from styleswap.devices.choice import choose_device, placed
from styleswap.engine import Model, Settings, WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.training.checkpoint import load_encoder
from styleswap.training.fidelity import fidelity
from styleswap.training.judging import candidates, pictures, reading, tables, weave
from styleswap.training.judging.candidates import VARIANTS, Surroundings
from styleswap.training.judging.gates import gates
from styleswap.training.judging.grid import GRIDS, Grid, Subject, contents_of, styles_of
from styleswap.training.judging.references import PublishedInverse, References, load_published
from styleswap.training.judging.sheet import Labelled, check_target, labelled_sheet
from styleswap.training.judging.store import Store

log = logging.getLogger(__name__)

OURS = "judged model"
LEAST = 32
"""Shortest side in pixels of a picture that can be measured."""

WITHOUT_TEACHER = (
    "No teacher: style statistics, collapse, deviation, texture and the encoder's figures are\n"
    "missing.\n"
    "They need VGG-19 (Oxford's weights) as a safetensors file with conv1_1.weight, conv1_1.bias\n"
    "to conv3_1.bias; name it with --teacher."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap evaluate`."""
    judged = parser.add_argument_group("what is judged")
    judged.add_argument("--model", default="embedded", help="a model of the registry")
    judged.add_argument("--folder", type=Path, help="folder of your own weights")
    judged.add_argument(
        "--weights",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="checkpoints to judge: an inverse network, or an encoder and its inverse network",
    )
    judged.add_argument("--encoder", type=Path, help="encoder to judge (with --inverse)")
    judged.add_argument("--inverse", type=Path, help="inverse network to judge")
    judged.add_argument(
        "--settings", nargs="+", default=[], metavar="NAME=VALUE", help="of the painted pictures"
    )
    judged.add_argument(
        "--compare",
        nargs="*",
        metavar="VARIANT",
        help="paint the grid with several settings and print their figures alone; "
        + "; ".join(f"{name}: {words}" for name, words in VARIANTS.items()),
    )
    shown = parser.add_argument_group("the pictures")
    shown.add_argument("--grid", choices=GRIDS, default="small", help="the fixed pictures")
    shown.add_argument("--contents", nargs="+", help="only these contents, by name or file")
    shown.add_argument("--styles", nargs="+", help="only these styles, by name or file")
    shown.add_argument("--size", type=int, help="long side of the grid's pictures in pixels")
    shown.add_argument(
        "--side", type=int, default=reading.SIDE, help="of the round trip's, in pixels"
    )
    beside = parser.add_argument_group("references")
    beside.add_argument("--teacher", type=Path, help="VGG-19 as safetensors")
    beside.add_argument(
        "--reference", type=Path, help="published inverse network of WCT for relu3_1"
    )
    beside.add_argument(
        "--optimised", type=int, default=0, metavar="STEPS", help="VGG-19 and so many steps of Adam"
    )
    beside.add_argument("--cache", type=Path, help="folder that keeps the references' pictures")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--sheet", type=Path, help="also draw the pictures: PNG, JPEG or WebP")
    parser.set_defaults(surroundings=Surroundings())


@dataclass(frozen=True)
class Session:
    """What one run of the judge works with.

    Attributes:
        model: that is judged.
        settings: that it paints with.
        grid: which pictures.
        contents: of the grid.
        styles: of the grid.
        teacher: VGG-19, where its file is named.
        published: WCT's network, likewise.
        references: with the teacher.
        steps: of the optimised reference; 0 is none.
    """

    model: Model
    settings: Settings
    grid: Grid
    contents: list[Subject]
    styles: list[Subject]
    teacher: Encoder | None
    published: PublishedInverse | None
    references: References | None
    steps: int


def open_session(args: argparse.Namespace) -> Session:
    """Load and check everything before the work begins.

    Raises:
        ValueError: arguments that cannot be used.
        WeightsError: weights that cannot.
    """
    around: Surroundings = args.surroundings
    if args.weights:
        if args.encoder or args.inverse:
            raise ValueError("--weights stands for --encoder and --inverse: give one or the other")
        if len(args.weights) > 2:
            raise ValueError("--weights takes an encoder and an inverse network, no more")
        args.encoder, args.inverse = candidates.sorted_weights(args.weights)
    if (args.reference or args.optimised) and not args.teacher:
        raise ValueError("--reference and --optimised work in VGG-19's space: name it, --teacher")
    if args.sheet:
        check_target(args.sheet)
    if args.json and not args.json.absolute().parent.is_dir():
        raise ValueError(f"the folder of {args.json} does not exist: create it first")
    device = choose_device(args.device)
    settings = candidates.parse_settings(args.settings, around)
    for name in args.compare or ():
        if name not in VARIANTS:
            raise ValueError(f"there is no variant {name!r}: use {', '.join(VARIANTS)}")
    grid = GRIDS[args.grid]
    grid = replace(
        grid,
        contents=tuple(args.contents or grid.contents),
        styles=tuple(args.styles or grid.styles),
        side=args.size or grid.side,
    )
    contents = contents_of(grid.contents, grid.side)
    styles = styles_of(grid.styles, grid.side, around.gallery)
    for subjects in (contents, styles):
        known = [s.name for s in subjects]
        double = next((name for name in known if known.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"two pictures are named {double}: rename one of them")
    small = next((s for s in contents + styles if min(s.pixels.shape[2:]) < LEAST), None)
    if small is not None:
        raise ValueError(
            f"{small.name} is less than {LEAST} px high or wide: choose a larger --size"
        )
    model = candidates.load_model(args.model, args.folder, args.encoder, args.inverse, device)
    teacher = published = references = None
    if args.teacher:
        teacher = placed(load_encoder(args.teacher), device)
        if teacher.channels != model.encoder.channels:
            raise WeightsError(
                f"{args.teacher} has {teacher.channels} channels at relu3_1, the judged encoder "
                f"{model.encoder.channels}: it cannot be its teacher"
            )
        references = References(teacher, Store(args.cache), device)
    if args.reference:
        published = placed(load_published(args.reference), device)
        if teacher is not None and teacher.channels != published.WIDTHS[0]:
            raise WeightsError(f"{args.reference} takes {published.WIDTHS[0]} channels")
    return Session(
        model,
        settings,
        grid,
        contents,
        styles,
        teacher,
        published,
        references,
        args.optimised,
    )


def painters(session: Session) -> dict[str, pictures.Painter]:
    """The references' painters by name."""
    references, published, steps = session.references, session.published, session.steps
    found: dict[str, pictures.Painter] = {}
    if references is not None and steps:
        found[f"VGG + {steps} steps"] = lambda c, s: references.optimised(c, s, steps)
    if references is not None and published is not None:
        found["VGG + published"] = lambda c, s: references.read_back(c, s, published)
    return found


Painted = dict[str, dict[pictures.Pair, Tensor]]
Judged = dict[str, dict[pictures.Pair, pictures.Figures]]


def judge_pictures(
    session: Session, ways: dict[str, pictures.Painter]
) -> tuple[Painted, Judged, dict[str, pictures.Figures]]:
    """Paint the grid in several ways and measure it.

    Args:
        session: the grid and the teacher.
        ways: painters by name.

    Returns:
        By way: the pictures, the figures of each, and their means.
    """
    judge = pictures.Judge(session.teacher, session.model.device)
    subjects = session.contents, session.styles
    count = len(session.contents) * len(session.styles)
    painted: Painted = {}
    judged: Judged = {}
    for name, painter in ways.items():
        painted[name] = pictures.paint_grid(painter, *subjects, done=_counter(name, count))
        judged[name] = pictures.judge_grid(judge, painted[name], *subjects, painter)
    means = {name: pictures.mean(list(each.values())) for name, each in judged.items()}
    return painted, judged, means


def _counter(name: str, count: int) -> Callable[[], None]:
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        log.info("%s: picture %d of %d", name, done, count)

    return tell


def run(args: argparse.Namespace) -> int:
    """Print the figures, and write them and the pictures where that was asked."""
    torch.manual_seed(0)
    session = open_session(args)
    judge = evaluate if args.compare is None else compare
    figures, painted = judge(session, args)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    if args.sheet:
        contact_sheet(session, painted).save(args.sheet, quality=90)
    return 0


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _title(session: Session) -> str:
    return f"{len(session.contents)} x {len(session.styles)} at {session.grid.side} px"


def compare(session: Session, args: argparse.Namespace) -> tuple[dict[str, object], Painted]:
    """Judge several settings of the engine on the grid, beside the references."""
    names = args.compare or list(VARIANTS)
    settings = {
        name: candidates.parse_settings(VARIANTS[name].split(), args.surroundings) for name in names
    }
    if args.settings:
        settings[" ".join(args.settings)] = session.settings
    ways = painters(session)
    ways |= {name: pictures.EnginePainter(session.model, s) for name, s in settings.items()}
    painted, _, means = judge_pictures(session, ways)
    _out(tables.pictures_table(_title(session), means))
    _out(tables.LEGEND if session.teacher else WITHOUT_TEACHER)
    return {"means": {name: asdict(f) for name, f in means.items()}}, painted


def evaluate(session: Session, args: argparse.Namespace) -> tuple[dict[str, object], Painted]:
    """Judge one model: networks, pictures, gates."""
    model, teacher, published = session.model, session.teacher, session.published
    trips = [
        reading.round_trip(model, name, args.side, teacher, published) for name in reading.PICTURES
    ]
    _out(tables.reading_table(trips))
    swaps = [reading.swapped(model, *pair) for pair in reading.SWAPS]
    _out(tables.swapped_table(swaps))
    # A style more costs seconds here, not a minute of reference: all, also on a small grid.
    names = args.styles or GRIDS["full"].styles
    woven = styles_of(names, weave.SIDE, args.surroundings.gallery)
    weaves = [weave.weave(model, style) for style in woven]
    _out(tables.weave_table(weaves))
    faith: dict[str, float] = {}
    if teacher is not None:
        faith = fidelity(model.encoder, teacher, reading.encoder_crops().to(model.device))
        _out(tables.fidelity_table(faith))
    ours = pictures.EnginePainter(model, session.settings)
    ways: dict[str, pictures.Painter] = {OURS: ours, **painters(session)}
    painted, judged, means = judge_pictures(session, ways)
    each = {f"{c} in {s}": f for (c, s), f in judged[OURS].items()}
    rows = {**each, **{f"mean, {name}": f for name, f in means.items()}}
    _out(tables.pictures_table(_title(session), rows))
    kept = pictures.pasted_deviation(model, session.settings, session.contents, session.styles)
    _out(f"pasted activations keep {kept:.3f} of the style's standard deviation\n")
    _out(tables.LEGEND if teacher is not None else WITHOUT_TEACHER + "\n")
    best = means.get(f"VGG + {session.steps} steps")
    held = gates(trips, swaps, weaves, faith, means[OURS], best)
    _out(tables.gates_table(held))
    figures: dict[str, object] = {
        "round_trip": [asdict(t) for t in trips],
        "swapped": [asdict(s) for s in swaps],
        "weave": [asdict(w) for w in weaves],
        "encoder": faith,
        "pictures": {
            way: {f"{c} x {s}": asdict(f) for (c, s), f in each.items()}
            for way, each in judged.items()
        },
        "means": {name: asdict(f) for name, f in means.items()},
        "pasted_deviation": kept,
        "gates": [{**asdict(g), "met": g.met} for g in held],
    }
    return figures, painted


def contact_sheet(session: Session, painted: Painted) -> Image.Image:
    """Contents above, and for each style a row for every way in which it was painted."""
    first = [Labelled(""), *(Labelled(c.name, _image(c.pixels)) for c in session.contents)]
    rows: list[Sequence[Labelled]] = [first]
    for style in session.styles:
        for i, (way, grid) in enumerate(painted.items()):
            shown = Labelled(style.name, _image(style.pixels)) if i == 0 else Labelled("")
            cells = (
                Labelled(f"{c.name}: {way}", _image(grid[c.name, style.name]))
                for c in session.contents
            )
            rows.append([shown, *cells])
    side = session.grid.side
    return labelled_sheet(rows, (side, side))


def _image(picture: Tensor) -> Image.Image:
    values = (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return Image.fromarray(np.asarray(values.cpu()))
