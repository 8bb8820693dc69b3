"""One picture: the engine's call, and what is done when memory runs out."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from styleswap import __version__
from styleswap.pixel_format import PixelFormat
from styleswap.processes import SharedMemory
from styleswap.v1 import settings as settings_message
from styleswap.v1 import stylize_pb2
from styleswap.v1.controls import Value
from styleswap.worker.models import Models, describe
from styleswap.worker.orders import Order, SharedPicture, StyleOrder, Told
from styleswap.worker.refusals import Refusal, invalid, precondition, sentence, shutting_down

if TYPE_CHECKING:  # importing the engine imports torch: seconds
    import torch

    from styleswap.engine import Raster, Report, Styled

STAGES: Final = {
    "encoding": stylize_pb2.STAGE_ENCODING,
    "matching": stylize_pb2.STAGE_MATCHING,
    "painting": stylize_pb2.STAGE_PAINTING,
    "refining": stylize_pb2.STAGE_REFINING,
}
"""The engine's stages."""

_SMALLEST_TILE: Final = 128

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Painted:
    """The result and the report on it, without the time in the queue."""

    picture: SharedPicture
    report: stylize_pb2.StylizeReport


@dataclass(frozen=True)
class Attempt:
    """One way to do the work."""

    on_cpu: bool
    """On the CPU instead of the chosen device."""
    tile_limit: int
    notice: str
    """What to say in the report if it is this way that works."""


def attempts(device_type: str, tile_limit: int, usual_tile: int) -> Iterator[Attempt]:
    """Yields ways to do the work, each needing less of the device's memory than the last.

    The caches are dropped between them.

    Args:
        device_type: of the chosen device: "cpu", "cuda", "mps".
        tile_limit: as asked for; 0 leaves it to the engine.
        usual_tile: what the engine then takes.
    """
    short = "The device's memory was short: "
    yield Attempt(False, tile_limit, "")
    yield Attempt(False, tile_limit, f"{short}the cached style activations were dropped.")
    tile = tile_limit or usual_tile
    while tile // 2 >= _SMALLEST_TILE:
        tile //= 2
        # The control takes multiples of 64.
        tile -= tile % 64
        yield Attempt(False, tile, f"{short}it was painted in tiles of at most {tile} pixels.")
    if device_type != "cpu":
        yield Attempt(True, tile_limit, f"{short}it was painted on the CPU.")


@dataclass(frozen=True)
class Asker:
    """Who asked for a picture, as far as painting it goes."""

    told: Told
    """Is told of progress."""
    shown: Callable[[SharedPicture], None]
    """Gets the previews, and closes them."""
    cancelled: Callable[[], bool]
    """Asked often; true ends the work."""
    room: Callable[[int], SharedMemory]
    """Makes room for a picture of so many bytes."""


class DeviceLost(RuntimeError):
    """This process can no longer rely on its device."""


def paint(order: Order, models: Models, asker: Asker) -> Painted:
    """Paints a picture. On the device's thread.

    Args:
        order: what to paint.
        models: where the model comes from.
        asker: who asked.

    Raises:
        Refusal: INVALID_ARGUMENT, the pictures or the model's name; FAILED_PRECONDITION, the
            model; RESOURCE_EXHAUSTED, memory; UNAVAILABLE, it was cancelled by the daemon.
        DeviceLost: another process is needed.
    """
    from styleswap import engine
    from styleswap.devices.choice import probe
    from styleswap.devices.memory import give_back_memory, is_out_of_memory
    from styleswap.engine import TILE_SIDE

    kind = models.device.type
    asked = int(order.settings["tile_limit"])
    chosen = {name: value for name, value in order.settings.items() if name != "model"}
    failure: BaseException | None = None
    ways = list(attempts(kind, asked, TILE_SIDE[kind]))
    for attempt in ways[min(order.spared, len(ways) - 1) :]:
        if failure is not None:
            _log.warning("out of memory; next: %s", attempt.notice, exc_info=failure)
            failure = None
            models.cache.clear()
            give_back_memory()
            # What looks like a want of memory can be a context that is beyond help.
            if kind != "cpu" and (fault := probe(models.device)):
                raise DeviceLost(f"{models.device} does not work any more: {fault}")
        chosen["tile_limit"] = attempt.tile_limit
        try:
            return _attempt(order, chosen, attempt, models, asker)
        except engine.Cancelled:
            raise shutting_down() from None
        except engine.EngineError as error:
            raise _refused(error) from error
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            # Without its frames, which hold the tensors that are to be freed.
            failure = error.with_traceback(None)
    raise Refusal(
        "RESOURCE_EXHAUSTED",
        "OUT_OF_MEMORY",
        "There is not enough memory for this picture, even in small tiles; close other programs "
        "or take a smaller picture.",
        retry_seconds=10,
    ) from failure


