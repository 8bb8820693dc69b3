"""A folder that keeps pictures that take long, by the hash of all that decides them."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

log = logging.getLogger(__name__)

Ingredients = Mapping[str, str | int | float]
"""What decides a picture, by name."""


def quantised(picture: Tensor) -> Tensor:
    """A picture with the values that an 8-bit file holds: steps of 1/255 in [0, 1]."""
    return (picture.clamp(0, 1) * 255).round() / 255


def pixels_hash(picture: Tensor) -> str:
    """SHA-256 of a picture's shape and its values in steps of 1/255."""
    values = (picture.clamp(0, 1) * 255).round().byte().cpu().contiguous()
    digest = hashlib.sha256(str(tuple(values.shape)).encode())
    digest.update(values.numpy().tobytes())
    return digest.hexdigest()


class Store:
    """Pictures in a folder; without one, nothing is kept.

    A file is written beside its place and renamed, so an interruption leaves the old state. What
    cannot be read, or is not what was written, is computed again.

    Args:
        folder: made where it is missing; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def path(self, ingredients: Ingredients) -> Path | None:
        """Where a picture lies."""
        if self.folder is None:
            return None
        text = json.dumps(dict(ingredients), sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.safetensors"

    def get(self, ingredients: Ingredients, compute: Callable[[], Tensor]) -> Tensor:
        """What is kept, or what `compute` gives, which is then kept.

        Args:
            ingredients: all that decides the picture.
            compute: gives it: (1, 3, H, W) in [0, 1].

        Returns:
            (1, 3, H, W) in steps of 1/255: as an 8-bit file holds it, kept or not.

        Raises:
            OSError: the folder cannot be written to.
        """
        path = self.path(ingredients)
        if path is None:
            return quantised(compute())
        kept = _read(path)
        if kept is None:
            kept = quantised(compute())
            _write(path, kept, ingredients)
        return kept


def _read(path: Path) -> Tensor | None:
    try:
        with safe_open(path, "pt") as file:
            pixels = file.get_tensor("pixels")
            wanted = (file.metadata() or {}).get("sha256")
    except FileNotFoundError:
        return None
    except (SafetensorError, OSError) as error:
        log.warning("%s is broken (%s) and computed again", path, error)
        return None
    picture = pixels.float() / 255
    if pixels.dtype != torch.uint8 or pixels_hash(picture) != wanted:
        log.warning("%s is damaged and computed again", path)
        return None
    return picture


def _write(path: Path, picture: Tensor, ingredients: Ingredients) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for every process: several may fill the same folder.
    descriptor, name = tempfile.mkstemp(".part", path.stem, path.parent)
    os.close(descriptor)
    fresh = Path(name)
    try:
        pixels = (picture * 255).round().byte().cpu().contiguous()
        metadata = {"sha256": pixels_hash(picture), "of": json.dumps(dict(ingredients))}
        save_file({"pixels": pixels}, fresh, metadata=metadata)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
