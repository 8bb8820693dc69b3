"""What an optimised picture comes close to: a sum of terms.

A new objective is a module here that makes one of an aim by the name `objective`, or several
`Term`s, at several sizes; it is the choice of the control `objective` that is called like the
module. Where the module says `WHOLE = True`, a region is made of the whole picture; its
`effort(settings)` is the work of an iteration, in sweeps over the picture there and back, where
that is not one; its `check(context)` refuses what it cannot do, before anything is painted.
"""

import importlib
from collections.abc import Sequence

from styleswap.engine.choices import chosen
from styleswap.engine.levels.context import Context
from styleswap.engine.objectives import content
from styleswap.engine.objectives.objective import Aim, Gathering, Objective, Term
from styleswap.engine.settings import Settings

__all__ = ["Aim", "Gathering", "Objective", "Term", "check", "effort", "of_whole", "terms_of"]

OWN_CONTENT = frozenset({"activations"})
"""Objectives whose aim is made of the content already: no term of the content joins them."""


def terms_of(aim: Aim) -> Sequence[Term]:
    """The terms that the settings of a painting choose."""
    settings = aim.level.context.settings
    made = chosen(__name__, "objective", settings.objective)(aim)
    terms = list(made) if isinstance(made, list | tuple) else [Term(made)]
    if _with_content(settings):
        terms.append(content.term(aim, settings.content_weight))
    return terms


def check(context: Context) -> None:
    """Refuse what the chosen objective cannot do.

    Raises:
        InvalidPicture: with what it needs.
    """
    own = getattr(_module(context.settings), "check", None)
    if own is not None and context.settings.optimises:
        own(context)


def of_whole(settings: Settings) -> bool:
    """Whether the chosen objective is one of the whole picture: no part has it for itself."""
    return bool(getattr(_module(settings), "WHOLE", False))


def effort(settings: Settings) -> float:
    """The work of an iteration, in sweeps over the picture there and back."""
    own = getattr(_module(settings), "effort", None)
    return (own(settings) if own else 1.0) + (0.25 if _with_content(settings) else 0.0)


def _with_content(settings: Settings) -> bool:
    return settings.objective not in OWN_CONTENT and settings.content_weight > 0


def _module(settings: Settings) -> object:
    chosen(__name__, "objective", settings.objective)
    return importlib.import_module(f"{__name__}.{settings.objective.replace('-', '_')}")
