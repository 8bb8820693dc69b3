"""What every RPC has: an id in the log, and an answer to whatever is raised in it.

Stack traces go to the log only, and only those of faults. Nothing outlives its call: gRPC keeps
errors, errors keep the frames that they passed, and frames keep pictures; so errors lose theirs.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message

from styleswap.service import logs
from styleswap.service.errors import abort, internal
from styleswap.service.strictness import GARBAGE, not_protobuf, refuse_unknown
from styleswap.worker.refusals import Refusal, exhausted

Method = Callable[..., Awaitable[Any]]

_log = logging.getLogger(__name__)


def answered(method: Method) -> Method:
    """Wraps an RPC: names the request in the log, and turns what it raises into a status."""

    @functools.wraps(method)
    async def wrapper(
        servicer: object, request: object, context: grpc.aio.ServicerContext[Any, Any]
    ) -> Any:
        logs.request_id.set(logs.new_request_id())
        _log.debug("%s from %s", method.__name__, context.peer())
        try:
            if isinstance(request, Message):
                refuse_unknown(request, "")
            elif request is GARBAGE:
                raise not_protobuf()
            return await method(servicer, request, context)
        except Refusal as error:
            _log.info("%s: %s %s: %s", method.__name__, error.code, error.reason, error.message)
            if error.__cause__ is not None:
                _log.debug("because of", exc_info=error.__cause__)
            refusal = error
        except (grpc.aio.AbortError, grpc.aio.UsageError, grpc.aio.InternalError):
            raise
        except asyncio.CancelledError as error:
            _forget(error)
            raise
        except Exception as error:  # noqa: BLE001 - the client must get a status, never a trace
            if context.done():
                # What fails at writing to it, fails in many ways.
                _log.info("%s: the client has gone", method.__name__)
                _forget(error)
                return None
            _log.exception("%s failed", method.__name__)
            refusal = _unexpected(error)
            _forget(error)
        _forget(refusal)
        return await abort(context, refusal)

    return wrapper


def _forget(error: BaseException) -> None:
    """Lets go of an error's trace: gRPC keeps errors, and their frames would keep pictures alive.

    The frames themselves are left alone: one may belong to a call that goes on.
    """
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen = seen.__cause__ or seen.__context__


def _unexpected(error: Exception) -> Refusal:
    if isinstance(error, MemoryError):
        return exhausted(
            "OUT_OF_MEMORY",
            "This machine has not enough free memory for the picture; close other programs or "
            "take a smaller picture.",
            10,
        )
    return internal()
