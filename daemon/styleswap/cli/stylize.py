"""`styleswap stylize`: paint pictures."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

from .commands import Parser, add_command
from .flags import add_control_flags, given_settings, idle_notes
from .mixing import Recipe, add_mixing_flags, read_recipe
from .outcome import CommandError, ExitCode, outcome
from .progress import EngineWait, ProgressBar
from .signals import Interrupted, interruption
from .streams import complain, say
from .style_files import open_style

if TYPE_CHECKING:
    from styleswap.client import Daemon, Progress, Report, Result
    from styleswap.files import Pixels

    from .inputs import Assignment

_SAMPLES = ("astronaut", "chelsea", "coffee", "rocket")
_SUFFIXES = {"png": ".png", "jpg": ".jpg", "webp": ".webp", "tif": ".tif"}
_STAGES = (
    "reading", "queued", "loading", "encoding", "matching", "painting", "refining", "transfer",
    "writing",
)  # fmt: skip

_LEAST_WAIT = 0.1
"""Seconds between two tries for a place in the queue, at the least."""

_EPILOG = """\
STYLE is an id ("builtin/woodcut"), a name of the library or how it begins, or an image file.

examples:
  styleswap stylize photo.jpg builtin/woodcut -o painted.png
  styleswap stylize photo.jpg painting.jpg -o painted.tif --strength 0.7
  styleswap stylize holiday/ Marbling -o painted/ --colours content
  styleswap stylize photo.jpg Mosaic -o mixed.png --mix Woodcut 0.5
