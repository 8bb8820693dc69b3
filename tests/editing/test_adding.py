"""Files that become styles, through a real daemon."""

import numpy as np
from PIL import Image

from styleswap.editing.adding import add_files


def test_files_are_added_one_by_one_and_all_there_is_to_know_is_told(daemon, tmp_path):
    pictures = [
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8))
        for seed in range(3)
    ]
    pictures[0].save(tmp_path / "plain.png")
    pictures[1].save(tmp_path / "two.tif", save_all=True, append_images=[pictures[2]])
    (tmp_path / "text.png").write_text("no picture")
    paths = [str(tmp_path / name) for name in ("text.png", "two.tif", "plain.png")]
    added = add_files(daemon, paths, str)
    styles = {style.name: style.id for style in daemon.styles.list()}
    try:
        assert added.last == styles["plain"]
        assert added.refused
        refused, noted = added.sentences
        assert refused.startswith("text.png: ")
        assert noted.startswith("two.tif: ")
        assert "only the first" in noted
        assert not add_files(daemon, paths[1:], str).refused
    finally:
        for name in ("plain", "two"):
            daemon.styles.remove(styles[name])
