"""One run: steps of stochastic gradient descent, from the first or from a checkpoint to the last."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .architecture import Mini, normalise
from .batches import Batches, Share, middle
from .checkpoints import read_checkpoint, write_checkpoint
from .errors import RecipeError
from .settings import DROPOUT, LABEL_SMOOTHING, MOMENTUM, WEIGHT_DECAY, Settings, rate_at

VALIDATED_AT_ONCE = 500


def device_of(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as cause:
        raise RecipeError(f"The device “{name}” cannot be used: {str(cause).splitlines()[0]}") from cause
    return torch.device(name)


def precision_of(device: torch.device) -> torch.dtype:
    """Half the bytes where the device computes with them."""
    if device.type == "cuda":
        quick = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has = torch.cpu.get_capabilities()
        quick = device.type == "cpu" and any(has.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.bfloat16 if quick else torch.float32


class Training:
    def __init__(self, training: Share, validation: Share, settings: Settings, device: torch.device) -> None:
        self.settings, self.device, self.precision = settings, device, precision_of(device)
        self.training, self.validation = training, validation
        self.batches = Batches(training, settings.batch, settings.seed)
        self.step = 0
        self.before, self.since = 0.0, time.monotonic()
        """Seconds of the parts before an interruption, and when this part began."""
        torch.manual_seed(settings.seed)
        network = Mini(len(training.pictures.classes), dropout=DROPOUT)
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        kernels = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim == 1]
        self.optimiser = torch.optim.SGD(
            [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0}],
            lr=settings.peak,
            momentum=MOMENTUM,
            nesterov=True,
        )

    @property
    def seconds(self) -> float:
        """Spent so far. By the clock on the wall: a step returns before a GPU has done it."""
        return self.before + time.monotonic() - self.since

    @property
    def fraction(self) -> float:
        """How much of the run is over, in [0,1]."""
        if self.settings.minutes is not None:
            return min(1.0, self.seconds / (60 * self.settings.minutes))
        assert self.settings.epochs is not None
        return min(1.0, self.step / max(1, round(self.settings.epochs * self.batches.an_epoch)))

    def advance(self) -> Tensor:
        """One step; its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.fraction, self.settings.peak)
        # Dropout's numbers follow from seed and step, as the batch does: there is no other state to keep.
        torch.manual_seed((self.settings.seed << 32) + self.step)
        pictures, labels = self.batches.at(self.step)
        self.network.train()
        scores = self.scores(pictures)
        loss = F.cross_entropy(scores, labels.to(self.device), label_smoothing=LABEL_SMOOTHING)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.step += 1
        return loss.detach()

    def scores(self, pictures: Tensor) -> Tensor:
        quick = self.precision != torch.float32
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=quick):
            return self.network(normalise(pictures.to(self.device))).float()

    @torch.no_grad()
    def accuracy(self) -> float:
        """Share of the validation pictures whose best class is the right one."""
        self.network.eval()
        share, right = self.validation, 0
        for start in range(0, len(share.positions), VALIDATED_AT_ONCE):
            positions = share.positions[start : start + VALIDATED_AT_ONCE]
            scores = self.scores(torch.from_numpy(middle(share.pictures.images, positions)))
            right += int((scores.argmax(1).cpu() == torch.from_numpy(share.pictures.labels[positions])).sum())
        return right / len(share.positions)

    def identity(self) -> dict[str, Any]:
        """What makes two checkpoints ones of the same run."""
        data = [share.pictures.fingerprint for share in (self.training, self.validation)]
        return {**asdict(self.settings), "data": data}

    def save(self, file: Path) -> None:
        state = {
            "identity": self.identity(),
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        write_checkpoint(file, state)

    def restore(self, file: Path) -> None:
        state = read_checkpoint(file, self.identity(), self.device)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        self.before, self.since = state["seconds"], time.monotonic()
