"""Networks by what their tensors are: a file tells its architecture by the names in it.

A new architecture is a module with a class and what builds it of tensors, and an entry here.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from styleswap.engine.networks.encoder import encoder_from_tensors
from styleswap.engine.networks.inverse import inverse_from_tensors


@dataclass(frozen=True)
class Architecture:
    """A kind of network.

    Attributes:
        role: what it does: "encoder" or "inverse network".
        name: of this kind among those that do the same.
        marks: tensors that all of this kind have, and no others.
        build: makes one of its tensors; raises ValueError where some do not fit.
    """

    role: str
    name: str
    marks: frozenset[str]
    build: Callable[[Mapping[str, Tensor]], Any]


ARCHITECTURES = (
    Architecture(
        "encoder",
        "VGG to relu3_1",
        frozenset({"conv1_1.weight", "conv2_1.weight", "conv3_1.weight"}),
        encoder_from_tensors,
    ),
    Architecture(
        "inverse network",
        "residual, most work at a quarter",
        frozenset({"scale", "head.weight", "enlarge_half.weight", "rgb.weight"}),
        inverse_from_tensors,
    ),
)


def recognised(names: Collection[str]) -> Architecture | None:
    """The architecture that tensors of these names are of; None of none that is known."""
    return next((kind for kind in ARCHITECTURES if kind.marks <= set(names)), None)


def check_role(role: str, names: Collection[str]) -> None:
    """Raise ValueError where tensors of these names are a network of another role."""
    found = recognised(names)
    if found is not None and found.role != role:
        raise ValueError(f"it holds an {found.role} ({found.name}), not an {role}")


def built(role: str, tensors: Mapping[str, Tensor]) -> Any:
    """The network that tensors are of.

    Args:
        role: what it must do.
        tensors: by name.

    Raises:
        ValueError: they are of another role, of no architecture that is known, or do not fit.
    """
    check_role(role, tensors)
    # Where none is recognised, the first of the role says what is missing.
    usual = next(kind for kind in ARCHITECTURES if kind.role == role)
    return (recognised(tensors) or usual).build(tensors)
