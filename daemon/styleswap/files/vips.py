"""The library libvips, restricted to the loaders whose input may be untrusted."""

import pyvips

_LOADERS = ("Png", "Jpeg", "Webp", "Tiff", "Nsgif", "Heif")


def _restrict() -> None:
    """Blocks every loader but the ones for the formats that `read` takes."""
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    # The cache would keep decoded pictures of gigabytes alive, and serve changed files from memory.
    pyvips.cache_set_max(0)


_restrict()

Image = pyvips.Image
Source = pyvips.Source
TargetCustom = pyvips.TargetCustom
Error = pyvips.Error


def blob_type() -> int:
    """The GType of metadata that is bytes."""
    return int(pyvips.GValue.blob_type)
