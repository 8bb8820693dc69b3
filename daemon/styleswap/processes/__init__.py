"""Processes of the program's own: what may die without the program dying.

A `Child` is started on demand and watched; a `Channel` carries messages to and from it, JSON with
open files; `SharedMemory` holds a picture's bytes for both sides without a copy. What comes over a
channel is data and never code: nothing is unpickled, so that a child that a hostile file has taken
over cannot take its parent.
"""

from styleswap.processes.channel import AVAILABLE, Channel, ChannelClosed, Message, channel_of
from styleswap.processes.child import Child
from styleswap.processes.in_thread import InThread
from styleswap.processes.memory import SharedMemory

__all__ = [
    "AVAILABLE",
    "Channel",
    "ChannelClosed",
    "Child",
    "InThread",
    "Message",
    "SharedMemory",
    "channel_of",
]
