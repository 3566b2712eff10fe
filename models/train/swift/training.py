"""One training: the losses, and the steps from the first, or from a checkpoint, to the last."""

import datetime
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..checkpoints import read_checkpoint, write_checkpoint
from ..errors import RecipeError
from ..training import precision_of
from .architecture import Swift, match_colours
from .critic import CONTENT_TAP, STYLE_TAPS, Stack, critic_of, gram
from .pictures import crops
from .prepare import Data
from .settings import (
    AVERAGE_MAX,
    CONTENT_MAX,
    GRADIENT_MAX,
    SCALES,
    STYLE_MAX,
    STYLE_SOFTENING,
    VARIATION_WEIGHT,
    WHITENED_EACH,
    WHITENED_OVER,
    Settings,
    rate_at,
)

RECENT = 100
"""Steps that the reported losses are means of."""
STEP_SECONDS_MAX = 6.0
"""A longer step was suspended: it is not counted as longer."""
START, STEP = 0, 1
"""Streams of random numbers."""
LOSSES = ("content", "style_root", "style", "style_half", "style_quarter")


class Losses(NamedTuple):
    content: Tensor
    """(N): mean square difference at the content layer over the content's mean square."""
    style: Tensor
    """(N): mean over layers and sizes of the root of the style loss."""
    by_scale: list[Tensor]
    """(N) for each size: mean over layers of ‖G − A‖² / ‖A‖²."""


def losses_of(critic: Stack, painted: Tensor, kept: Tensor, wanted: list[list[Tensor]]) -> Losses:
    """
    `kept` are the contents' activations; `wanted` the Gram matrices, by size and tap.

    The root keeps unusual styles from dominating a batch. A quarter of a picture is too small for the last tap.
    """
    content, layers = painted.new_zeros(len(painted)), []
    for scale, grams in zip(SCALES, wanted, strict=True):
        full = scale == 1
        small = (
            painted
            if full
            else F.interpolate(painted, scale_factor=1 / scale, mode="bicubic", antialias=True, align_corners=False)
        )
        taps = STYLE_TAPS if scale < 4 else STYLE_TAPS[:4]
        seen = critic(small, [*taps, CONTENT_TAP] if full else taps)
        if full:
            difference = (seen[CONTENT_TAP].float() - kept) ** 2
            content = difference.mean((1, 2, 3)) / (kept**2).mean((1, 2, 3))
        layers.append(
            torch.stack(
                [
                    ((gram(seen[tap]) - target) ** 2).mean((1, 2)) / (target**2).mean((1, 2))
                    for tap, target in zip(taps, grams, strict=False)
                ]
            )
        )
    roots = [(layer + STYLE_SOFTENING).sqrt().mean(0) for layer in layers]
    return Losses(content, sum(roots, painted.new_zeros(())) / len(roots), [layer.mean(0) for layer in layers])


def variation(pictures: Tensor) -> Tensor:
    """Mean difference of neighbours."""
    down = (pictures[:, :, 1:] - pictures[:, :, :-1]).abs().mean()
    return down + (pictures[:, :, :, 1:] - pictures[:, :, :, :-1]).abs().mean()


def random_of(seed: int, *stream: int) -> torch.Generator:
    """Random numbers that follow from the seed and the stream alone."""
    # PyTorch's generator on the CPU uses 32 bits of its seed.
    state = np.random.SeedSequence((seed, *stream)).generate_state(1)[0]
    return torch.Generator().manual_seed(int(state))


class Start(NamedTuple):
    """What an earlier training hands on."""

    network: Swift
    steps: int
    trainings: list[dict[str, Any]]
    digest: str


