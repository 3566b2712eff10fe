"""The network mini: blocks of 3×3 convolutions with average pools between, and a classifier of the mean.

It is trained with a batch norm after every convolution and exported without: in evaluation a batch norm is a factor and
a shift for each channel, which the convolution before it can carry (`fold`).
"""

import copy
from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(NamedTuple):
    width: int
    convolutions: int


BLOCKS = (Block(24, 2), Block(48, 2), Block(96, 3), Block(192, 3), Block(256, 2))
FEATURES = BLOCKS[-1].width
CLASSIFIER = "predictions"

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, RGB in [0,1]."""


class Spec(NamedTuple):
    name: str
    into: int
    out: int
    pooled: bool
    """Whether the picture is halved before it."""


def convolutions() -> Iterator[Spec]:
    """Every convolution, in order."""
    into = 3
    for b, (width, count) in enumerate(BLOCKS, 1):
        for c in range(1, count + 1):
            yield Spec(f"block{b}_conv{c}", into, width, pooled=b > 1 and c == 1)
            into = width


class Mini(nn.Module):
    """Pictures (N, 3, H, W), as `normalise` makes them, to scores (N, classes)."""

    def __init__(self, classes: int, *, dropout: float = 0.0, folded: bool = False) -> None:
        super().__init__()
        self.folded = folded
        self.dropout = dropout
        self.convolutions = nn.ModuleDict()
        self.norms = nn.ModuleDict()
        for name, into, out, _ in convolutions():
            self.convolutions[name] = nn.Conv2d(into, out, 3, padding=1, bias=folded)
            self.norms[name] = nn.Identity() if folded else nn.BatchNorm2d(out)
        self.predictions = nn.Linear(FEATURES, classes)

    def convolution(self, name: str) -> nn.Conv2d:
        return cast(nn.Conv2d, self.convolutions[name])

    def norm(self, name: str) -> nn.BatchNorm2d:
        return cast(nn.BatchNorm2d, self.norms[name])

    def weights(self) -> dict[str, tuple[Tensor, Tensor]]:
        """A folded network's kernels and biases, by their layer's name in the file."""
        layers = {name: (self.convolution(name).weight, self.convolution(name).bias) for name in self.convolutions}
        layers[CLASSIFIER] = self.predictions.weight, self.predictions.bias
        return {name: (kernel, bias) for name, (kernel, bias) in layers.items() if bias is not None}

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The activations of each convolution, after its ReLU."""
        for name, _, _, pooled in convolutions():
            if pooled:
                x = F.avg_pool2d(x, 2)
            x = F.relu(self.norms[name](self.convolutions[name](x)))
            yield name, x

    def scores_everywhere(self, features: Tensor) -> Tensor:
        """The classifier at every position; the mean of it is the score of the picture."""
        return F.conv2d(features, self.predictions.weight[:, :, None, None], self.predictions.bias)

    def forward(self, x: Tensor) -> Tensor:
        for _, features in self.layers(x):
            x = features
        return self.predictions(F.dropout(x.mean((2, 3)), self.dropout, self.training))


def normalise(pictures: Tensor) -> Tensor:
    """Bytes (N, H, W, 3), RGB, to what the network takes (N, 3, H, W)."""
    mean = torch.tensor(MEAN, device=pictures.device)
    std = torch.tensor(STD, device=pictures.device)
    return ((pictures.float() / 255 - mean) / std).permute(0, 3, 1, 2)


@torch.no_grad()
def fold(trained: Mini) -> Mini:
    """The network with every batch norm carried by the convolution before it: γ(Kx − μ)/σ + β = (γ/σ)K·x + (β − μγ/σ)."""
    precise = copy.deepcopy(trained).cpu().double()
    folded = Mini(trained.predictions.out_features, folded=True).eval()
    for name, (kernel, bias) in folded.weights().items():
        if name == CLASSIFIER:
            continue
        norm = precise.norm(name)
        mean, variance = moments(norm)
        factor = norm.weight / torch.sqrt(variance + norm.eps)
        kernel.copy_(precise.convolution(name).weight * factor[:, None, None, None])
        bias.copy_(norm.bias - mean * factor)
    folded.predictions.load_state_dict(precise.predictions.state_dict())
    return folded


def moments(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The mean and the variance of each channel that it has met in training."""
    assert norm.running_mean is not None and norm.running_var is not None
    return norm.running_mean, norm.running_var
