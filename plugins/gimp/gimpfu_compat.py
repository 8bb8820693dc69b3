"""Declares a filter in the terms of GIMP 2's gimpfu, and runs it in GIMP 3.0 and 3.2.

    register(
        "plug-in-fog",
        ...,
        params=[Param(PF_FLOAT, "density", "Density", "0 to 1", 0.5, check)],
        function=fog,
        menu="<Image>/Filters/Decor",
    )
    main()

The filter is a function of an image, its selected drawables and a dict of values; procedures, run
modes, configurations and statuses stay in here.

Where a script gives a value that GIMP finds out of range, GIMP takes the default and tells nobody.
So numbers are registered without a range and with lax validation (which lets NaN through), choices
as texts, and integers as floating-point numbers (3.5 would become 3): `Param.validate` judges.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402

Kind = Literal["string", "int", "float", "toggle", "option", "drawable"]
PF_STRING: Final = "string"
PF_INT: Final = "int"
PF_FLOAT: Final = "float"
PF_TOGGLE: Final = "toggle"
PF_OPTION: Final = "option"
PF_DRAWABLE: Final = "drawable"

Values = dict[str, Any]
"""Values by the parameters' names: str (None from some scripts), int, float, bool, a nick, and
for a drawable a `Gimp.Drawable`, None or `GONE`."""

GONE: Final = object()
"""A drawable that was chosen in the last run and is no longer there."""

_LIMIT = sys.float_info.max
_FLAGS = GObject.ParamFlags.READWRITE | GObject.ParamFlags.LAX_VALIDATION


@dataclass(frozen=True)
class Param:
    """One parameter of a filter."""

    kind: Kind
    """One of PF_STRING to PF_DRAWABLE."""
    name: str
    """The key in `Values`; in the PDB with `-` for `_`. Scripts use it: it never changes."""
    label: str
    """A word or two."""
    help: str
    """A sentence that names the allowed values."""
    default: str | float | bool | None = None
    """The value where none is given; always None for a drawable."""
    validate: Callable[[Any], Any] | None = None
    """Returns the value to use; raises a ValueError whose text is one sentence."""

    @property
    def argument(self) -> str:
        """The name in the PDB."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Filter:
    """What `register` was told; see there."""

    name: str
    blurb: str
    help: str
    author: str
    copyright: str
    date: str
    label: str
    imagetypes: str
    params: Sequence[Param]
    function: Callable[[Any, Sequence[Any], Values, bool], Sequence[Any]]
    menu: str
    dialog: Callable[[Any, Sequence[Any], Values], Values | None] | None
    explain: Callable[[Exception], str]


_filters: dict[str, Filter] = {}


def register(
    name: str,
    *,
    blurb: str,
    help: str,
    author: str,
    copyright: str,
    date: str,
    label: str,
    imagetypes: str,
    params: Sequence[Param],
    function: Callable[[Any, Sequence[Any], Values, bool], Sequence[Any]],
    menu: str,
    dialog: Callable[[Any, Sequence[Any], Values], Values | None] | None = None,
    explain: Callable[[Exception], str] = str,
) -> None:
    """Declares a filter, before `main`.

    Args:
        name: of the procedure in the PDB; never changes.
        blurb: one line for the procedure browser and the menu's tooltip.
        help: more for the procedure browser, as are author, copyright and date.
        author: who wrote it.
        copyright: whose it is.
        date: the year or years.
        label: of the menu entry, with `_` before its mnemonic.
        imagetypes: such as "RGB*, GRAY*"; the menu entry is insensitive for others.
        params: in the order of the PDB, which never changes; new ones go to the end.
        function: (image, drawables, values, interactive) does the work and returns the drawables
            that hold the result. What it raises ends the procedure with an error; it leaves the
            image unchanged then.
        menu: such as "<Image>/Filters/Artistic".
        dialog: (image, drawables, values) asks the user and returns the values, None where the
            user thought better of it; without a dialog the last values are taken.
        explain: turns an exception into the sentence that the user is shown.
    """
    _filters[name] = Filter(
        name=name,
        blurb=blurb,
        help=help,
        author=author,
        copyright=copyright,
        date=date,
        label=label,
        imagetypes=imagetypes,
        params=tuple(params),
        function=function,
        menu=menu,
        dialog=dialog,
        explain=explain,
    )


def main() -> None:
    """Answers GIMP, which started this program with arguments of its own; ends the program."""
    Gimp.main(_PlugIn.__gtype__, sys.argv)


def open_ui(name: str) -> Callable[[Any], object]:
    """Readies Gtk for dialogs that look like GIMP's own.

    Args:
        name: of the procedure.

    Returns:
        A function that keeps a window of this program before GIMP's.

    Raises:
        RuntimeError: GIMP runs without windows.
    """
    gi.require_version("Gtk", "3.0")
    gi.require_version("GimpUi", "3.0")
    from gi.repository import GimpUi, Gtk

    if not Gtk.init_check(sys.argv)[0]:
        raise RuntimeError("GIMP runs without windows")
    GimpUi.init(name)
    return GimpUi.window_set_transient


