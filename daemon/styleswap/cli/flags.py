"""Flags made from the table of controls: a new control needs no line here."""

import argparse
from collections.abc import Callable, Mapping

from styleswap.v1.control import Control, ControlError, Value
from styleswap.v1.controls import CONTROLS
from styleswap.v1.counting import idle, may_be_idle

_PREFIX = "control_"


def add_control_flags(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for every control: the basic ones, the advanced ones, those that need others."""
    always = {"basic": "painting", "advanced": "painting, advanced"}
    titles = {
        control: f"painting, {_only_with(control)}"
        if may_be_idle(control)
        else always[control.group]
        for control in CONTROLS
    }
    # Those that always count come first, then the rest as the table has it.
    groups = {
        title: parser.add_argument_group(title)
        for title in dict.fromkeys([*always.values(), *titles.values()])
    }
    for control in CONTROLS:
        _add(groups[titles[control]], control)


def idle_notes(settings: Mapping[str, Value]) -> list[str]:
    """Sentences on the flags that were given and have no effect with the others."""
    return [
        f"{_flag(control.name)} has no effect: it counts {_only_with(control)}."
        for control in idle(settings)
    ]


def given_settings(arguments: argparse.Namespace) -> dict[str, Value]:
    """The settings that flags were given for, by the controls' names."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in vars(arguments).items()
        if name.startswith(_PREFIX) and value is not None
    }


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _only_with(control: Control) -> str:
    """Such as "only with --method optimise"."""
    conditions = [
        f"{_flag(each.control)} above {each.above:g}"
        if each.above is not None
        else f"{_flag(each.control)} {' or '.join(each.values)}"
        for each in control.counts_with
    ]
    return f"only with {' or '.join(conditions)}"


def _add(group: "argparse._ArgumentGroup", control: Control) -> None:
    flag = _flag(control.name)
    dest = _PREFIX + control.name
    if control.kind == "bool":
        usual = "on" if control.default else "off"
        group.add_argument(
            flag,
            dest=dest,
            action=argparse.BooleanOptionalAction,
            default=None,
            help=f"{_escaped(control.help)} (default: {usual})",
        )
        return
    group.add_argument(
        flag, dest=dest, metavar=_metavar(control), type=_parser_of(control), help=_help(control)
    )


def _help(control: Control) -> str:
    default = f"{control.default:g}" if control.kind in ("float", "int") else control.default
    return f"{_escaped(control.help)} (default: {default})"


def _escaped(text: str) -> str:
    """For argparse, which formats help with %."""
    return text.replace("%", "%%")


def _metavar(control: Control) -> str:
    if control.kind == "choice":
        return "{" + ",".join(choice.nick for choice in control.choices) + "}"
    if control.kind in ("float", "int"):
        return f"{control.minimum:g}..{control.maximum:g}"
    return control.name.upper()


def _parser_of(control: Control) -> Callable[[str], Value]:
    def parse(text: str) -> Value:
        try:
            return control.parse(text)
        except ControlError as error:
            allowed = str(error).removeprefix(f"{control.name} = ").rstrip(".")
            raise argparse.ArgumentTypeError(allowed) from error

    return parse
