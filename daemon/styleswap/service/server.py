"""The daemon's life: start, ready, drain, stop."""

import asyncio
import contextlib
import enum
import ipaddress
import logging
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from styleswap import __version__, private, runtime
from styleswap.processes import heap
from styleswap.service import auth, connections, limits, logs, ownership
from styleswap.service.device_queue import DeviceQueue
from styleswap.service.engine import Engine
from styleswap.service.guard import Guard
from styleswap.service.servicer import Parts, ServerServicer, StyleServicer, StylizeServicer
from styleswap.service.strictness import StrictInterceptor
from styleswap.service.styles import Library
from styleswap.service.unload_when_idle import IdleUnload
from styleswap.v1 import (
    server_pb2,
    server_pb2_grpc,
    styles_pb2,
    styles_pb2_grpc,
    stylize_pb2,
    stylize_pb2_grpc,
)
from styleswap.worker.refusals import Refusal

_SERVICES: Final = (
    server_pb2.DESCRIPTOR.services_by_name["ServerService"].full_name,
    styles_pb2.DESCRIPTOR.services_by_name["StyleService"].full_name,
    stylize_pb2.DESCRIPTOR.services_by_name["StylizeService"].full_name,
)
_STYLIZE: Final = _SERVICES[2]

_SETTLE_SECONDS: Final = 1.0
"""How long calls other than painting may take to end; an open health watch always takes it."""

_RECEIVE_SECONDS: Final = 30.0
"""How long requests whose pictures are still coming may go on sending."""

_CANCEL_SECONDS: Final = 10.0
"""How long cancelled requests may take to notice."""

_log = logging.getLogger(__name__)


class ExitCode(enum.IntEnum):
    """Why `serve` returned."""

    STOPPED = 0
    """It was asked to."""
    FAILED = 1
    """It could not start; stderr says why."""
    USAGE = 2
    """An option is wrong; stderr says which."""
    ALREADY_RUNNING = 3
    """The user's daemon runs already."""


class StartError(Exception):
    """The daemon cannot start. The message is a sentence for a person."""


class WrongOption(StartError):
    """An option has a value that cannot be used."""


@dataclass(frozen=True)
class ServeOptions:
    """How to run the daemon."""

    host: str = "127.0.0.1"
    """Where to listen: this machine only."""
    port: int = 0
    """0 takes any free one."""
    device: str = "auto"
    """The device for the work: auto, cpu, cuda, mps or torch's name of one."""
    idle_minutes: float = 5.0
    """Minutes without a request after which models leave memory: 0 at once, -1 never."""
    queue_limit: int = 8
    """Requests that may wait besides the one that runs."""
    home: Path | None = None
    """Folder for lock, runtime file, log, styles and weights; None is `runtime.home()`."""
    weights_folder: Path | None = None
    """The user's weights; None is "weights" in the home folder."""
    log_level: str = "info"
    """debug, info, warning or error."""
    drain_seconds: float = 600.0
    """How long pictures in work may take to end when the daemon is asked to stop."""


def serve(options: ServeOptions) -> int:
    """Runs the daemon until SIGTERM, SIGINT or a Shutdown call; blocks.

    The first signal lets pictures in work end; a second one cancels them.

    Returns:
        An `ExitCode`. Where it is not 0, a sentence about it is on stderr.
    """
    try:
        host = loopback(options.host)
        _check(options)
        home = (options.home or runtime.home()).absolute()
        try:
            private.prepare(home)
            logs.start(home, options.log_level)
            heap.keep_freed(limits.KEPT_BYTES, one_heap=True)
            with ownership.lock(home) as lock:
                ownership.sweep(home)
                asyncio.run(_Daemon(options, host, home, lock).run())
        except OSError as error:
            raise private.unusable(home, error) from error
    except private.FolderError as error:
        return _refused(error, ExitCode.FAILED)
    except ownership.AlreadyRunning as error:
        return _refused(error, ExitCode.ALREADY_RUNNING)
    except WrongOption as error:
        return _refused(error, ExitCode.USAGE)
    except StartError as error:
        return _refused(error, ExitCode.FAILED)
    return ExitCode.STOPPED


def loopback(host: str) -> str:
    """Returns the numeric loopback address for a host.

    Raises:
        WrongOption: other machines could reach it. Without encryption the token and the pictures
            would travel in the open.
    """
    if host == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise WrongOption(
        f"The daemon listens on this machine only, not on {host!r}: use 127.0.0.1, ::1 or "
        "localhost. To use it from another machine, forward its port through ssh."
    )


def _check(options: ServeOptions) -> None:
    if not 0 <= options.port <= 65535:
        raise WrongOption(f"There is no port {options.port}; take 0 to 65535.")
    if options.queue_limit < 0:
        raise WrongOption(f"The queue cannot hold {options.queue_limit} requests; take 0 or more.")
    if options.idle_minutes < 0 and options.idle_minutes != -1:
        raise WrongOption("The minutes until models are unloaded are 0 or more, or -1 for never.")
    if options.log_level.upper() not in logging.getLevelNamesMapping():
        raise WrongOption(
            f"There is no log level {options.log_level!r}; take debug, info, warning or error."
        )


def _refused(error: Exception, code: ExitCode) -> int:
    print(f"styleswap: {error}", file=sys.stderr)
    return code


