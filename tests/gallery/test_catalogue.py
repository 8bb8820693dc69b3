"""What programs that use the gallery rely on: ids, files, and an import that costs nothing."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from styleswap import gallery

# Ids are stored in users' scripts and documents. Add to this list; never change or remove.
PERMANENT_IDS = [
    "builtin/windswept",
    "builtin/woodcut",
    "builtin/stained-glass",
    "builtin/mosaic",
    "builtin/pointillism",
    "builtin/palette-knife",
    "builtin/indigo-waves",
    "builtin/marbling",
    "builtin/watercolour",
    "builtin/contours",
    "builtin/halftone",
    "builtin/charcoal",
    "builtin/gouache",
    "builtin/ink-wash",
    "builtin/pastel",
    "builtin/impasto",
    "builtin/art-deco",
    "builtin/linocut",
    "builtin/embroidery",
    "builtin/risograph",
]


def test_ids_are_the_permanent_ones() -> None:
    assert [style.id for style in gallery.styles()] == PERMANENT_IDS


def test_names_and_descriptions_are_distinct_and_present() -> None:
    names = [style.name for style in gallery.styles()]
    descriptions = [style.description for style in gallery.styles()]
    assert len(set(names)) == len(set(descriptions)) == len(PERMANENT_IDS)
    assert all(name.strip() == name and name for name in names)
    assert all(text.endswith(".") and len(text) > 20 for text in descriptions)


def test_pictures_open() -> None:
    for style_id in PERMANENT_IDS:
        data = gallery.picture_bytes(style_id)
        assert data == gallery.style(style_id).path.read_bytes(), style_id
        assert len(data) < 900 * 1024, style_id
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert picture.mode == "RGB", style_id
            assert 640 <= min(picture.size) <= max(picture.size) <= 1024, style_id


def test_every_file_belongs_to_a_style() -> None:
    folder = gallery.styles()[0].path.parent
    assert sorted(folder.iterdir()) == sorted(style.path for style in gallery.styles())


def test_unknown_style_names_the_known_ones() -> None:
    with pytest.raises(LookupError, match="builtin/woodcut"):
        gallery.picture_bytes("builtin/nonsense")


def test_import_needs_no_numpy_and_no_pillow() -> None:
    program = (
        "import sys, styleswap.gallery as g; g.picture_bytes('builtin/woodcut');"
        "print(sorted({'numpy', 'PIL', 'scipy', 'skimage', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"
