"""How swift is trained. What is no field of `Settings` is the same in every training."""

import math
from dataclasses import dataclass

READING_SIZE = 384
"""Longest side at which a style is read when the network is used, in pixels."""
PHOTOGRAPH_SIDE = 224
"""Photographs are kept as squares of this side."""
PAINTING_SIZE = 224
"""Longest side of the paintings."""
FEATURED_SIZES = (288, 384, 512)
"""Longest sides at which each featured style is learnt."""
VARIED_EVERY = 3
"""Every third painting is a style once more, with other colours."""
SCALES = (1, 2, 4)
"""Styles are compared at the full size, a half and a quarter of it: large strokes show where the picture is small."""
CROP_MIN = 0.6
"""Least side of a crop, as a share of the photograph's."""

CONTENT_MAX, STYLE_MAX = 4.0, 6.0
"""Losses of a picture are clamped, so that an unusual one does not dominate its batch."""
STYLE_SOFTENING = 1e-3
"""Under the root of a layer's style loss."""
VARIATION_WEIGHT = 0.05
GRADIENT_MAX = 1.0
AVERAGE_MAX = 0.999
"""Share of the averaged weights that a step keeps, once there are many steps."""
WARM_UP = 200
"""Steps in which the rate rises, in every training."""
WHITENED_OVER, WHITENED_EACH = 3000, 20
"""Draws of styles whose codes a new network's whitening is made of, at most, and at most for each style."""


@dataclass(frozen=True)
class Settings:
    steps: int | None = None
    seconds: float | None = None
    """One of the two bounds the training, and with it the schedule of the rate."""
    size: int = 192
    batch: int = 4
    share: float = 0.5
    """Of the featured styles in a batch."""
    style_weight: float = 5.0
    rate: float = 1e-3
    """Of Adam, at its highest."""
    rate_floor: float = 0.03
    """The last rate as a share of the highest."""
    seed: int = 0


def rate_at(step: int, fraction: float, settings: Settings) -> float:
    """The learning rate of a step, counted from 0, when `fraction` of the training is over."""
    floor = settings.rate_floor
    cosine = (1 - floor) * 0.5 * (1 + math.cos(math.pi * fraction)) + floor
    return settings.rate * min(1, (step + 1) / WARM_UP) * cosine
