"""One damaged picture is read: a picture or a `FileError` of a documented reason, nothing else."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pyvips

from styleswap import files
from styleswap.pixel_format import VALUE_BYTES

from .damage import Case, case
from .expected_codes import PICTURE_REASONS
from .worker import Attempt

NAME = "damaged pictures"
DEEP = "got as far as the pixels"
OUTCOMES = ("picture", *sorted(PICTURE_REASONS))

PIXEL_LIMIT = 1 << 22
"""More are refused: a case's head may say anything up to there."""


def prepare(folder: Path) -> Callable[[int, int], Attempt]:
    """Returns what tries the case of a seed and a number."""
    return attempt


def attempt(seed: int, number: int) -> Attempt:
    """Reads one damaged picture."""
    trial = case(seed, number)
    try:
        pixels = files.read(trial.data, pixel_limit=PIXEL_LIMIT)
    except files.FileError as error:
        message = str(error)
        finding = ""
        if error.reason not in PICTURE_REASONS:
            return Attempt("", finding=f"reason {error.reason}")
        if not message.endswith(".") or "\n" in message or "vips" in message:
            finding = f"message {message!r}"
        return Attempt(error.reason, _opens(trial, error.reason), finding)
    return Attempt("picture", True, _wrong(pixels))


def _wrong(pixels: files.Pixels) -> str:
    """What is wrong with a picture; "" for nothing."""
    form, present = pixels.format, memoryview(pixels.data).nbytes
    if form.width * form.height > PIXEL_LIMIT:
        return f"{form.width} x {form.height} pixels"
    values = form.width * form.height * form.channels
    if present != values * VALUE_BYTES[form.depth]:
        return f"{present} bytes for {values} values"
    if not all(notice.endswith(".") and "\n" not in notice for notice in pixels.notices):
        return f"notices {pixels.notices}"
    return ""


def _opens(trial: Case, reason: str) -> bool:
    """Whether a file that was refused has a head that libvips takes: its pixels are at fault."""
    if reason not in ("DAMAGED_IMAGE", "TRUNCATED_IMAGE"):
        return False
    with contextlib.suppress(pyvips.Error, UnicodeDecodeError):
        image = pyvips.Image.new_from_buffer(trial.data, "")
        return bool(image.width * image.height <= PIXEL_LIMIT and image.bands <= 8)
    return False
