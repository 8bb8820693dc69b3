"""The filter: what it asks for, and what it does with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argument_order import split
from errors import FilterError
from gimpfu_compat import (
    GONE,
    PF_DRAWABLE,
    PF_FLOAT,
    PF_INT,
    PF_OPTION,
    PF_STRING,
    PF_TOGGLE,
    Kind,
    Param,
    Values,
    open_ui,
)

# Standard library only. Where the copy of the client is broken, the menu entry has to appear all
# the same, and say so.
_broken: Exception | None = None
try:
    from styleswap_vendor.styleswap.editing import second_style, words
    from styleswap_vendor.styleswap.v1.controls import CONTROLS, Control
except Exception as error:  # noqa: BLE001
    _broken = error

NAME = "plug-in-style-swap"
"""In the PDB; never changes."""
DEFAULT_STYLE = "builtin/woodcut"
OUTPUTS = ("new-layer", "in-place", "new-image")
"""Where the result goes."""

_KINDS: dict[str, Kind] = {
    "float": PF_FLOAT,
    "int": PF_INT,
    "bool": PF_TOGGLE,
    "choice": PF_OPTION,
    "text": PF_STRING,
}


def translate(folder: Path) -> None:
    """Has all texts translated with the catalogues of a folder; English where there are none."""
    if _broken is None:
        from gi.repository import GLib

        # It also knows where Windows keeps the language.
        words.install(folder, GLib.get_language_names())


def _(text: str) -> str:
    return text if _broken else words._(text)


def declaration() -> dict[str, Any]:
    """Returns what `gimpfu_compat.register` takes, but for the functions."""
    return {
        "blurb": _("Paints the picture in the style of another picture"),
        "help": _(
            "Takes the selected layers apart into patches, and puts each one together anew from "
            "the patches of a style: a painting of the library, an image file or another layer. "
            "Works with the Style Swap daemon of this computer, which is started when it does "
            "not run."
        ),
        "author": "Style Swap",
        "copyright": "Style Swap, Apache-2.0",
        "date": "2026",
        "label": _("St_yle Swap..."),
        "imagetypes": "RGB*, GRAY*, INDEXED*",
        "menu": "<Image>/Filters/Artistic",
        "params": _params(),
    }


def _params() -> list[Param]:
    """Returns the parameters in the order of the PDB, which is for ever: new ones go to the end."""
    params = [
        Param(
            PF_STRING,
            "style",
            _("Style"),
            _("Id or name of a style of the library, or path of an image file"),
            DEFAULT_STYLE,
        ),
        Param(
            PF_DRAWABLE,
            "style_drawable",
            _("Style layer"),
            _("A layer of any open image as the style, instead of the other argument"),
            validate=_style_drawable,
        ),
        Param(
            PF_OPTION,
            "output",
            _("Output"),
            _("Where the result goes") + f" ({_one_of(OUTPUTS)})",
            OUTPUTS[0],
            _output,
        ),
    ]
    if _broken:
        return params
    first, later = split(CONTROLS)
    return [*params, *map(_param, first), *_second_params(), *map(_param, later)]


def _second_params() -> list[Param]:
    share = second_style.SHARE
    return [
        Param(
            PF_STRING,
            second_style.STYLE,
            _("Second style"),
            _("Id or name of a style of the library, or path of an image file, that is mixed in"),
            "",
        ),
        Param(
            _KINDS[share.kind],
            share.name,
            second_style.share_text().label,
            f"{second_style.share_text().help} ({share.allowed()})",
            share.default,
            share.validate,
        ),
    ]


def _param(control: Control) -> Param:
    text = words.control_text(control)
    return Param(
        _KINDS[control.kind],
        control.name,
        text.label,
        f"{text.help} ({control.allowed()})",
        control.default,
        control.validate,
    )


def _one_of(nicks: Sequence[str]) -> str:
    return "one of " + ", ".join(nicks)


def _output(value: Any) -> Any:
    if value not in OUTPUTS:
        raise ValueError(f"output = {value!r}: must be {_one_of(OUTPUTS)}.")
    return value


def _style_drawable(value: Any) -> Any:
    if value is GONE:
        raise ValueError(
            _("The layer that was the style is no longer there; choose a style in the dialog.")
        )
    return value


def ask(image: Any, drawables: Sequence[Any], values: Values) -> Values | None:
    """Shows the dialog; returns what the user chose there, None where nothing.

    Raises:
        FilterError: there is nothing to paint, or no window to ask in.
        StyleSwapError: no daemon can be had.
    """
    _require_complete()
    try:
        prepare = open_ui(NAME)
    except RuntimeError as error:
        raise FilterError(
            f"{error}, so nobody can be asked; call {NAME} with run-mode RUN-NONINTERACTIVE."
        ) from error
    import dialog
    from gi.repository import Gimp
    from opened import subject_of
    from painting import connect

    _require_drawables(drawables)
    subject = subject_of(image, drawables)
    last = values["style_drawable"]
    number = None if last in (None, GONE) else last.get_id()
    known = number in {picture.key for picture in subject.pictures}
    start = {**values, "style_drawable": number if known else None}
    chosen = dialog.ask(subject, start, connect, prepare)
    if chosen is None:
        return None
    # With a layer, the style's text is empty: the last values of an earlier session must not be
    # taken for another style.
    number = chosen["style_drawable"]
    layer = None if number is None else Gimp.Drawable.get_by_id(number) or GONE
    return {**chosen, "style_drawable": layer}


def run(image: Any, drawables: Sequence[Any], values: Values, interactive: bool) -> Sequence[Any]:
    """Paints the drawables and puts the results where `output` says; returns their drawables.

    All that can fail comes first; then the image changes in one step of its history.

    Raises:
        FilterError: there is nothing to paint, or nothing to paint it with.
        StyleSwapError: the daemon refuses, fails, or cannot be had.
        ControlError: two settings contradict each other.
    """
    _require_complete()
    from gi.repository import Gimp
    from painting import Bar, choose, connect, of_layer, paint_all
    from pixels import open_sources
    from placing import check_output, place
    from styleswap_vendor.styleswap.editing.remembered import Remembered
    from styleswap_vendor.styleswap.editing.second_style import mixed, mixed_name, second_in
    from styleswap_vendor.styleswap.v1.counting import effective
    from styleswap_vendor.styleswap.v1.settings import complete

    settings = complete({control.name: values[control.name] for control in CONTROLS})
    # Who sees in the dialog what does not count need not be told; who writes a script is.
    sent = effective(settings) if interactive else settings
    layer, text = values["style_drawable"], values["style"]
    if layer is None and not (text and text.strip()):
        raise FilterError(_("No style is given: choose one of the library, a file or a layer."))
    _require_drawables(drawables)
    if layer is not None and layer.get_id() in {each.get_id() for each in drawables}:
        raise FilterError(
            _("{layer} cannot be painted in its own style; choose another style.").format(
                layer=layer.get_name()
            )
        )
    check_output(drawables, values["output"])
    sources = open_sources(image, drawables)
    own = None if layer is None else of_layer(layer)
    second = second_in(values)
    bar = Bar()
    try:
        with connect(bar.say) as daemon:
            chosen = own or choose(daemon, text)
            other = None if second is None else choose(daemon, second.style)
            style = mixed(chosen.style, second, lambda _text: other and other.style)
            painted = paint_all(daemon, sources, style, sent, bar)
        name = mixed_name(chosen.name, other.name if other else "")
        results = place(image, painted.results, values["output"], name, interactive=interactive)
    finally:
        bar.end()
    Gimp.displays_flush()
    if painted.notices:
        Gimp.message("\n".join(painted.notices))
    if interactive and chosen.text:
        Remembered().used(chosen.text)
    return results


def _require_drawables(drawables: Sequence[Any]) -> None:
    if not drawables:
        raise FilterError(_("No layer is selected; select the one to paint."))


def _require_complete() -> None:
    if _broken is not None:
        raise FilterError(
            f"The plug-in in {Path(__file__).parent} is incomplete ({_broken}). "
            "Open a terminal and run: styleswap install gimp"
        )
