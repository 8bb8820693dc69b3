"""Generates daemon/styleswap/v1 from the proto files.

`python protos/generate.py` writes messages (`*_pb2.py`, `*_pb2.pyi`), grpcio stubs for the server
(`*_pb2_grpc.py`), grpclib stubs for the client (`*_grpc.py`) and the table of controls
(`controls.py`). With `--check` it writes nothing and fails when a committed file is stale.

protoc and its plug-ins come from the pinned `grpcio-tools` and `grpclib` packages: other versions
write other text, so run it in the environment that the Makefile makes.
"""

import argparse
import contextlib
import importlib.resources
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTOS = Path(__file__).resolve().parent
TARGET = PROTOS.parent / "daemon" / "styleswap" / "v1"
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_grpc.py", "controls.py")

KINDS = {
    descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT: "float",
    descriptor_pb2.FieldDescriptorProto.TYPE_UINT32: "int",
    descriptor_pb2.FieldDescriptorProto.TYPE_BOOL: "bool",
    descriptor_pb2.FieldDescriptorProto.TYPE_ENUM: "choice",
    descriptor_pb2.FieldDescriptorProto.TYPE_STRING: "text",
}

LINE_LENGTH = 100
"""What ruff lets a line of code have."""

GROUPS = {1: "basic", 2: "advanced"}

HEADER = '''\
"""The table of controls: every control of the filter, in the order of a dialog.

Generated from controls.proto by protos/generate.py; do not edit.
"""

from typing import Final

from styleswap.v1.control import Choice, Condition, Control, ControlError, Value

__all__ = ["CONTROLS", "Choice", "Control", "ControlError", "Value", "by_name", "validate"]

CONTROLS: Final[tuple[Control, ...]] = (
'''

FOOTER = '''\
)

_BY_NAME: Final = {control.name: control for control in CONTROLS}


def by_name(name: str) -> Control:
    """Returns the control called `name`; raises ControlError where there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise ControlError(name, f"There is no setting {name!r}; choose one of: {known}.") from None


def validate(name: str, value: object) -> Value:
    """Returns `value` as the control called `name` stores it; raises ControlError if refused."""
    return by_name(name).validate(value)
'''


class BadControlError(Exception):
    """A field of Settings whose declaration as a control is incomplete or contradicts itself."""


class Declared(NamedTuple):
    """A control as the proto declares it."""

    kind: str
    options: Any
    """The message Control."""
    choices: list[Any]
    """The enum's values that are choices."""


def run_protoc(output: Path) -> Any:
    """Writes the modules below `output` and returns the descriptors of every file.

    The descriptors are parsed with types of a pool of their own, which holds our extensions:
    nothing already generated is imported.
    """
    descriptors = output / "descriptors.bin"
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={PROTOS}",
        f"--proto_path={well_known}",
        f"--python_out={output}",
        f"--pyi_out={output}",
        f"--grpc_python_out={output}",
        f"--python_grpc_out={output}",
        f"--descriptor_set_out={descriptors}",
        "--include_imports",
        *sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto")),
    ]
    # protoc finds grpclib's plug-in by name: it lies beside this interpreter.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})
    data = descriptors.read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(file)
    set_type = pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet")
    return message_factory.GetMessageClass(set_type).FromString(data)


def extension(options: Any, name: str) -> Any:
    """Returns the value of our extension `name` in `options`, or None where it is absent."""
    for field, value in options.ListFields():
        if field.is_extension and field.full_name == f"styleswap.v1.{name}":
            return value
    return None


def number(kind: str, value: float) -> float | int:
    """Returns `value` as a control of that kind writes it."""
    if kind == "float":
        return float(value)
    if value != int(value):
        raise BadControlError(f"{value} is not a whole number")
    return int(value)


