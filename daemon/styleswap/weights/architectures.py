"""Networks by what their tensors are: a file tells its architecture by the names in it.

A new architecture is a class in `engine.networks`, and here what builds it of tensors and an entry.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor, nn

from styleswap.engine.networks.encoder import LAYERS, Encoder
from styleswap.engine.networks.inverse import Inverse

Network = TypeVar("Network", bound=nn.Module)


def encoder_from_tensors(tensors: Mapping[str, Tensor]) -> Encoder:
    """Build an encoder whose widths are those of its tensors.

    Args:
        tensors: ``conv1_1.weight`` (OIHW), ``conv1_1.bias`` and so on up to ``conv3_1``; further
            tensors, such as those of higher layers, are left aside. ``mean`` and ``std`` are
            VGG-19's where they are absent.

    Raises:
        ValueError: a tensor is missing or has a shape of another architecture.
    """
    encoder = Encoder(tuple(_side("encoder", tensors, f"{layer}.weight") for layer in LAYERS))
    normalisation = {
        name: tensors.get(name, encoder.get_buffer(name)).reshape(1, -1, 1, 1)
        for name in ("mean", "std")
    }
    return _filled("encoder", encoder, {**tensors, **normalisation})


def inverse_from_tensors(tensors: Mapping[str, Tensor]) -> Inverse:
    """Build an inverse network whose sizes are those of its tensors.

    Raises:
        ValueError: a tensor is missing or has a shape of another architecture.
    """
    kind = "inverse network"
    quarter, half, full = (
        _side(kind, tensors, f"{name}.weight") for name in ("head", "enlarge_half", "enlarge_full")
    )
    colours = _side(kind, tensors, "tint.weight", 1) if "tint.weight" in tensors else 0
    blocks = len({name.split(".")[1] for name in tensors if name.startswith("blocks.")})
    network = Inverse(_side(kind, tensors, "scale"), colours, (quarter, half, full), blocks)
    unknown = sorted(tensors.keys() - network.state_dict().keys())
    if unknown:
        raise ValueError(f"no {kind} of this architecture: it has no {unknown[0]}")
    return _filled(kind, network, tensors)


def _side(kind: str, tensors: Mapping[str, Tensor], name: str, axis: int = 0) -> int:
    """The size of a tensor along an axis."""
    if name not in tensors:
        raise ValueError(f"no {kind}: the tensor {name} is missing")
    shape = tuple(tensors[name].shape)
    if len(shape) <= axis:
        raise ValueError(f"no {kind} of this architecture: {name} has shape {shape}")
    return shape[axis]


def _filled(kind: str, network: Network, tensors: Mapping[str, Tensor]) -> Network:
    """A network with its tensors, of those that there are, ready to be used."""
    state = network.state_dict()
    for name, held in state.items():
        if name not in tensors:
            raise ValueError(f"no {kind}: the tensor {name} is missing")
        if tensors[name].shape != held.shape:
            raise ValueError(
                f"no {kind} of this architecture: {name} has shape {tuple(tensors[name].shape)}, "
                f"expected {tuple(held.shape)}"
            )
        state[name] = tensors[name].float()
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


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
