"""The pictures by which an encoder is judged."""

import torch

from styleswap.training.judging.grid import sample
from styleswap.training.judging.reading import encoder_crops


def test_the_encoders_crops_are_the_sample_photos_in_three_sets_of_colours() -> None:
    crops = encoder_crops(64)
    assert crops.shape == (12, 3, 64, 64)
    assert 0 <= float(crops.min()) < float(crops.max()) <= 1
    assert torch.equal(crops, encoder_crops(64))
    astronaut = sample("astronaut", 128)
    assert torch.equal(crops[:1], astronaut[..., 32:96, 32:96])
    assert not any(torch.allclose(crops[0], other, atol=0.02) for other in crops[[4, 8]])
