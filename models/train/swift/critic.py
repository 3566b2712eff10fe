"""The networks that look at pictures: VGG19 judges what swift paints, and mini's statistics are a style's code."""

from collections.abc import Callable, Collection

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..architecture import MEAN, STD
from ..layout import Tensors

STYLE_TAPS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
"""Of both networks, after the ReLU."""
CONTENT_TAP = "block4_conv2"
BGR_MEAN = (103.939, 116.779, 123.68)
"""Of ImageNet's pictures, in [0,255], as VGG19 takes them."""


class Stack:
    """Convolutions `blockB_convC` with zero padding, a ReLU after each, and a pool before every block but the first."""

    def __init__(
        self,
        tensors: Tensors,
        pool: Callable[[Tensor, int], Tensor],
        normalise: Callable[[Tensor], Tensor],
        device: torch.device,
        precision: torch.dtype,
    ) -> None:
        self.pool, self.normalise, self.precision = pool, normalise, precision
        self.layers: dict[str, tuple[Tensor, Tensor]] = {}
        for name in sorted(key.removesuffix("/kernel") for key in tensors if key.endswith("/kernel")):
            kernel = torch.tensor(tensors[f"{name}/kernel"].astype(np.float32)).permute(3, 2, 0, 1)
            bias = torch.tensor(tensors[f"{name}/bias"].astype(np.float32))
            self.layers[name] = (
                kernel.to(device, precision).contiguous(memory_format=torch.channels_last),
                bias.to(device, precision),
            )

    def __call__(self, pictures: Tensor, taps: Collection[str]) -> dict[str, Tensor]:
        """The activations of some layers for pictures (N, 3, H, W) in [0,1]."""
        x = self.normalise(pictures).to(self.precision).contiguous(memory_format=torch.channels_last)
        seen: dict[str, Tensor] = {}
        for name, (kernel, bias) in self.layers.items():
            if name.endswith("conv1") and name != "block1_conv1":
                x = self.pool(x, 2)
            x = F.relu(F.conv2d(x, kernel, bias, padding=1))
            if name in taps:
                seen[name] = x
            if len(seen) == len(taps):
                break
        return seen

    def widths(self, taps: Collection[str]) -> list[int]:
        return [len(self.layers[tap][1]) for tap in taps]


def critic_of(tensors: Tensors, device: torch.device, precision: torch.dtype) -> Stack:
    mean = torch.tensor(BGR_MEAN, device=device).view(1, 3, 1, 1)
    return Stack(tensors, F.max_pool2d, lambda x: x[:, [2, 1, 0]] * 255 - mean, device, precision)


def reader_of(tensors: Tensors, device: torch.device) -> Callable[[Tensor], Tensor]:
    """Computes codes (N, CODE): for each layer the means of its channels, then their unbiased standard deviations."""
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (MEAN, STD))
    blocks = {name: values for name, values in tensors.items() if name.startswith("block")}
    mini = Stack(blocks, F.avg_pool2d, lambda x: (x - mean) / std, device, torch.float32)

    @torch.no_grad()
    def code(pictures: Tensor) -> Tensor:
        seen = mini(pictures, STYLE_TAPS)
        return torch.cat([torch.cat([x.mean((2, 3)), x.flatten(2).std(2)], 1) for x in seen.values()], 1)

    return code


def gram(activations: Tensor) -> Tensor:
    """(N, C, H, W) to the mean products of the channels (N, C, C), in single precision."""
    flat = activations.flatten(2)
    return (flat @ flat.transpose(1, 2)).float() / flat.shape[2]
