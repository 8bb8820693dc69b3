"""Put trained weights in half precision, as they are embedded in the program.

The encoder goes first, since rounding changes its hash: the inverse network is then trained on the
rounded encoder, and its own rounding changes nothing that depends on it.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from torch import Tensor

from styleswap.engine.networks.encoder import LAYERS
from styleswap.training import checkpoint
from styleswap.weights import (
    EMBEDDED,
    ENCODER_KEY,
    encoder_fingerprint,
    read_tensors,
)

NORMALISATION = ("mean", "std")
"""Kept in single precision: they shift every pixel."""

ENCODER_PARTS = (*LAYERS, *NORMALISATION)
"""What an encoder consists of; a checkpoint holds more, to go on from."""

log = logging.getLogger(__name__)


def embed(source: Path, target: Path) -> None:
    """Round a checkpoint to half precision, with its recipe.

    Args:
        source: of `styleswap train encoder` or `styleswap train inverse`.
        target: the file to write.
    """
    tensors, recipe = checkpoint.load(source)
    _, metadata = read_tensors(source)
    if recipe.get("kind") == "encoder":
        # An inverse network that was trained along names the encoder of before.
        before = encoder_fingerprint(checkpoint.load_encoder(source))
        recipe = {**recipe, checkpoint.ROUNDED_FROM: before}
        tensors = {k: v for k, v in tensors.items() if k.split(".")[0] in ENCODER_PARTS}
    halves: dict[str, Tensor] = {
        k: v.float() if k in NORMALISATION else v.half() for k, v in tensors.items()
    }
    checkpoint.save(target, halves, recipe, encoder_sha256=metadata.get(ENCODER_KEY, ""))
    log.info("%s: %.2f MB", target, target.stat().st_size / 1e6)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap train embed`."""
    parser.add_argument("source", type=Path, help="checkpoint to round")
    parser.add_argument(
        "--out", type=Path, default=EMBEDDED, help="folder, or .safetensors file, to write to"
    )


def run(args: argparse.Namespace) -> int:
    """Write the file, or ``encoder.safetensors`` or ``inverse.safetensors`` into the folder."""
    _, recipe = checkpoint.load(args.source)
    file = args.out.suffix == ".safetensors"
    embed(args.source, args.out if file else args.out / f"{recipe['kind']}.safetensors")
    return 0
