"""`styleswap serve`, `status` and `stop`: the daemon's life."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .commands import Parser, add_command
from .forcing import ask_to_end, end_at_once, tidy, wait_for_end
from .outcome import CommandError, ExitCode

PROBE_SECONDS = 180
"""How long a look at the device may take; where torch was never loaded, that takes its time."""

if TYPE_CHECKING:
    from styleswap.client import ServerInfo


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommands."""
    status = add_command(commands, "status", run_status, "Show what the daemon is doing")
    status.add_argument("--json", action="store_true", help="print JSON")

    stop = add_command(commands, "stop", run_stop, "Stop the daemon when its work is done")
    stop.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="for its end (default: 60)"
    )
    stop.add_argument(
        "--force",
        action="store_true",
        help="end it at once, even if it does not answer; pictures in work are lost",
    )

    serve = add_command(
        commands, "serve", run_serve, "Run the daemon here, until Ctrl-C or styleswap stop"
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="this machine's address (default: 127.0.0.1)"
    )
    serve.add_argument("--port", type=int, default=0, help="0 takes any free one (default: 0)")
    serve.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    serve.add_argument(
        "--idle-minutes",
        type=float,
        default=5.0,
        metavar="MINUTES",
        help="without work until memory is given back; 0 at once, -1 never (default: 5)",
    )
    serve.add_argument(
        "--queue-limit",
        type=int,
        default=8,
        metavar="N",
        help="pictures that may wait (default: 8)",
    )
    serve.add_argument("--home", type=Path, metavar="FOLDER", help="for styles, log and weights")
    serve.add_argument("--weights", type=Path, metavar="FOLDER", help="of your own weight files")
    serve.add_argument(
        "--log-level", default="info", help="debug, info, warning or error (default: info)"
    )


def run_status(arguments: argparse.Namespace) -> int:
    """Prints what the daemon tells of itself."""
    from styleswap.client import connect

    with connect(start=False) as daemon:
        info, address = daemon.info(), daemon.address
    if arguments.json:
        print(json.dumps({"address": address, **asdict(info)}, indent=2))
        return ExitCode.OK
    for name, value in _facts(info, address):
        print(f"{name:<8}  {value}")
    return ExitCode.OK


def _facts(info: "ServerInfo", address: str) -> list[tuple[str, str]]:
    if info.idle_unload < 0:
        unload = "stay in memory"
    elif info.idle_unload == 0:
        unload = "leave memory at once"
    else:
        unload = f"leave memory after {_duration(info.idle_unload)} without work"
    facts = [
        ("daemon", f"{info.version} at {address}, for {_duration(info.uptime)}"),
        ("device", info.device or "not known yet: the engine is being loaded"),
        ("memory", f"{info.memory_used / 2**20:.0f} MiB; models {unload}"),
        ("queue", f"{info.queue_length} pictures, {info.queue_limit} may wait"),
    ]
    for model in info.models:
        if model.methods and not model.available:
            state = f"with --method {' or '.join(model.methods)} only: {model.remedy}"
        elif not model.available:
            state = f"not available: {model.remedy}"
        else:
            state = "in memory" if model.loaded else "available"
        facts.append(("model", f"{model.name}: {state}"))
    return facts


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def run_stop(arguments: argparse.Namespace) -> int:
    """Ends the daemon and waits for it; nothing to do where none runs."""
    from styleswap import private, runtime

    home = runtime.home()
    private.secure(home)
    there = end_at_once(home) if arguments.force else _stop(home, arguments.wait)
    if not there:
        tidy(home)
        print("No daemon is running.")
        return ExitCode.OK
    print("The daemon has stopped.")
    return ExitCode.OK


def _stop(home: Path, wait: float) -> bool:
    """Has the daemon end when its work is done; returns whether there was one."""
    from styleswap.client import DaemonNotRunning, Unauthorized, VersionMismatch, connect

    try:
        with connect(start=False) as daemon:
            ended = daemon.shutdown(wait=wait)
    except DaemonNotRunning as error:
        if error.reason == "NOT_ANSWERING":
            raise
        if error.reason != "ENDING":
            return False
        ended = wait_for_end(home, wait)
    except (Unauthorized, VersionMismatch):
        # It does not listen to this client, but to the user.
        if not ask_to_end(home):
            return False
        ended = wait_for_end(home, wait)
    if not ended:
        raise CommandError(
            f"The daemon was told to stop, but still works after {wait:g} s; it ends when its "
            "pictures are done, or at once with styleswap stop --force.",
            ExitCode.FAILED,
        )
    return True


def run_serve(arguments: argparse.Namespace) -> int:
    """Runs the daemon; its exit codes are those of `styleswap.service.server.ExitCode`."""
    from styleswap.service.server import ServeOptions, serve

    return serve(
        ServeOptions(
            host=arguments.host,
            port=arguments.port,
            device=arguments.device,
            idle_minutes=arguments.idle_minutes,
            queue_limit=arguments.queue_limit,
            home=arguments.home,
            weights_folder=arguments.weights,
            log_level=arguments.log_level,
        )
    )
