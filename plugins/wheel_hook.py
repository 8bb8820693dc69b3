"""What the wheel holds besides the package: the plug-ins, their translations, and their client."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditorFiles(BuildHookInterface[Any]):
    """Puts them into `styleswap/plugins`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds client and translations; an editable install takes none of this."""
        if version == "editable":
            return
        plugins = Path(self.root) / "plugins"
        sys.path.insert(0, str(plugins))
        try:
            import translations
            import vendor
        finally:
            sys.path.remove(str(plugins))
        target = "styleswap/plugins"
        build_data["force_include"][str(vendor.build())] = f"{target}/{vendor.PACKAGE}"
        build_data["force_include"][str(translations.build())] = f"{target}/locale"
        for editor in ("gimp", "krita"):
            if (plugins / editor).is_dir():
                build_data["force_include"][str(plugins / editor)] = f"{target}/{editor}"
