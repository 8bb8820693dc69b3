"""A process of the program's own."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from styleswap.processes.channel import Channel


class Child:
    """A running process, and the channel to it.

    It is `python -m MODULE DESCRIPTOR [ARGUMENT ...]`; `channel_of(DESCRIPTOR)` is its end. It must
    end when that closes, as it does however this process ends. Signals of a terminal do not reach
    it: whoever started it decides.

    Args:
        module: the module to run.
        arguments: after the descriptor.
        environment: its variables; None are this process's.

    Raises:
        OSError: no process can be started.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.channel, theirs = Channel.pair()
        try:
            # -P: a module of the same name in the current folder is not ours.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *arguments],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
                env=environment,
            )
        except BaseException:
            self.channel.close()
            raise
        finally:
            # Only the process's own copy keeps it open: its death is seen at once.
            theirs.abandon()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, seconds: float | None = None) -> int | None:
        """Waits for its end.

        Args:
            seconds: how long; None for ever.

        Returns:
            Its exit code, negative the signal that killed it; None if it runs still.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> int:
        """Ends it now, whatever it does; returns its exit code."""
        self._process.kill()
        code = self._process.wait()
        self.channel.close()
        return code

    def close(self, seconds: float = 5.0) -> int:
        """Closes the channel, and kills what does not end by itself in this time.

        Returns:
            Its exit code.
        """
        self.channel.close()
        code = self.wait(seconds)
        return self.kill() if code is None else code
