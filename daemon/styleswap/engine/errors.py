"""What can go wrong in the engine. Every message is a sentence for a person."""


class EngineError(Exception):
    """The engine cannot do what was asked."""


class InvalidPicture(EngineError):
    """A picture holds values that are no colours."""


class StyleTooSmall(EngineError):
    """A style has fewer than four patches a side.

    Attributes:
        position: its place among the styles of the painting, from 0.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class WeightsError(EngineError):
    """Weights are missing, broken, or do not fit together."""


class Cancelled(EngineError):
    """The caller asked to stop."""
