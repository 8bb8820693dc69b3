"""Photos that scikit-image carries in its wheel, to try a style without one's own."""

from pathlib import Path

from styleswap.files import Pixels, decode

from .outcome import CommandError

# rocket.jpg and its like lie beside scikit-image's code; nothing is downloaded.
SAMPLES = {
    "astronaut": "astronaut.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
}


def sample_photo(name: str) -> Pixels:
    """The photo of that name; see `SAMPLES`."""
    import importlib.util

    # Looked up, not imported: scikit-image brings in SciPy, which takes a while.
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise CommandError("The sample photos are missing: pip install scikit-image.")
    return decode(Path(found.origin).parent / "data" / SAMPLES[name])
