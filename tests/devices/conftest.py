"""Few threads, as in the engine's tests."""

from tests.engine.conftest import _few_threads  # noqa: F401 - a fixture
