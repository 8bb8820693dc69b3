"""The engine's small networks."""

from tests.engine.conftest import _few_threads, encoder_tensors  # noqa: F401 - fixtures
