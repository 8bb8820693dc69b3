"""The models in memory, and the device that they are on.

Everything here but the properties runs on the device's thread, one thing after the other: requests
that arrive together for a model that is not in memory load it once.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from styleswap.worker.orders import ModelStatus
from styleswap.worker.refusals import (
    Refusal,
    capitalised,
    invalid,
    precondition,
    sentence,
    shutting_down,
)

if TYPE_CHECKING:  # importing the engine imports torch: seconds
    import torch

    from styleswap.engine import Model, StyleCache

_log = logging.getLogger(__name__)


class Models:
    """Loads models when they are needed and keeps them, with the cached style activations.

    Args:
        wish: the device: "auto" or one of torch's names.
        folder: where the user's weights lie.
    """

    def __init__(self, wish: str, folder: Path) -> None:
        self._wish = wish
        self._folder = folder
        self._device: torch.device | None = None
        self._cache: StyleCache | None = None
        self._models: dict[tuple[str, str], Model] = {}
        self._name = ""
        self.notice = ""
        """What a user should know of the choice of the device; known after `start`."""

    @property
    def device_name(self) -> str:
        """The device in words; empty before `start` is done. For any thread."""
        return self._name

    @property
    def loaded(self) -> frozenset[str]:
        """Names of the models in memory. For any thread."""
        return frozenset(name for name, _ in list(self._models))

    @property
    def complete(self) -> frozenset[str]:
        """Names of the models in memory that have their inverse network. For any thread."""
        return frozenset(name for (name, _), model in list(self._models.items()) if model.inverse)

    @property
    def device(self) -> "torch.device":
        """The device for the work, known after `start`."""
        assert self._device is not None
        return self._device

    @property
    def cache(self) -> "StyleCache":
        """The style activations, there after `start`."""
        assert self._cache is not None
        return self._cache

    def start(self) -> None:
        """Imports the engine and chooses the device.

        Raises:
            Refusal: FAILED_PRECONDITION; the engine or the device does not work here.
        """
        try:
            from styleswap.devices.choice import choose
            from styleswap.engine import StyleCache
        except (ImportError, OSError) as error:
            raise precondition(
                "ENGINE_UNAVAILABLE",
                f"The engine cannot be loaded ({error}); run `styleswap doctor` to see what is "
                "missing.",
            ) from error
        try:
            chosen = choose(self._wish)
        except (ValueError, RuntimeError) as error:
            raise precondition("DEVICE_UNAVAILABLE", sentence(error)) from error
        self._device, self.notice = chosen.device, chosen.notice
        self._cache = StyleCache()
        self._name = describe(self._device)
        if self.notice:
            _log.warning("%s", self.notice)

    def get(
        self, name: str, device: "torch.device | None" = None, *, inverse: bool = True
    ) -> "Model":
        """Returns the model, loading it if it is not in memory.

        Args:
            name: the model's name.
            device: where it is wanted; the chosen device by default.
            inverse: whether its inverse network must be there.

        Raises:
            Refusal: INVALID_ARGUMENT, there is no such model; FAILED_PRECONDITION, its
                weights are missing or damaged.
        """
        from styleswap import weights
        from styleswap.engine import WeightsError

        target = self.device if device is None else device
        key = name, str(target)
        loaded = self._models.get(key)
        # The inverse network may have been trained since the encoder was loaded.
        if loaded is None or (inverse and loaded.inverse is None):
            self.check(name, inverse=inverse)
            _log.info("loading the model %s on %s", name, target)
            try:
                self._models[key] = weights.load(name, target, self._folder, inverse=inverse)
            except WeightsError as error:
                raise _unavailable(name, str(error)) from error
        return self._models[key]

    def download(
        self, name: str, told: Callable[[float], None], cancelled: Callable[[], bool]
    ) -> None:
        """Downloads what a model needs and is not there yet. For any thread but the device's.

        Args:
            name: the model's name.
            told: given the share that is there, 0 to 1.
            cancelled: asked often; true ends it. The next one goes on from there.

        Raises:
            Refusal: INVALID_ARGUMENT, there is no such model; FAILED_PRECONDITION, it cannot be
                downloaded; UNAVAILABLE, it was cancelled.
        """
        from styleswap import weights
        from styleswap.engine import Cancelled, WeightsError

        self.known(name)
        try:
            weights.download(
                name,
                self._folder,
                told=lambda done, whole: told(done / whole if whole else 0.0),
                cancelled=cancelled,
            )
        except Cancelled:
            raise shutting_down() from None
        except WeightsError as error:
            raise _unavailable(name, str(error)) from error

    def check(self, name: str, field: str = "name", *, inverse: bool = True) -> None:
        """Raises a Refusal as `get` does, without loading. For any thread.

        Args:
            name: the model's name.
            field: path of the name in the request.
            inverse: whether its inverse network must be there.
        """
        from styleswap import weights

        self.known(name, field)
        loaded = [model for (known, _), model in list(self._models.items()) if known == name]
        if any(model.inverse is not None or not inverse for model in loaded):
            return
        remedy = weights.availability(name, self._folder, inverse=inverse)
        if remedy:
            raise _unavailable(name, remedy)

    def known(self, name: str, field: str = "name") -> None:
        """Raises a Refusal, INVALID_ARGUMENT, if there is no such model. For any thread."""
        from styleswap import weights

        if name not in weights.names():
            known = ", ".join(weights.names())
            raise invalid(
                "UNKNOWN_MODEL",
                field,
                f"There is no model {name[:100]!r}; choose one of: {known}.",
            )

    def entries(self) -> list[ModelStatus]:
        """Returns every model. For any thread, after `start`."""
        from styleswap import weights

        def works(name: str, *, inverse: bool) -> bool:
            return not weights.availability(name, self._folder, inverse=inverse)

        return [
            ModelStatus(
                name,
                sentence(weights.describe(name).description),
                capitalised(weights.availability(name, self._folder)),
                tuple(
                    method
                    for method, inverse in (("feed-forward", True), ("optimise", False))
                    if works(name, inverse=inverse)
                ),
            )
            for name in weights.names()
        ]

    def unload(self, name: str = "") -> list[str]:
        """Frees a model, or all models and the style activations.

        Returns:
            The names of the models that were in memory.
        """
        names = sorted(known for known in self.loaded if not name or known == name)
        for key in [key for key in self._models if key[0] in names]:
            del self._models[key]
        if not name:
            self.cache.clear()
        from styleswap.devices.memory import give_back_memory

        give_back_memory()
        if names:
            _log.info("unloaded %s", ", ".join(names))
        return names


def describe(device: "torch.device") -> str:
    """Returns a device in words, such as "cpu" or "cuda:0 (NAME)"."""
    import torch

    if device.type == "cuda":
        return f"cuda:{device.index or 0} ({torch.cuda.get_device_name(device)})"
    return str(device)


def _unavailable(name: str, remedy: str) -> Refusal:
    return precondition(
        "MODEL_UNAVAILABLE",
        # The remedy may end in a command: no full stop after it.
        f"The model {name!r} cannot be used. {capitalised(remedy)}",
        model=name,
    )