"""


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommand."""
    parser = add_command(
        commands,
        "stylize",
        run,
        "Paint pictures in a style",
        usage="%(prog)s [options] CONTENT... STYLE -o OUT",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="CONTENT... STYLE",
        help="image files, folders or patterns to paint; the style comes last",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="the result: a PNG, JPEG, WebP or TIFF file, or a folder",
    )
    parser.add_argument(
        "--sample",
        choices=_SAMPLES,
        help="paint a photo that comes with the program, instead of CONTENT",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--format",
        choices=sorted(_SUFFIXES),
        help="of results in a folder (default: each picture's own)",
    )
    parser.add_argument(
        "--quality",
        type=_quality,
        default=92,
        metavar="1..100",
        help="of JPEG and WebP; WebP with 100 is lossless (default: 92)",
    )
    parser.add_argument(
        "--preview", action="store_true", help="stop after the coarsest pass: small and quick"
    )
    parser.add_argument("--times", action="store_true", help="print how long each stage took")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="give a picture up after this time"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_mixing_flags(parser)
    add_control_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Paints; see `ExitCode`."""
    from styleswap.client import connect
    from styleswap.client.launch import START_SECONDS
    from styleswap.files import get_ready
    from styleswap.v1.counting import effective
    from styleswap.v1.settings import complete

    get_ready()
    jobs, style = _jobs(arguments)
    settings = given_settings(arguments)
    complete(settings)  # contradictions are found before any work
    idle, settings = idle_notes(settings), effective(settings)
    several = len(jobs) > 1
    if not several:
        _check_place(jobs[0], arguments.overwrite)
    note = _no_note if arguments.quiet else _note
    for sentence in idle:  # now: it may be minutes until a picture is there
        note(sentence)
    recipe = read_recipe(arguments, style, lambda name: open_style(name, note))
    shown = False if arguments.quiet else None
    with ProgressBar("styleswap", shown=shown) as starting:
        starting.stage("starting")
        daemon = connect(message=starting.message, timeout=arguments.timeout or START_SECONDS)
    failures: list[str] = []
    with daemon:
        for number, job in enumerate(jobs, 1):
            label = f"[{number}/{len(jobs)}] {job.content.name}" if several else job.content.name
            try:
                _paint(daemon, job, recipe, settings, arguments, label)
            except Interrupted:
                if several:
                    done = number - 1 - len(failures)
                    complain(f"{done} of {len(jobs)} pictures were painted before the end.")
                raise
            except Exception as error:
                expected = outcome(error)
                fatal = expected is None or expected[1] is ExitCode.NO_DAEMON
                if not several or fatal or arguments.debug:
                    raise
                assert expected is not None
                complain(expected[0])
                failures.append(str(job.content))
    if failures:
        listed = ", ".join(failures)
        complain(f"{len(failures)} of {len(jobs)} pictures were not painted: {listed}.")
        return ExitCode.FAILED
    return ExitCode.OK


def _jobs(arguments: argparse.Namespace) -> "tuple[Sequence[Assignment], str]":
    from .inputs import plan, plan_sample

    *contents, style = arguments.pictures or [""]
    if not style:
        raise CommandError("Name the pictures and, last, the style; see styleswap stylize --help.")
    if arguments.sample:
        if contents:
            raise CommandError(
                f"With --sample, only the style is named; leave {contents[0]!r} away."
            )
        return plan_sample(arguments.sample, arguments.output), style
    if not contents:
        raise CommandError(
            f"Only {style!r} was named; a picture and a style are needed, the style last. "
            "styleswap styles list shows those of the library."
        )
    return plan(contents, arguments.output, _SUFFIXES.get(arguments.format, "")), style


def _check_place(job: "Assignment", overwrite: bool) -> None:
    """Refuses a place for the result that cannot be written, before any work."""
    from styleswap.files import check_output

    same = not job.sample and job.output.exists() and job.output.samefile(job.content)
    if same and not overwrite:
        raise CommandError(
            f"{str(job.output)!r} is the picture itself; choose another name for the result, "
            "or replace it with --overwrite."
        )
    check_output(job.output, overwrite=overwrite)


def _paint(
    daemon: "Daemon",
    job: "Assignment",
    recipe: Recipe,
    settings: "dict[str, Any]",
    arguments: argparse.Namespace,
    label: str,
) -> None:
    from styleswap.client import PictureFormat
    from styleswap.files import decode, write

    from .samples import sample_photo

    started = time.monotonic()
    _check_place(job, arguments.overwrite)
    with ProgressBar(label, shown=False if arguments.quiet else None) as bar:
        bar.stage("reading")
        pixels = sample_photo(str(job.content)) if job.sample else decode(job.content)
        styles = recipe.styles(pixels.format.width, pixels.format.height, job.content.name)
        content = PictureFormat(*astuple(pixels.format)).picture(pixels.data)
        sent = time.monotonic()
        wait = EngineWait()

        def told(progress: "Progress") -> None:
            wait.update(progress)
            bar.update(progress)

        def paint(timeout: float | None) -> "Result":
            return daemon.paint(
                content,
                styles,
                progress=told,
                timeout=timeout,
                coarse_only=arguments.preview,
                **settings,
            )

        result = _in_turn(paint, arguments, bar)
        bar.stage("writing")
        received = time.monotonic()
        painted = _with_picture(pixels, result.picture)
        with interruption.shielded():
            lost = write(
                painted, job.output, quality=arguments.quality, overwrite=arguments.overwrite
            )
        ended = time.monotonic()
    if arguments.quiet:
        return
    for notice in (*pixels.notices, *result.report.notices, *lost):
        _note(notice)
    say(str(job.output))
    if arguments.times:
        times = {"reading": sent - started, **result.report.seconds, "writing": ended - received}
        times["loading"] = times.get("loading", 0.0) + wait.seconds
        times["transfer"] = max(0.0, ended - started - sum(times.values()))
        _print_times(painted, result.report, times, ended - started)


def _in_turn(
    paint: "Callable[[float | None], Result]", arguments: argparse.Namespace, bar: ProgressBar
) -> "Result":
    """Paints; where too many wait already, tries again when the daemon says, and says so once."""
    from styleswap.client import QueueFull

    deadline = None if arguments.timeout is None else time.monotonic() + arguments.timeout
    told = arguments.quiet
    while True:
        left = None if deadline is None else max(0.001, deadline - time.monotonic())
        try:
            return paint(left)
        except QueueFull as full:
            if left is not None and left <= full.retry_after:
                raise
            if not told:
                complain("The daemon's queue is full; waiting for a place ...")
                told = True
            bar.stage("waiting")
            time.sleep(max(full.retry_after, _LEAST_WAIT))


def _with_picture(pixels: "Pixels", picture: Any) -> "Pixels":
    """The result with the file's profile; the resolution too where the size is the same."""
    form = pixels.format.sized(picture.height, picture.width)
    resolution = pixels.resolution if form == pixels.format else None
    return replace(pixels, format=form, data=picture.data, resolution=resolution)


def _print_times(
    painted: "Pixels", report: "Report", times: dict[str, float], total: float
) -> None:
    form = painted.format
    print(
        f"  {form.width} x {form.height} pixels, {form.layout} {form.depth}; "
        f"{report.device}, {report.threads} threads, model {report.model}"
    )
    for stage in _STAGES:
        seconds = times.get(stage, 0.0)
        if seconds or stage != "refining":  # most pictures are not refined
            print(f"  {stage:<9}{seconds:8.2f} s")
    print(f"  {'total':<9}{total:8.2f} s", flush=True)


def _note(sentence: str) -> None:
    complain(f"note: {sentence}")


def _no_note(sentence: str) -> None:
    """What is not to be told."""


def _quality(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r}: must be an integer from 1 to 100")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number of seconds above 0")
    return seconds