def declared(field: Any, enums: dict[str, Any]) -> Declared:
    """Returns what a field of Settings declares."""
    control = extension(field.options, "control")
    if control is None:
        raise BadControlError("(control) is missing")
    if not field.proto3_optional:
        raise BadControlError("it must be optional, so that absence means the default")
    kind = KINDS[field.type]
    values = enums[field.type_name].value if kind == "choice" else ()
    return Declared(kind, control, [value for value in values if value.number])


def said_of(choice: Any) -> Any:
    """Returns what is declared of an enum's value."""
    said = extension(choice.options, "choice")
    if said is None:
        raise BadControlError(f"{choice.name} lacks (choice)")
    return said


def choice_line(choice: Any) -> str:
    """Returns the Python literal of a choice."""
    said = said_of(choice)
    return f"Choice(nick={quote(said.nick)}, label={quote(said.label)}, number={choice.number})"


def condition_line(name: str, condition: Any, all_of: dict[str, Declared]) -> str:
    """Returns the Python literal of a condition of the control called `name`."""
    other = all_of.get(condition.control)
    if other is None or condition.control == name:
        raise BadControlError(f"it counts with {condition.control!r}, which is no other control")
    values, above = list(condition.values), "None"
    if other.kind == "choice":
        nicks = [said_of(choice).nick for choice in other.choices]
        known = values and all(nick in nicks for nick in values)
        if not known or condition.HasField("above"):
            raise BadControlError(
                f"it must count with some of {condition.control}'s choices: {', '.join(nicks)}"
            )
    elif other.kind in ("float", "int"):
        low, high = other.options.minimum, other.options.maximum
        if values or not (condition.HasField("above") and low <= condition.above < high):
            raise BadControlError(
                f"it must count with {condition.control} above a number from {low:g} on and below "
                f"{high:g}"
            )
        above = repr(number(other.kind, condition.above))
    else:
        raise BadControlError(f"{condition.control} is neither a choice nor a number")
    shown = "".join(f"{quote(nick)}, " for nick in values)
    shown = shown.rstrip() if len(values) == 1 else shown.rstrip(", ")
    return f"Condition(control={quote(condition.control)}, values=({shown}), above={above})"


def check_no_circle(name: str, all_of: dict[str, Declared]) -> None:
    """Refuses a control that counts with itself by way of others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for condition in all_of[waiting.pop()].options.counts_with:
            if condition.control == name:
                raise BadControlError("whether it counts depends on itself")
            if condition.control in all_of and condition.control not in reached:
                reached.add(condition.control)
                waiting.append(condition.control)


def check_at_most(name: str, all_of: dict[str, Declared]) -> None:
    """Refuses a control whose bound is no number of its kind, or may contradict its default."""
    own = all_of[name]
    if not own.options.at_most:
        return
    other = all_of.get(own.options.at_most)
    if other is None or other is own or not other.kind == own.kind in ("float", "int"):
        raise BadControlError(f"at_most {own.options.at_most!r} is no other number of its kind")
    if other.options.at_most:
        raise BadControlError(f"at_most {own.options.at_most!r} has a bound itself")
    if float(own.options.default) > other.options.minimum:
        # Who leaves it away must never be refused for it.
        raise BadControlError(f"its default exceeds {own.options.at_most}'s minimum")


def tuple_of(name: str, literals: list[str]) -> list[str]:
    """Returns the lines of a field that is a tuple, as ruff formats them."""
    line = f"        {name}=({''.join(f'{each},' for each in literals)}),"
    if len(literals) < 2 and len(line) <= LINE_LENGTH:
        return [line]
    return [f"        {name}=(", *(f"            {each}," for each in literals), "        ),"]


def quote(text: str) -> str:
    """Returns a Python literal of `text` in double quotes, where it contains none."""
    literal = repr(text)
    return literal if '"' in text or "\\" in literal else f'"{text}"'


def default(kind: str, text: str, nicks: list[str]) -> str:
    """Returns the Python literal of a control's default."""
    if kind in ("float", "int"):
        return repr(number(kind, float(text)))
    if kind == "bool":
        if text not in ("true", "false"):
            raise BadControlError(f"default {text!r} is neither true nor false")
        return str(text == "true")
    if kind == "choice" and text not in nicks:
        raise BadControlError(f"default {text!r} is not the nick of a choice")
    return quote(text)


