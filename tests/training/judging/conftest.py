"""Weights that are lent beside a checkout, and never part of it."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def shared_weights() -> Path:
    """The folder of VGG-19's and WCT's weights; the test says so and is skipped without it."""
    for folder in (REPOSITORY / "shared", REPOSITORY.parent / "shared"):
        if (folder / "weights").is_dir():
            return folder / "weights"
    pytest.skip("shared/weights is lent beside a checkout, and is not here")
