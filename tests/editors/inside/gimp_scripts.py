"""Runs in GIMP's python-fu-eval, with or without a window: executes what the test sends.

Scripts find `Gimp`, `Gegl`, `Gio`, `GLib`, `GObject`, `call`, and `kept`, a list that
lasts.
"""

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
import listening  # noqa: E402
from gi.repository import Gegl, Gimp, Gio, GLib, GObject  # noqa: E402


def call(procedure: str, **values: object) -> list[object]:
    """Run a procedure of GIMP's; `_` in names of arguments stands for `-`.

    Returns:
        Its values. The run mode is non-interactive unless `run_mode` is given.

    Raises:
        RuntimeError: with GIMP's message, when it does not end with success.
    """
    found = Gimp.get_pdb().lookup_procedure(procedure)
    if found is None:
        raise RuntimeError(f"GIMP has no procedure {procedure}; see its log")
    config = found.create_config()
    for name, value in values.items():
        if isinstance(value, list | tuple):
            config.set_core_object_array(name.replace("_", "-"), value)
        else:
            config.set_property(name.replace("_", "-"), value)
    result = found.run(config)
    status = result.index(0)
    if status != Gimp.PDBStatusType.SUCCESS:
        message = Gimp.get_pdb().get_last_error()
        raise RuntimeError(f"{procedure}: {status.value_nick}: {message}")
    return [result.index(position) for position in range(1, result.length())]


def listen(path: str, keep: bool) -> None:
    """Run scripts from the socket at `path`; unless `keep`, a script's images end with it."""

    def after() -> None:
        Gimp.context_set_defaults()
        if not keep:
            for image in Gimp.get_images():
                image.delete()
        Gimp.displays_flush()

    names = {"Gegl": Gegl, "Gimp": Gimp, "Gio": Gio, "GLib": GLib, "GObject": GObject}
    names |= {"call": call, "kept": []}
    listening.serve(path, names, after)
