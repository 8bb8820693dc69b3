"""A user's home directory with the command; the editors are programs that enter a sandbox."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from styleswap.cli.editors import plugin_folder

from .sandbox import CHECKOUT, Sandbox


class Machine:
    """All of it lies in one scratch folder, which is `/scratch` for the editors."""

    def __init__(self, root: Path, packages: Path, folder: Path) -> None:
        """Args: packages: see `write_packages`; folder: an empty one."""
        self.sandbox = Sandbox(root, folder)
        self.packages = packages
        self.home = folder / "ada"
        self.bin = folder / "bin"
        self.temporary = folder / "tmp"
        for each in (self.home, self.bin, self.temporary):
            each.mkdir()

    def has_program(
        self,
        path: str,
        variables: Mapping[str, str],
        places: Sequence[str] = (),
        hidden: Sequence[str] = (),
    ) -> None:
        """Puts a program of the root on the search path.

        Args:
            path: where it lies in the root.
            variables: what it is told besides; a name without a value is handed through.
            places: the variables that are handed through and name places in the scratch folder,
                which has another name in the sandbox.
            hidden: folders of the root that are empty for it.
        """
        told = {name: value or f"{{{name}}}" for name, value in variables.items()}
        told |= {name: f"{{{name}}}" for name in places}
        line = self.sandbox.command([path], told)
        for folder in hidden:
            line[-1:-1] = ["--tmpfs", folder]
        text = shlex.join(line)
        for name in told:
            inside = f'/scratch/"${{{name}#{self.sandbox.scratch}/}}"'
            plain = f'"${name}"'
            quoted = shlex.quote(f"{{{name}}}")
            text = text.replace(quoted, inside if name in places else plain)
        program = self.bin / Path(path).name
        program.write_text(f'#!/bin/sh\nPATH={os.environ["PATH"]}\nexec {text} "$@"\n')
        program.chmod(0o755)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the command."""
        environment = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "PYTHONPATH": str(self.packages),
            "STYLESWAP_HOME": str(self.home / ".styleswap"),
            "TMPDIR": str(self.temporary),
        }
        return subprocess.run(
            [sys.executable, "-B", "-m", "styleswap", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def findings(self, editor: str) -> dict[str, list[dict[str, Any]]]:
        """What the editor's doctor finds, by topics."""
        ended = self.run("doctor", editor, "--json")
        assert ended.stderr == ""
        told = json.loads(ended.stdout)
        assert ended.returncode == (1 if told["problems"] else 0)
        assert list(self.temporary.iterdir()) == []
        topics: dict[str, list[dict[str, Any]]] = {}
        for each in told["findings"]:
            topics.setdefault(each["topic"], []).append(each)
        return topics


def write_packages(folder: Path, plugin: str, *files: str) -> Path:
    """Writes the package as a wheel installs it: a plug-in and all it needs lie ready in it.

    Args:
        folder: an empty one, which is returned.
        plugin: the name of the plug-in's folder in plugins/.
        files: names of other files of it.
    """
    package, plugins = folder / "styleswap", folder / "styleswap" / "plugins"
    ignored = shutil.ignore_patterns("__pycache__", "*.safetensors", "*.png")
    shutil.copytree(CHECKOUT / "daemon" / "styleswap", package, ignore=ignored)
    (plugins / plugin).mkdir(parents=True)
    plugin_folder.write(plugin, plugins / plugin)
    for name in (plugin_folder.CLIENT, plugin_folder.TRANSLATIONS):
        (plugins / plugin / name).rename(plugins / name)
    for name in files:
        shutil.copy(plugin_folder.find(name), plugins / name)
    return folder
