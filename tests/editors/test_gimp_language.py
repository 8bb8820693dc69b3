"""The filter in the user's language, as GIMP hands it to its plug-ins."""

from __future__ import annotations

import pytest

from .gimp_program import Gimp

pytestmark = pytest.mark.editors

REFUSED = """
image = Gimp.Image.new(8, 8, Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "Layer", 8, 8, Gimp.ImageType.RGBA_IMAGE, 100,
                       Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-swap")
config = procedure.create_config()
config.set_property("image", image)
config.set_core_object_array("drawables", [layer])
config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
procedure.run(config)
answer = Gimp.get_pdb().get_last_error(), procedure.get_blurb()
"""


def test_errors_and_descriptions_follow_the_language(gimp: Gimp) -> None:
    """The layer is empty, which the filter says before it looks for a daemon."""
    told = {}
    for language in ("de", "en"):
        with gimp.another_console(LANGUAGE=language) as console:
            told[language] = console.run(REFUSED)
    assert told["en"] == [
        (
            "Layer is fully transparent here, there is nothing to paint; choose another layer or "
            "selection."
        ),
        "Paints the picture in the style of another picture",
    ]
    assert told["de"] == [
        (
            "Layer ist hier völlig durchsichtig, da gibt es nichts zu malen; "
            "wählen Sie eine andere Ebene oder Auswahl."
        ),
        "Malt das Bild im Stil eines anderen Bildes",
    ]