class _Daemon:
    """One run of the daemon, by the lock's holder."""

    def __init__(self, options: ServeOptions, host: str, home: Path, lock: ownership.Lock) -> None:
        self._options = options
        self._host = host
        self._home = home
        self._lock = lock

    async def run(self) -> None:
        """Starts, serves until asked to stop, drains."""
        healthy = health.aio.HealthServicer()
        parts = self._parts(healthy)
        signals = self._catch_signals(parts)
        token = auth.new_token()
        proofs = auth.Proofs(token)
        doors = connections.Doors([auth.TokenInterceptor(token, proofs), StrictInterceptor()])

        def add(server: grpc.aio.Server) -> None:
            server_pb2_grpc.add_ServerServiceServicer_to_server(ServerServicer(parts), server)
            server_pb2_grpc.add_ProofServiceServicer_to_server(auth.ProofServicer(proofs), server)
            styles_pb2_grpc.add_StyleServiceServicer_to_server(StyleServicer(parts), server)
            stylize_pb2_grpc.add_StylizeServiceServicer_to_server(StylizeServicer(parts), server)
            health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
            reflection.enable_server_reflection(
                (*_SERVICES, auth.PROOF_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME),
                server,
            )

        doors.serve(add)
        for service in _SERVICES:
            await healthy.set(service, _serving(service != _STYLIZE))

        if self._options.device != "auto":
            await self._require_device(parts.engine)
        address, socket = await self._open(doors)
        told = runtime.Runtime(
            address, os.getpid(), token, __version__, limits.API, socket, proof=True
        )
        guard = Guard(self._home, self._lock, told, parts.stop.set)
        try:
            ownership.write_runtime(self._home, told)
            _log.info("styleswap %s is listening on %s", __version__, address)
            starting = asyncio.ensure_future(_start_engine(parts.engine))
            watching = asyncio.ensure_future(guard.watch())
            await parts.stop.wait()
            _log.info("ending: no more requests are taken")
            watching.cancel()
        finally:
            ownership.withdraw_runtime(self._home, told)
        await healthy.enter_graceful_shutdown()
        await self._drain(parts, signals)
        await doors.close(_SETTLE_SECONDS)
        parts.idle.stop()
        starting.cancel()
        await parts.engine.close()
        shutil.rmtree(parts.spool, ignore_errors=True)
        ownership.remove_runtime(self._home, told)
        _log.info("ended")

    def _parts(self, healthy: Any) -> Parts:
        options = self._options
        queue = DeviceQueue(options.queue_limit)
        spool = self._home / "spool"
        # What a daemon that was killed has left.
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir(mode=0o700)

        async def ready(usable: bool) -> None:
            await healthy.set(_STYLIZE, _serving(usable))

        weights = options.weights_folder or self._home / "weights"
        engine = Engine(options.device, weights, spool, ready)
        seconds = -1 if options.idle_minutes < 0 else options.idle_minutes * 60
        idle = IdleUnload(
            seconds,
            lambda: queue.length > 0,
            [
                (seconds, engine.unload_if_running),
                # Then all of its memory, but not between two pictures that somebody looks at.
                (
                    max(seconds, limits.ENGINE_SECONDS),
                    lambda: engine.stop("nothing was asked of it for a while"),
                ),
            ],
        )
        queue.on_empty(idle.restart)
        return Parts(
            queue=queue,
            engine=engine,
            library=Library(self._home / "styles"),
            idle=idle,
            spool=spool,
            stop=asyncio.Event(),
        )

    async def _open(self, doors: connections.Doors) -> tuple[str, str]:
        try:
            return await doors.open(self._host, self._options.port, self._home)
        except connections.CannotListen as error:
            raise StartError(
                f"The daemon cannot listen on {error}; is the port taken? Port 0 takes any free "
                "one."
            ) from error

    async def _require_device(self, engine: Engine) -> None:
        """Refuses to start without the very device that was asked for."""
        try:
            await engine.start()
        except Refusal as error:
            await engine.close()
            if error.reason == "DEVICE_UNAVAILABLE":
                raise WrongOption(error.message) from error
            _log.error("the engine cannot be used: %s", error.message)

    def _catch_signals(self, parts: Parts) -> asyncio.Event:
        """Sets `parts.stop` at the first signal, the returned event at the second."""
        second = asyncio.Event()

        def caught() -> None:
            (second if parts.stop.is_set() else parts.stop).set()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, caught)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(caught))
        return second

    async def _drain(self, parts: Parts, second: asyncio.Event) -> None:
        queue = parts.queue
        drained = asyncio.ensure_future(queue.drain())
        hurried = asyncio.ensure_future(second.wait())
        pending = {drained, hurried}
        # A client that sends for ever holds up nothing.
        for seconds, receiving in (
            (min(_RECEIVE_SECONDS, self._options.drain_seconds), True),
            (self._options.drain_seconds, False),
        ):
            await asyncio.wait(pending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if drained.done():
                break
            only = receiving and not hurried.done()
            _log.info("giving up %s", "requests that still come" if only else "all requests")
            queue.give_up(receiving=only)
            if not only:
                await asyncio.wait((drained,), timeout=_CANCEL_SECONDS)
                break
        drained.cancel()
        hurried.cancel()


async def _start_engine(engine: Engine) -> None:
    """Imports the engine before the first picture asks for it."""
    try:
        await engine.start()
    except Refusal as error:
        _log.error("the engine cannot be used: %s", error.message)


def _serving(yes: bool) -> "health_pb2.HealthCheckResponse.ServingStatus":
    response = health_pb2.HealthCheckResponse
    return response.SERVING if yes else response.NOT_SERVING
