"""What rooms import from outside of the house; who may enter whom is import-linter's, in
`make check`.
"""

import sys

import grimp

# What a room is for. import-linter only knows what is forbidden.
ALLOWED = {
    "engine": {"torch", "torchvision", "safetensors"},
    "client": {"grpclib", "google", "h2", "hyperframe"},
    "atomic": set(),
    "locks": set(),
    "pixel_format": set(),
    "private": set(),
    "runtime": set(),
    "v1.control": set(),
    "v1.controls": set(),
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
