"""The figures that a model must reach before its weights are committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from styleswap.training.judging.pictures import Figures
from styleswap.training.judging.reading import RoundTrip, Swapped
from styleswap.training.judging.weave import Weave

NEED_TEACHER = "give VGG-19 with --teacher"
NEED_REFERENCE = "give --teacher and --optimised 300"


@dataclass(frozen=True)
class Gate:
    """One figure and its limit.

    Attributes:
        name: for people, with the unit.
        figure: what was measured; None where it was not.
        limit: what it may reach.
        least: the limit is the smallest allowed figure, else the largest.
        missing: what to do to have it measured.
    """

    name: str
    figure: float | None
    limit: float
    least: bool = False
    missing: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure keeps the limit; None where it was not measured."""
        if self.figure is None:
            return None
        return self.figure >= self.limit if self.least else self.figure <= self.limit


def gates(
    trips: Sequence[RoundTrip],
    swaps: Sequence[Swapped],
    weaves: Sequence[Weave],
    fidelity: Mapping[str, float],
    pictures: Figures | None,
    optimised: Figures | None,
) -> list[Gate]:
    """All gates.

    Worst cases where a limit is for each case (swaps, weaves, noise), means where it is for the
    set. The content's SSIM may be at most 0.03 *below* the optimiser's: keeping more of the
    content is no fault by itself, what it may cost is in the style's distances.

    Args:
        trips: round trips.
        swaps: swapped activations.
        weaves: of smooth content.
        fidelity: of the encoder; empty where there was no teacher.
        pictures: mean over the grid of the judged model.
        optimised: mean over the same grid of VGG-19 and 300 steps; None where there is none.
    """
    count = len(trips)
    statistics = palette = similarity = None
    if pictures is not None and optimised is not None:
        if pictures.statistics is not None and optimised.statistics is not None:
            statistics = pictures.statistics / optimised.statistics
        palette = pictures.palette / optimised.palette
        similarity = pictures.similarity - optimised.similarity
    return [
        Gate("round trip, mean PSNR in dB", sum(t.psnr for t in trips) / count, 32, least=True),
        Gate("round trip, mean gradient error", sum(t.gradient_error for t in trips) / count, 0.40),
        Gate("lost to 5 % noise at worst, in dB", max(t.noise_loss for t in trips), 1),
        Gate("swapped, worst error over Adam 100's", max(s.ratio for s in swaps), 1.35),
        Gate(
            "weave at 2 and 4 px, worst over the style's own and chance",
            max((w.excess for w in weaves), default=None),
            1,
            missing="name styles with --styles",
        ),
        Gate("encoder, match regret", fidelity.get("regret"), 0.01, missing=NEED_TEACHER),
        Gate("encoder, error", fidelity.get("error"), 0.08, missing=NEED_TEACHER),
        Gate(
            "encoder, worst hue's error over the mean",
            fidelity.get("hue_ratio"),
            1.5,
            missing=NEED_TEACHER,
        ),
        Gate(
            "pictures, style statistics over the optimiser's",
            statistics,
            1.15,
            missing=NEED_REFERENCE,
        ),
        Gate("pictures, palette over the optimiser's", palette, 1.1, missing=NEED_REFERENCE),
        Gate(
            "pictures, SSIM minus the optimiser's",
            similarity,
            -0.03,
            least=True,
            missing=NEED_REFERENCE,
        ),
    ]