def entry(field: Any, all_of: dict[str, Declared]) -> list[str]:
    """Returns the lines of one control."""
    kind, control, values = all_of[field.name]
    nicks = [said_of(choice).nick for choice in values]
    numeric = kind in ("float", "int")
    if numeric and not (control.minimum < control.maximum and control.step > 0):
        raise BadControlError("minimum, maximum and step make no range")
    low, high, step = (
        repr(number(kind, value)) if numeric else "None"
        for value in (control.minimum, control.maximum, control.step)
    )
    conditions = [condition_line(field.name, each, all_of) for each in control.counts_with]
    check_no_circle(field.name, all_of)
    check_at_most(field.name, all_of)
    return [
        "    Control(",
        f"        name={quote(field.name)},",
        f"        kind={quote(kind)},",
        f"        default={default(kind, control.default, nicks)},",
        f"        minimum={low},",
        f"        maximum={high},",
        f"        step={step},",
        *tuple_of("choices", [choice_line(choice) for choice in values]),
        f"        group={quote(GROUPS[control.group])},",
        f"        label={quote(control.label)},",
        f"        help={quote(control.help)},",
        f"        field_number={field.number},",
        *tuple_of("counts_with", conditions),
        f"        at_most={quote(control.at_most)},",
        "    ),",
    ]


@contextlib.contextmanager
def naming(field: Any) -> Iterator[None]:
    """Ends the program where a field is declared badly, with its name."""
    try:
        yield
    except (BadControlError, KeyError, ValueError) as error:
        raise SystemExit(f"controls.proto, Settings.{field.name}: {error}") from error


def table(files: Any) -> str:
    """Returns the text of controls.py."""
    (file,) = (file for file in files.file if file.name == "styleswap/v1/controls.proto")
    enums = {f".{file.package}.{enum.name}": enum for enum in file.enum_type}
    (settings,) = (message for message in file.message_type if message.name == "Settings")
    lines: list[str] = []
    all_of: dict[str, Declared] = {}
    for field in settings.field:
        with naming(field):
            all_of[field.name] = declared(field, enums)
    for field in settings.field:
        with naming(field):
            lines += entry(field, all_of)
    return HEADER + "".join(f"{line}\n" for line in lines) + FOOTER


def generate() -> dict[str, bytes]:
    """Returns the content of every generated file by its name."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        controls = table(run_protoc(output))
        written = (output / "styleswap" / "v1").iterdir()
        # A file without services makes an empty grpcio module: nothing imports those.
        result = {
            path.name: path.read_bytes()
            for path in written
            if not path.name.endswith("_grpc.py") or b"class " in path.read_bytes()
        }
    result["controls.py"] = controls.encode()
    return result


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Generates daemon/styleswap/v1.")
    parser.add_argument("--check", action="store_true", help="fail when a file is stale")
    check = parser.parse_args().check
    wanted = generate()
    present = {path.name for pattern in GENERATED for path in TARGET.glob(pattern)}
    stale = sorted(
        name
        for name in present | wanted.keys()
        if name not in present or (TARGET / name).read_bytes() != wanted.get(name)
    )
    if check:
        for name in stale:
            print(f"{(TARGET / name).relative_to(PROTOS.parent)} is stale", file=sys.stderr)
        if stale:
            print("Run: .venv/bin/python protos/generate.py", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        if name in wanted:
            (TARGET / name).write_bytes(wanted[name])
        else:
            (TARGET / name).unlink()
        print(f"{'wrote' if name in wanted else 'removed'} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
