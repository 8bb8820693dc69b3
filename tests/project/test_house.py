"""What rooms import from outside of the house; who may enter whom is import-linter's, in
`make check`.
"""

import importlib.util
import sys
from pathlib import Path

import grimp

# What a room is for. import-linter only knows what is forbidden.
ALLOWED = {
    "engine": {"torch"},
    "devices": {"torch"},
    "weights": {"torch", "torchvision", "safetensors"},
    "client": {"grpclib", "google", "h2", "hyperframe"},
    "atomic": set(),
    "locks": set(),
    "pixel_format": set(),
    "private": set(),
    "runtime": set(),
    "v1.control": set(),
    "v1.controls": set(),
    "v1.counting": set(),
    "v1.pictures": {"google"},
    "v1.settings": {"google"},
}


def test_a_room_imports_from_outside_only_what_it_is_for():
    graph = grimp.build_graph("styleswap", include_external_packages=True, cache_dir=None)
    for room, allowed in ALLOWED.items():
        modules = {f"styleswap.{room}"} | graph.find_descendants(f"styleswap.{room}")
        imported = set().union(*(graph.find_modules_directly_imported_by(name) for name in modules))
        outside = {name.split(".")[0] for name in imported} - {"styleswap"}
        assert imported, room
        assert outside - set(sys.stdlib_module_names) <= allowed, room


def test_the_house_is_drawn_as_it_is():
    path = Path(__file__).parents[2] / "docs" / "house_drawing.py"
    spec = importlib.util.spec_from_file_location("house_drawing", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.PAGE.read_text()
    assert module.drawn(text) == text, "run: python docs/house_drawing.py"
    assert text.count(" --> ") > 20
