"""The client: what talks to a Style Swap daemon.

    with styleswap.connect() as daemon:
        picture = daemon.stylize(photo, style="builtin/woodcut", strength=0.8)

Standard library and the pure-Python gRPC stack only, Python 3.10 on: editors carry a copy of it.
"""

from styleswap.client.aio import AsyncDaemon
from styleswap.client.answers import (
    Added,
    Model,
    Progress,
    Report,
    Result,
    ServerInfo,
    Style,
)
from styleswap.client.cancel import CancelToken
from styleswap.client.connecting import Connecting, connect_async
from styleswap.client.errors import (
    Cancelled,
    DaemonError,
    DaemonLost,
    DaemonNotRunning,
    DeadlineExceeded,
    Forked,
    InvalidPicture,
    InvalidRequest,
    InvalidSettings,
    NotFound,
    OutOfMemory,
    QueueFull,
    Refused,
    StyleSwapError,
    Unauthorized,
    UnknownStyle,
    VersionMismatch,
)
from styleswap.client.mixing import Styled
from styleswap.client.pictures import Picture, PictureFormat
from styleswap.client.styles import AsyncStyles
from styleswap.client.sync import Daemon, Styles, connect

__all__ = [
    "Added",
    "AsyncDaemon",
    "AsyncStyles",
    "CancelToken",
    "Cancelled",
    "Connecting",
    "Daemon",
    "DaemonError",
    "DaemonLost",
    "DaemonNotRunning",
    "DeadlineExceeded",
    "Forked",
    "InvalidPicture",
    "InvalidRequest",
    "InvalidSettings",
    "Model",
    "NotFound",
    "OutOfMemory",
    "Picture",
    "PictureFormat",
    "Progress",
    "QueueFull",
    "Refused",
    "Report",
    "Result",
    "ServerInfo",
    "Style",
    "StyleSwapError",
    "Styled",
    "Styles",
    "Unauthorized",
    "UnknownStyle",
    "VersionMismatch",
    "connect",
    "connect_async",
]