class _PlugIn(Gimp.PlugIn):
    """The registered filters, as GIMP asks for them."""

    def do_set_i18n(self, name: str) -> bool:
        """Says that texts come translated."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Names the filters."""
        return list(_filters)

    def do_create_procedure(self, name: str) -> Any:
        """Makes the procedure of a filter."""
        declared = _filters[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, None)
        procedure.set_image_types(declared.imagetypes)
        procedure.set_sensitivity_mask(
            Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
        )
        procedure.set_menu_label(declared.label)
        procedure.add_menu_path(declared.menu)
        procedure.set_documentation(declared.blurb, declared.help, name)
        procedure.set_attribution(declared.author, declared.copyright, declared.date)
        for param in declared.params:
            _add_argument(procedure, param)
        procedure.add_core_object_array_return_value(
            "results", "Results", "The drawables that hold the result", Gimp.Drawable, _FLAGS
        )
        return procedure


def _add_argument(procedure: Any, param: Param) -> None:
    about = (param.argument, param.label, param.help)
    if param.kind in (PF_INT, PF_FLOAT):
        procedure.add_double_argument(*about, -_LIMIT, _LIMIT, param.default, _FLAGS)
    elif param.kind == PF_TOGGLE:
        procedure.add_boolean_argument(*about, param.default, _FLAGS)
    elif param.kind == PF_DRAWABLE:
        procedure.add_drawable_argument(*about, True, _FLAGS)
    else:
        procedure.add_string_argument(*about, param.default, _FLAGS)


def _run(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, data: Any
) -> Any:
    """Runs a filter in any of the three modes; never raises."""
    declared = _filters[procedure.get_name()]
    asks = mode == Gimp.RunMode.INTERACTIVE
    try:
        values = {each.name: _value(each, config) for each in declared.params}
        if mode != Gimp.RunMode.NONINTERACTIVE:
            values.update(_last_drawables(declared))
        if asks and declared.dialog is not None:
            chosen = declared.dialog(image, drawables, values)
            if chosen is None:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
            values = chosen
        try:
            for each in declared.params:
                if each.validate is not None:
                    values[each.name] = each.validate(values[each.name])
        except ValueError as error:
            return _failed(procedure, Gimp.PDBStatusType.CALLING_ERROR, str(error))
        if asks:
            _set_last(declared, config, values)
        results = declared.function(image, drawables, values, mode != Gimp.RunMode.NONINTERACTIVE)
        if asks:
            _keep_last_drawables(declared, values)
        return _succeeded(procedure, results)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user is told
        return _failed(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, declared.explain(error))


def _value(param: Param, config: Any) -> Any:
    value = config.get_property(param.argument)
    if param.kind == PF_INT and value.is_integer():
        return int(value)
    return value


def _set_last(declared: Filter, config: Any, values: Values) -> None:
    """Puts the values where GIMP takes the last values from when the run has succeeded."""
    for param in declared.params:
        value = None if param.kind == PF_DRAWABLE else values[param.name]
        config.set_property(param.argument, value)


# GIMP writes the last values to a file, which cannot hold drawables: those are kept for the session
# in a parasite of GIMP itself.


def _last_drawables(declared: Filter) -> Values:
    """Returns the drawables that were chosen in the last interactive run of this session."""
    parasite = Gimp.get_parasite(_parasite_name(declared))
    numbers = json.loads(bytes(parasite.get_data())) if parasite is not None else {}
    return {
        name: Gimp.Drawable.get_by_id(number) or GONE if number is not None else None
        for name, number in numbers.items()
    }


def _keep_last_drawables(declared: Filter, values: Values) -> None:
    drawables = {p.name: values[p.name] for p in declared.params if p.kind == PF_DRAWABLE}
    numbers = {
        name: None if drawable is None else drawable.get_id()
        for name, drawable in drawables.items()
    }
    text = json.dumps(numbers).encode()
    Gimp.attach_parasite(Gimp.Parasite.new(_parasite_name(declared), 0, text))


def _parasite_name(declared: Filter) -> str:
    return f"{declared.name}-last-drawables"


def _succeeded(procedure: Any, drawables: Sequence[Any]) -> Any:
    """Returns what the PDB takes as success with these results."""
    answer = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    # Python cannot make such an array itself; a configuration can.
    carrier = procedure.create_config()
    carrier.set_core_object_array("drawables", drawables)
    value = GObject.Value(GObject.type_from_name("GimpCoreObjectArray"))
    value.set_boxed(carrier.get_property("drawables"))
    answer.remove(1)
    answer.insert(1, value)
    return answer


def _failed(procedure: Any, status: Any, sentence: str) -> Any:
    """Returns what the PDB takes as an error with this sentence."""
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), sentence, 0)
    return procedure.new_return_values(status, error)
