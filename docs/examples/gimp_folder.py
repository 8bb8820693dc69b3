"""Paints every picture of a folder with GIMP, without a window.

    gimp-console -i --quit --batch-interpreter=python-fu-eval \
        -b "exec(open('gimp_folder.py').read()); paint('photos', 'painted', 'builtin/woodcut')"

The folder `painted` then holds a PNG for each picture of the folder `photos`. A picture that cannot
be painted is skipped, with a sentence on why; the names of those that were painted are returned.
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio  # noqa: E402


def run(name, **arguments):
    """Runs a procedure of GIMP; raises RuntimeError with its sentence where it fails."""
    pdb = Gimp.get_pdb()
    procedure = pdb.lookup_procedure(name)
    if procedure is None:
        raise RuntimeError(f"GIMP has no {name}. Open a terminal and run: styleswap doctor gimp")
    config = procedure.create_config()
    for argument, value in arguments.items():
        if isinstance(value, list):
            config.set_core_object_array(argument.replace("_", "-"), value)
        else:
            config.set_property(argument.replace("_", "-"), value)
    result = procedure.run(config)
    if result.index(0) != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(result.index(1) if result.length() > 1 else pdb.get_last_error())


def paint(photos, painted, style, **controls):
    """Paints the pictures of a folder.

    Args:
        photos: the folder with the pictures.
        painted: the folder for the results; made where it does not exist.
        style: id or name of a style of the library, or the absolute path of an image file.
        controls: such as strength=0.8, style_scale=2.0, colours="content"; all that the procedure
            browser shows for plug-in-style-swap.
    """
    target = Path(painted)
    target.mkdir(parents=True, exist_ok=True)
    done = []
    for path in sorted(Path(photos).iterdir()):
        image = None
        try:
            image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(path)))
            if image is None:
                raise RuntimeError("GIMP cannot read this file.")
            layer = image.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
            run(
                "plug-in-style-swap",
                image=image,
                drawables=[layer],
                style=style,
                output="in-place",
                **controls,
            )
            result = target / f"{path.stem}.png"
            Gimp.file_save(
                Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(result)), None
            )
        except Exception as error:  # noqa: BLE001 - the other pictures can be painted
            print(f"{path}: {error}", file=sys.stderr)
        else:
            done.append(result.name)
        finally:
            if image is not None:
                image.delete()
    return done