def _attempt(
    order: Order,
    chosen: Mapping[str, Any],
    attempt: Attempt,
    models: Models,
    asker: Asker,
) -> Painted:
    import torch

    from styleswap import engine

    device = torch.device("cpu") if attempt.on_cpu else models.device
    began = time.monotonic()
    name = str(order.settings["model"])
    if name not in models.loaded:
        asker.told("loading", 0.0)
    model = models.get(name, device, inverse=needs_inverse(chosen))
    loading = time.monotonic() - began

    form = order.content.format
    size = engine.result_size(
        form.height,
        form.width,
        int(chosen["scales"]),
        coarse_only=order.coarse_only,
        reduced_from=order.reduced_from,
        region=order.region,
    )
    form = form.sized(*size)

    def preview(values: "torch.Tensor") -> None:
        asker.shown(_copied(form, values, asker.room))

    result = SharedPicture(form, asker.room(form.byte_count))
    try:
        report = engine.stylize(
            raster(order.content),
            styled(order.styles),
            engine.Settings(**chosen),
            model,
            cache=models.cache,
            out=raster(result, private=False).values,
            progress=lambda progress: asker.told(progress.stage, progress.fraction),
            cancelled=asker.cancelled,
            preview=preview if order.preview else None,
            coarse_only=order.coarse_only,
            reduced_from=order.reduced_from,
            region=order.region,
        )
    except BaseException:
        result.memory.close()
        raise
    _log.info(
        "painted %d x %d px, %.2f s of the engine",
        result.format.width,
        result.format.height,
        sum(report.seconds.values()),
    )
    notices = (*report.notices, *filter(None, (models.notice, attempt.notice)))
    message = _message(report, describe(device), {**order.settings, **chosen}, notices)
    message.weights.extend(filter(None, (model.encoder_sha256, model.inverse_sha256)))
    message.times.insert(0, stylize_pb2.StageTime(stage=stylize_pb2.STAGE_LOADING, seconds=loading))
    return Painted(result, message)


def check(models: Models, settings: Mapping[str, Value]) -> None:
    """Raises a Refusal where the settings' model cannot paint with them. For any thread."""
    field, inverse = "header.settings.model", needs_inverse(settings)
    models.check(str(settings["model"]), field, inverse=inverse)


def needs_inverse(settings: Mapping[str, Any]) -> bool:
    """Tells whether nothing can be painted with these settings without an inverse network."""
    from styleswap import engine

    return engine.Settings(
        **{name: value for name, value in settings.items() if name != "model"}
    ).needs_inverse


def raster(picture: SharedPicture, *, private: bool = True) -> "Raster":
    """Returns a picture for the engine, in the memory that the processes share.

    Args:
        picture: the picture.
        private: what is written to it stays this process's own.
    """
    import torch

    from styleswap import engine

    form = picture.format
    values = torch.frombuffer(picture.memory.map(private=private), dtype=getattr(torch, form.depth))
    return engine.Raster(values.view(form.height, form.width, form.channels), form.linear)


def styled(styles: Sequence[StyleOrder]) -> "list[Styled]":
    """Returns styles for the engine; what is shared stays so."""
    from styleswap import engine

    pictures = {id(p): p for s in styles for p in (s.picture, s.mask) if p is not None}
    rasters = {key: raster(picture) for key, picture in pictures.items()}
    return [
        engine.Styled(
            rasters[id(s.picture)], s.key, s.weight, None if s.mask is None else rasters[id(s.mask)]
        )
        for s in styles
    ]


def _copied(
    content: PixelFormat, values: "torch.Tensor", room: Callable[[int], SharedMemory]
) -> SharedPicture:
    """Returns the preview's pixels, of the content's form but the values' size."""
    form = content.sized(values.shape[0], values.shape[1])
    picture = SharedPicture(form, room(form.byte_count))
    raster(picture, private=False).values.copy_(values)
    return picture


def _message(
    report: "Report", device: str, used: Mapping[str, Value], notices: tuple[str, ...]
) -> stylize_pb2.StylizeReport:
    import torch

    return stylize_pb2.StylizeReport(
        version=__version__,
        device=device,
        precision=report.precision,
        threads=torch.get_num_threads(),
        model=str(used["model"]),
        tile_plan=report.passes,
        notices=notices,
        times=[
            stylize_pb2.StageTime(stage=STAGES[stage], seconds=seconds)
            for stage, seconds in report.seconds.items()
        ],
        distinct_patches=report.distinct_patches,
        settings=settings_message.to_message(used),
        whole_seconds=report.whole_seconds,
    )


def _refused(error: Exception) -> Refusal:
    """Returns an error of the engine as the client is told it."""
    from styleswap import engine

    if isinstance(error, engine.InvalidPicture):
        return invalid("NOT_FINITE", "header.planes", sentence(error))
    if isinstance(error, engine.StyleTooSmall):
        return invalid("STYLE_TOO_SMALL", f"header.styles[{error.position}]", sentence(error))
    if isinstance(error, engine.WeightsError):
        return precondition("MODEL_UNAVAILABLE", sentence(error))
    return precondition("ENGINE", sentence(error))
