"""What `help` and `inspect.signature` tell of the client."""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from styleswap import client
from styleswap.client import AsyncDaemon, AsyncStyles, Daemon, Styles

KEYWORDS = ["progress", "preview", "timeout", "cancel", "coarse_only", "reduced_from", "region"]


def methods(of: type) -> dict[str, Any]:
    return {name: method for name, method in vars(of).items() if inspect.isfunction(method)}


@pytest.mark.parametrize(
    ("waiting", "asynchronous"), [(Daemon, AsyncDaemon), (Styles, AsyncStyles)]
)
def test_both_clients_have_the_same_methods(waiting: type, asynchronous: type) -> None:
    for name, method in methods(asynchronous).items():
        if not name.startswith("_"):
            same = methods(waiting)[name]
            assert inspect.signature(same) == inspect.signature(method)
            assert same.__doc__ == method.__doc__
            assert (same.__module__, same.__qualname__) == (
                waiting.__module__,
                f"{waiting.__name__}.{name}",
            )
            assert not inspect.iscoroutinefunction(same)


@pytest.mark.parametrize("name", ["stylize", "paint", "paint_rows"])
def test_keywords_of_a_painting(name: str) -> None:
    parameters = inspect.signature(getattr(Daemon, name)).parameters
    keyword_only = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert keyword_only == (["begin"] if name == "paint_rows" else []) + KEYWORDS
    assert parameters["settings"].kind is inspect.Parameter.VAR_KEYWORD


def test_wrong_arguments_are_a_type_error(daemon: Daemon, photo: Any) -> None:
    with pytest.raises(TypeError, match="style"):
        daemon.stylize(photo)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="model_"):
        daemon.load(model_="vgg19")  # type: ignore[call-arg]


def names_in(parts: Iterable[ast.expr | None]) -> set[str]:
    nodes = (node for part in parts if part is not None for node in ast.walk(part))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def test_annotations_can_be_evaluated_late() -> None:
    """As Python 3.14 does, in the class: a name there hides what it means at the head of the file.

    `inspect.signature`, with which the waiting client is made, evaluates them.
    """
    hidden = []
    for path in Path(client.__file__).parent.glob("*.py"):
        text = path.read_text()
        if "from __future__ import annotations\n" in text:
            continue  # those stay text
        for holder in (
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)
        ):
            kinds = ast.FunctionDef | ast.AsyncFunctionDef
            functions = [node for node in holder.body if isinstance(node, kinds)]
            names = {function.name for function in functions}
            for function in functions:
                arguments = [*function.args.args, *function.args.kwonlyargs]
                used = names_in([*(each.annotation for each in arguments), function.returns])
                hidden += [f"{path.name}: {holder.name}.{function.name}"] if used & names else []
    assert hidden == []
