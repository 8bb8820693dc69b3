"""A device that is not there: the CPU's arithmetic behind the rules of an accelerator.

Its tensors are told apart from the CPU's by their type. As MPS it has no float64; as any device it
takes no part in an operation with the CPU's tensors, and its memory ends at a budget, with the
error that MPS gives. It calls itself "mps", which torch passes on without asking for hardware.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

MPS = torch.device("mps", 0)

COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd

CROSSING = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}
"""What moves values from a device to another."""


class DeviceTensor(Tensor):
    """A tensor on the device; its values are the CPU's tensor `held`."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> DeviceTensor:
        return Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            # Neither is there a driver to ask nor does it count as the CPU.
            device="meta",
        )

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return MPS

    def __repr__(self) -> str:  # type: ignore[override]
        return f"DeviceTensor({self.held!r})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{func} outside of the stand-in device")


class StandIn(TorchDispatchMode):
    """The device, there as long as the mode is on.

    Args:
        budget: bytes of its memory.
        wrong: a wrapper of the values of products, for a device that computes wrongly.

    Attributes:
        allocated: bytes that are held now.
        peak: the most that were.
        launched: how often each operation ran on it.
    """

    def __init__(
        self, budget: int = 1 << 60, wrong: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        super().__init__()
        self.budget, self.wrong = budget, wrong
        self.allocated = self.peak = 0
        self.launched: Counter[str] = Counter()
        self._users: Counter[int] = Counter()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        given = [t for t in tree_flatten((args, kwargs))[0] if isinstance(t, Tensor)]
        ours = [t for t in given if isinstance(t, DeviceTensor)]
        wish = kwargs.get("device")
        # torch itself makes the numbers that are assigned to parts of a tensor as "meta".
        here = wish.type in ("mps", "meta") if wish is not None else bool(ours)
        if not (ours or here):
            return func(*args, **kwargs)
        if torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), COMPOSITE):
            # In inference mode such come as they are, not as what they are made of.
            with self:
                return func.decompose(*args, **kwargs)
        if func not in CROSSING:
            self._refuse_mixture(func, given)
        if wish is not None:
            kwargs["device"] = torch.device("cpu")
        if here:
            self.launched[func.name()] += 1
        inner = tree_map(_held, (args, kwargs))
        result = func(*inner[0], **inner[1])
        if self.wrong is not None and func is torch.ops.aten.convolution.default:
            result = self.wrong(result)
        if func is torch.ops.aten.copy_.default:
            here = isinstance(args[0], DeviceTensor)
        if any(a.alias_info is not None and a.alias_info.is_write for a in func._schema.arguments):
            return _written(func, args, kwargs)
        if not here:
            return result
        # A view is of inference where what it looks at is, whatever is on now.
        views = func._schema.returns and func._schema.returns[0].alias_info is not None
        inference = ours[0].is_inference() if views else torch.is_inference_mode_enabled()
        with torch.inference_mode(inference):
            return tree_map(lambda t: self._taken(t) if isinstance(t, Tensor) else t, result)

    def _refuse_mixture(self, func: Any, given: list[Tensor]) -> None:
        for tensor in given:
            if not isinstance(tensor, DeviceTensor) and tensor.ndim:
                raise RuntimeError(
                    f"{func}: Expected all tensors to be on the same device, but found at least "
                    "two devices, mps:0 and cpu!"
                )

    def _taken(self, held: Tensor) -> Tensor:
        if held.dtype in (torch.float64, torch.complex128):
            raise TypeError(
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support "
                "float64. Please use float32 instead."
            )
        place, size = held.untyped_storage().data_ptr(), held.untyped_storage().nbytes()
        if size and not self._users[place]:
            if self.allocated + size > self.budget:
                raise RuntimeError(
                    f"MPS backend out of memory (MPS allocated: {self.allocated} bytes, other "
                    f"allocations: 0 bytes, max allowed: {self.budget} bytes). Tried to allocate "
                    f"{size} bytes on private pool."
                )
            self.allocated += size
            self.peak = max(self.peak, self.allocated)
        tensor = DeviceTensor(held)
        if size:
            self._users[place] += 1
            weakref.finalize(tensor, self._freed, place, size)
        return tensor

    def _freed(self, place: int, size: int) -> None:
        self._users[place] -= 1
        if not self._users[place]:
            self.allocated -= size


def _held(value: Any) -> Any:
    return value.held if isinstance(value, DeviceTensor) else value


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What an operation in place, or into `out`, gives back: the very tensors that it wrote to."""
    named = {a.name: v for a, v in zip(func._schema.arguments, args, strict=False)} | kwargs
    written = [
        named[a.name]
        for a in func._schema.arguments
        if a.alias_info is not None and a.alias_info.is_write
    ]
    return written[0] if len(written) == 1 else tuple(written)