class Training:
    def __init__(
        self,
        data: Data,
        settings: Settings,
        device: torch.device,
        start: Start | None = None,
        *,
        fresh_code: bool = False,
    ) -> None:
        self.data, self.settings, self.device = data, settings, device
        self.start, self.fresh_code = start, fresh_code
        self.precision = precision_of(device)
        self.critic = critic_of(data.critic, device, self.precision)
        self.step, self.seconds = 0, 0.0
        self.recent: deque[Tensor] = deque(maxlen=RECENT)
        """For each of the last steps the means of LOSSES over the batch."""
        self.network = self.first_network().to(device)
        self.average = Swift().to(device)
        self.average.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=settings.rate)

    def first_network(self) -> Swift:
        """The averaged weights of an earlier training, or new ones. A fresh code has a new whitening and perceptron."""
        torch.manual_seed(self.settings.seed)
        network = Swift()
        if self.start is None or self.fresh_code:
            targets, random = self.data.targets, random_of(self.settings.seed, START)
            count = min(WHITENED_OVER, WHITENED_EACH * len(targets.names))
            network.whiten(targets.code[targets.draw(count, self.settings.share, random)])
        if self.start is not None:
            kept = self.start.network.state_dict()
            if self.fresh_code:
                kept = {name: values for name, values in kept.items() if name.startswith(("down", "res", "up", "out"))}
            network.load_state_dict({**network.state_dict(), **kept})
        return network

    @property
    def fraction(self) -> float:
        """How much of the training is over, in [0,1]."""
        if self.settings.steps is not None:
            return min(1.0, self.step / self.settings.steps)
        assert self.settings.seconds is not None
        return min(1.0, self.seconds / self.settings.seconds)

    def loss_at(self, step: int) -> tuple[Tensor, Losses]:
        """The loss of the pictures and styles that belong to a step."""
        targets, settings = self.data.targets, self.settings
        random = random_of(settings.seed, STEP, step)
        contents = crops(self.data.photographs, settings.batch, settings.size, random, self.device)
        chosen = targets.draw(settings.batch, settings.share, random)
        mean, covariance, code = (x[chosen].to(self.device) for x in (targets.mean, targets.covariance, targets.code))
        with torch.no_grad():
            kept = self.critic(contents, [CONTENT_TAP])[CONTENT_TAP].float()
            matched = match_colours(contents, mean, covariance).contiguous(memory_format=torch.channels_last)
        quick = self.precision != torch.float32
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=quick):
            painted = self.network(matched, code)
        found = losses_of(self.critic, painted, kept, targets.grams_at(chosen, self.device))
        content, style = found.content.clamp(max=CONTENT_MAX).mean(), found.style.clamp(max=STYLE_MAX).mean()
        return content + settings.style_weight * style + VARIATION_WEIGHT * variation(painted), found

    def advance(self) -> Tensor:
        """One step; its loss."""
        begun = time.monotonic()
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.fraction, self.settings)
        loss, found = self.loss_at(self.step)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_MAX)
        self.optimiser.step()
        self.step += 1
        with torch.no_grad():
            keep = min(AVERAGE_MAX, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)
            self.recent.append(torch.stack([found.content, found.style, *found.by_scale]).mean(1))
        self.seconds += min(time.monotonic() - begun, STEP_SECONDS_MAX)
        return loss.detach()

    def losses(self) -> dict[str, float]:
        """Means over the last steps. Reading them waits for the device."""
        if not self.recent:
            return {}
        values = torch.stack(list(self.recent)).mean(0).tolist()
        if not all(abs(value) < float("inf") for value in values):
            raise RecipeError(f"A loss is no number any more at step {self.step}: the training has diverged.")
        return {name: round(value, 4) for name, value in zip(LOSSES, values, strict=True)}

    def identity(self) -> dict[str, Any]:
        """What makes two checkpoints ones of the same training."""
        begun = {"from": self.start.digest if self.start else None, "fresh code": self.fresh_code}
        return {**asdict(self.settings), **begun, "data": self.data.about["fingerprint"]}

    def summary(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in asdict(self.settings).items() if name not in ("steps", "seconds")},
            "steps": self.step,
            "seconds": round(self.seconds),
            "place": f"{torch.get_num_threads()} CPU threads" if self.device.type == "cpu" else str(self.device),
            "precision": "bfloat16" if self.precision == torch.bfloat16 else "single",
            "losses": self.losses(),
            "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        }

    def save(self, file: Path) -> None:
        before = self.start.trainings if self.start else []
        state = {
            "identity": self.identity(),
            "step": self.step,
            "steps": self.step + (self.start.steps if self.start else 0),
            "seconds": self.seconds,
            "recent": torch.stack(list(self.recent)).cpu() if self.recent else torch.zeros(0),
            "net": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "trainings": [*before, self.summary()],
            "data": self.data.about,
        }
        write_checkpoint(file, state)

    def restore(self, file: Path) -> None:
        state = read_checkpoint(file, self.identity(), self.device)
        self.network.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.recent.extend(state["recent"].to(self.device))
