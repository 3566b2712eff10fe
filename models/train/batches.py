"""Which pictures a step sees, and how they are cut: a function of seed and step alone.

So an interrupted run goes on with the very pictures that it would have seen.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .errors import RecipeError
from .pictures import Pictures

HELD_OUT = 0.1
"""Share of each class that validates where there is no folder for it."""
ORDER, CUT = 0, 1
"""Streams of random numbers."""


@dataclass(frozen=True)
class Share:
    """Some of a folder's pictures."""

    pictures: Pictures
    positions: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        return self.pictures.labels[self.positions]


def whole(pictures: Pictures) -> Share:
    return Share(pictures, np.arange(len(pictures.labels)))


def split(pictures: Pictures, seed: int) -> tuple[Share, Share]:
    """For training and for validation: a tenth of each class, at least one picture, is held out."""
    held: list[np.ndarray] = []
    for label, name in enumerate(pictures.classes):
        own = np.flatnonzero(pictures.labels == label)
        if len(own) < 2:
            raise RecipeError(f"The class “{name}” has one picture: it needs another one for validation.")
        count = max(1, round(len(own) * HELD_OUT))
        held.append(np.random.default_rng((seed, label)).permutation(own)[:count])
    validation = np.sort(np.concatenate(held))
    training = np.setdiff1d(np.arange(len(pictures.labels)), validation)
    return Share(pictures, training), Share(pictures, validation)


def crop_of(size: int) -> int:
    return size * 7 // 8


class Batches:
    def __init__(self, share: Share, batch: int, seed: int) -> None:
        if len(share.positions) < batch:
            raise RecipeError(
                f"{len(share.positions)} pictures to train on are fewer than a batch of {batch}: add some, or lower --batch."
            )
        self.share, self.batch, self.seed = share, batch, seed
        self.an_epoch = len(share.positions) // batch
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Bytes (batch, crop, crop, 3) and labels (batch)."""
        epoch, place = divmod(step, self.an_epoch)
        if epoch != self._epoch:
            order = np.random.default_rng((self.seed, ORDER, epoch)).permutation(self.share.positions)
            self._epoch, self._order = epoch, order
        positions = self._order[place * self.batch : (place + 1) * self.batch]
        cut = augment(self.share.pictures.images, positions, np.random.default_rng((self.seed, CUT, step)))
        return torch.from_numpy(cut), torch.from_numpy(self.share.pictures.labels[positions])


def augment(images: np.ndarray, positions: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A random cut of each picture, every other one mirrored."""
    count, size = len(positions), images.shape[1]
    crop = crop_of(size)
    top, left = random.integers(0, size - crop + 1, (2, count, 1))
    rows, columns = top + np.arange(crop), left + np.arange(crop)
    mirrored = random.random(count) < 0.5
    columns[mirrored] = columns[mirrored, ::-1]
    return images[positions[:, None, None], rows[:, :, None], columns[:, None, :]]


def middle(images: np.ndarray, positions: np.ndarray) -> np.ndarray:
    crop = crop_of(images.shape[1])
    margin = (images.shape[1] - crop) // 2
    return images[positions, margin : margin + crop, margin : margin + crop]
