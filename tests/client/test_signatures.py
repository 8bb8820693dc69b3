"""What `help` and `inspect.signature` tell of the client."""

import inspect
from typing import Any

import pytest

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
