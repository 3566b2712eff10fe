"""How the network is trained. What is no field here is the same in every run."""

import math
from dataclasses import dataclass

MOMENTUM = 0.9
WEIGHT_DECAY = 3e-4
"""Of kernels alone; biases and norms are free."""
LABEL_SMOOTHING = 0.1
DROPOUT = 0.1

RATE = 0.1
"""At a batch of 128, in proportion for others (Goyal et al. 2017, "Accurate, Large Minibatch SGD")."""
RATE_MIN = 1e-4
WARM_UP = 0.05
"""Share of the run in which the rate rises; after it follows half a cosine (Loshchilov and Hutter 2017, "SGDR")."""


@dataclass(frozen=True)
class Settings:
    epochs: float | None = None
    minutes: float | None = None
    """One of the two bounds the run, and with it the schedule of the rate."""
    size: int = 64
    """Pictures are size × size; the network sees cuts of 7/8 of it."""
    batch: int = 128
    seed: int = 0

    @property
    def peak(self) -> float:
        return RATE * self.batch / 128


def rate_at(fraction: float, peak: float) -> float:
    """The learning rate when so much of the run is over."""
    if fraction < WARM_UP:
        return max(RATE_MIN, peak * fraction / WARM_UP)
    turn = math.pi * (fraction - WARM_UP) / (1 - WARM_UP)
    return max(RATE_MIN, peak / 2 * (1 + math.cos(turn)))
