"""One of the soak's clients."""

import random
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from styleswap import connect

from .real_daemon import RealDaemon


@dataclass
class Client:
    """One of the soak's clients: its own connections, its own chance."""

    daemon: RealDaemon
    chance: random.Random
    folder: Path
    stop: threading.Event
    """Set when it shall end what takes long."""
    patient: bool
    """Whether there is time to stall until the daemon has had enough."""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.open()

    def open(self) -> None:
        """Connects."""
        self.api = connect(home=self.daemon.home, start=False)
        self.channel = self.daemon.new_channel()

    def close(self) -> None:
        """Disconnects."""
        self.api.close()
        self.channel.close()

    def noise(self, height: int, width: int, channels: int = 3) -> np.ndarray:
        """(H, W, C) 8-bit values."""
        values = np.random.default_rng(self.chance.getrandbits(32))
        return values.integers(0, 255, (height, width, channels), np.uint8)

    def content(self) -> np.ndarray:
        """A small picture of any layout."""
        height, width = self.chance.randrange(24, 120), self.chance.randrange(24, 120)
        return self.noise(height, width, self.chance.choice((1, 2, 3, 3, 3, 4)))
