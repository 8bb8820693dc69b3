"""Finding the daemon that runs, and what is the matter with one that cannot be used.

Whether a daemon runs is judged by connecting: the runtime file may be stale, and process ids mean
nothing across the walls of a sandbox. Nothing in the home folder is read before it is sure that
nobody else writes there.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from styleswap import private
from styleswap.client.dial import (
    HEALTH_SECONDS,
    NOT_ANSWERING,
    CannotProve,
    Connection,
    Endpoint,
)
from styleswap.client.errors import (
    DaemonNotRunning,
    DeadlineExceeded,
    StyleSwapError,
    Unauthorized,
    VersionMismatch,
    from_call,
)
from styleswap.runtime import Runtime, home, read_runtime
from styleswap.v1.server_pb2 import GetServerInfoRequest, GetServerInfoResponse

API = 1
"""The revision of the API that this client speaks."""

VERSION_MISMATCH = "VERSION_MISMATCH"
"""The reason where client and daemon are of different times."""
ENDING = "ENDING"
"""The reason where a daemon takes no more work, and finishes what it has."""


async def find(
    folder: Path | None = None, *, patience: float = HEALTH_SECONDS
) -> Connection | None:
    """Returns a connection to the daemon that runs, None where none does.

    Args:
        folder: the home folder, by default `styleswap.runtime.home()`.
        patience: seconds that the daemon may take for each of its first answers.

    Raises:
        DaemonNotRunning: there is one, but it does not answer (reason NOT_ANSWERING) or takes no
            more work (ENDING); or the folder must not be trusted (UNUSABLE_FOLDER).
        VersionMismatch: the daemon speaks other revisions of the API, or cannot prove itself.
        Unauthorized: the daemon does not take the token of the runtime file, or does not know it.
    """
    with folder_errors():
        folder = home() if folder is None else folder
        private.secure(folder)
    runtime = read_runtime(folder)
    if runtime is not None:
        try:
            return await _reach(runtime, patience)
        except DaemonNotRunning as error:
            if error.reason in (NOT_ANSWERING, ENDING):
                raise
        except Unauthorized:
            # A daemon that started meanwhile has a new token, and may have the old one's port.
            fresh = read_runtime(folder)
            if fresh is None or fresh == runtime:
                raise
            return await _reach(fresh, patience)
    last = read_runtime(folder, ending=True)
    if last is not None and await _is_there(last, patience):
        raise _ending(_endpoint(last))
    return None


async def reach(endpoint: Endpoint, patience: float = HEALTH_SECONDS) -> Connection:
    """Returns a connection to the daemon at an endpoint, checked for health and version.

    Raises:
        DaemonNotRunning: no daemon answers there, or one that is about to end.
        VersionMismatch: it speaks other revisions of the API, or cannot prove itself.
        Unauthorized: it does not take the token, or does not know it.
    """
    connection = Connection(endpoint, patience)
    try:
        if not await connection.serving():
            raise _ending(endpoint)
        check_version(await _server_info(connection, patience))
    except BaseException:
        connection.close()
        raise
    return connection


def check_version(info: GetServerInfoResponse) -> None:
    """Raises VersionMismatch where the daemon does not speak this client's revision."""
    if info.api_oldest <= API <= info.api_newest:
        return
    if info.api_newest < API:
        remedy = "Update the daemon: pip install --upgrade styleswap, then styleswap stop."
    else:
        remedy = "Update this program's Style Swap client or plug-in."
    raise VersionMismatch(
        f"The Style Swap daemon {info.version} speaks revisions {info.api_oldest} to "
        f"{info.api_newest} of the API, this program revision {API}. {remedy}",
        reason=VERSION_MISMATCH,
    )


@contextlib.contextmanager
def folder_errors() -> Iterator[None]:
    """Turns what is wrong with the home folder into DaemonNotRunning."""
    try:
        yield
    except private.FolderError as error:
        raise DaemonNotRunning(str(error), reason="UNUSABLE_FOLDER") from error


def _endpoint(runtime: Runtime) -> Endpoint:
    return Endpoint(runtime.address, runtime.token, runtime.socket, runtime.pid)


async def _reach(runtime: Runtime, patience: float) -> Connection:
    """As `reach`, for what a runtime file says."""
    endpoint = _endpoint(runtime)
    try:
        return await reach(endpoint, patience)
    except CannotProve as error:
        if not runtime.proof:
            await _tell_of_another_version(runtime, patience)
        raise error from None


async def _tell_of_another_version(runtime: Runtime, patience: float) -> None:
    """Raises VersionMismatch where a daemon that cannot prove itself answers as an old one does.

    Nothing secret is said to it.
    """
    endpoint = Endpoint(runtime.address, "", pid=runtime.pid)
    try:
        (await reach(endpoint, patience)).close()
    except Unauthorized:
        raise VersionMismatch(
            f"The Style Swap daemon {runtime.version} is of an older version, which cannot prove "
            "who it is. End it with styleswap stop; the next painting starts a new one.",
            reason=VERSION_MISMATCH,
        ) from None
    except StyleSwapError as error:
        if error.reason == VERSION_MISMATCH:
            raise


async def _is_there(runtime: Runtime, patience: float) -> bool:
    """Returns whether a daemon still listens, one that takes no more work too."""
    try:
        connection = Connection(_endpoint(runtime), patience)
    except StyleSwapError:
        return False
    try:
        await connection.dial()
    except StyleSwapError:
        return False
    finally:
        connection.close()
    return True


def _ending(endpoint: Endpoint) -> DaemonNotRunning:
    return DaemonNotRunning(
        f"The Style Swap daemon {endpoint.name} is about to end: it finishes its pictures first. "
        "Try again in a moment, or end it at once: styleswap stop --force",
        reason=ENDING,
    )


async def _server_info(connection: Connection, patience: float) -> GetServerInfoResponse:
    try:
        return await asyncio.ensure_future(
            connection.server.GetServerInfo(GetServerInfoRequest(), timeout=3 * patience)
        )
    except Exception as error:
        translated = from_call(error)
        if isinstance(translated, DeadlineExceeded):
            raise connection.not_answering() from error
        raise translated from error
