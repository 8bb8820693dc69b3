"""`styleswap train` and `evaluate`: their options are those of `styleswap.training`."""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

from styleswap.gallery import PREFIX, styles

from .commands import Parser, add_command
from .outcome import CommandError

_MODULES = {
    ("train", "encoder"): "styleswap.training.encoder",
    ("train", "inverse"): "styleswap.training.inverse",
    ("train", "embed"): "styleswap.training.embed",
    ("evaluate",): "styleswap.training.evaluate",
}
_HELP = {
    ("train", "encoder"): "Distil the encoder from VGG-19",
    ("train", "inverse"): "Train the network that turns activations into pixels",
    ("train", "embed"): "Put trained networks into the program",
    ("evaluate",): "Judge a model: its networks, and the pictures that it paints",
}


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommands, for the help: `run_directly` has carried them out before."""
    train = commands.add_parser(
        "train", help="Train a model of your own", description="Train a model of your own."
    )
    kinds = train.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for words, summary in _HELP.items():
        add_command(kinds if len(words) > 1 else commands, words[-1], _never, summary)


def run_directly(words: Sequence[str]) -> int | None:
    """Runs the subcommand if `words` name one of these, else returns None.

    Their options are declared where torch is imported: seconds that nobody else should wait.
    """
    for names, module_name in _MODULES.items():
        if tuple(words[: len(names)]) == names:
            module = importlib.import_module(module_name)
            parser = Parser(prog=f"styleswap {' '.join(names)}", description=f"{_HELP[names]}.")
            parser.add_argument(
                "--debug", action="store_true", help="show the program's own trace on errors"
            )
            module.add_arguments(parser)
            if names == ("evaluate",):
                parser.set_defaults(surroundings=_surroundings())
            arguments = parser.parse_args(list(words[len(names) :]))
            logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
            return _run(module, arguments)
    return None


def _surroundings() -> object:
    """What the judge is handed over: training sees neither the gallery nor the controls."""
    from styleswap.training.judging.candidates import Surroundings
    from styleswap.v1.settings import from_texts

    gallery = {style.id.removeprefix(PREFIX): style.path for style in styles()}
    return Surroundings(gallery, from_texts)


def _run(module: ModuleType, arguments: argparse.Namespace) -> int:
    try:
        code: int = module.run(arguments)
    except ValueError as error:
        if arguments.debug:
            raise
        raise CommandError(f"{str(error).removesuffix('.')}.") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "safetensors" or arguments.debug:
            raise
        raise CommandError(f"A file of weights cannot be read ({error}); get it again.") from error
    return code


def _never(arguments: argparse.Namespace) -> int:
    raise AssertionError("run_directly comes first")
