"""The network swift: repaints a picture in any style in one pass.

The shape is that of Johnson, Alahi and Fei-Fei ("Perceptual Losses for Real-Time Style Transfer", 2016) with nearest
upsampling and reflection padding. A style enters by the scale and shift of every instance normalisation (Dumoulin et
al., "A Learned Representation for Artistic Style", 2017), which a perceptron computes from the style's code. The
colours are matched before, in closed form, and the network adds to them in logit space: it only learns strokes.

The parameters' names are those of every checkpoint; `layout.py` has the names in the file that Reverie reads.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (24, 48, 96)
RESIDUALS = 5
CODE = 1232
"""Numbers of a style's code: mean and deviation of every channel of mini's five style layers."""
COMPONENTS = 64
HIDDEN = 256
COMPONENT_MAX = 3.0
"""Whitened components are limited to so many standard deviations."""
DEVIATION_MIN = 1e-3
"""Added to the deviations that codes are divided by."""
LOGIT_BOUNDS = (0.02, 0.98)
"""Of the colours that are turned into logits."""

CONTENT_RIDGE, STYLE_RIDGE = 2e-3, 2e-4
"""Added to the variances of the colours before the roots are taken."""
EIGENVALUE_MIN = 1e-5


class Convolution(nn.Module):
    """Reflection padding, a convolution, and an instance normalisation with the scale 1 + gamma and the shift beta."""

    def __init__(self, into: int, out: int, kernel: int, *, stride: int = 1, upsample: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, kernel, stride)
        self.pad, self.upsample = kernel // 2, upsample

    def forward(self, x: Tensor, gamma: Tensor, beta: Tensor, *, relu: bool = True) -> Tensor:
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.conv(F.pad(x, (self.pad,) * 4, mode="reflect"))
        x = F.instance_norm(x) * (1 + gamma[:, :, None, None]).to(x.dtype) + beta[:, :, None, None].to(x.dtype)
        return F.relu(x) if relu else x


class Swift(nn.Module):
    """Pictures whose colours are matched, (N, 3, H, W) in [0,1], and styles' codes (N, CODE) to pictures in [0,1].

    H and W are multiples of 4.
    """

    mu: Tensor
    sd: Tensor
    proj: Tensor

    def __init__(self) -> None:
        super().__init__()
        narrow, middle, wide = WIDTHS
        self.down = nn.ModuleList(
            [
                Convolution(3, narrow, 9),
                Convolution(narrow, middle, 3, stride=2),
                Convolution(middle, wide, 3, stride=2),
            ]
        )
        self.res = nn.ModuleList([Convolution(wide, wide, 3) for _ in range(2 * RESIDUALS)])
        self.up = nn.ModuleList(
            [Convolution(wide, middle, 3, upsample=True), Convolution(middle, narrow, 3, upsample=True)]
        )
        self.out = nn.Conv2d(narrow, 3, 9)
        self.widths = [narrow, middle, wide] + [wide] * (2 * RESIDUALS) + [middle, narrow]
        self.mlp = nn.Sequential(nn.Linear(COMPONENTS, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 2 * sum(self.widths)))
        self.register_buffer("mu", torch.zeros(CODE))
        self.register_buffer("sd", torch.ones(CODE))
        self.register_buffer("proj", torch.zeros(CODE, COMPONENTS))
        # The first picture of a new network is its input, hardly modulated.
        last = self.mlp[2]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, 0, 0.03)
        nn.init.zeros_(last.bias)
        nn.init.zeros_(self.out.weight)
        assert self.out.bias is not None
        nn.init.zeros_(self.out.bias)

    @torch.no_grad()
    def whiten(self, codes: Tensor) -> None:
        """Takes the principal components of codes (N, CODE), N at least COMPONENTS, so that each has deviation 1."""
        self.mu.copy_(codes.mean(0))
        self.sd.copy_(codes.std(0) + DEVIATION_MIN)
        _, singular, components = torch.linalg.svd((codes - self.mu) / self.sd, full_matrices=False)
        # The floor is met only by directions in which the styles do not differ.
        lengths = (singular[:COMPONENTS, None] / math.sqrt(len(codes))).clamp_min(1e-3)
        self.proj.copy_((components[:COMPONENTS] / lengths).T)

    def modulation(self, code: Tensor) -> Tensor:
        """Gamma and beta of each normalisation in turn, (N, 2·Σ widths)."""
        components = ((code - self.mu) / self.sd) @ self.proj
        return self.mlp(components.clamp(-COMPONENT_MAX, COMPONENT_MAX)).float()

    def split(self, modulation: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        parts = modulation.split([width for width in self.widths for _ in ("gamma", "beta")], 1)
        return zip(parts[::2], parts[1::2], strict=True)

    def forward(self, matched: Tensor, code: Tensor) -> Tensor:
        with torch.autocast(matched.device.type, enabled=False):
            affine = self.split(self.modulation(code))
        base = torch.logit(matched.float().clamp(*LOGIT_BOUNDS))
        x = matched * 2 - 1
        for layer in self.down:
            x = layer(x, *next(affine))
        for first, second in zip(self.res[::2], self.res[1::2], strict=True):
            x = x + second(first(x, *next(affine)), *next(affine), relu=False)
        for layer in self.up:
            x = layer(x, *next(affine))
        return torch.sigmoid(base + self.out(F.pad(x, (4,) * 4, mode="reflect")).float())


def colour_moments(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Means (N, 3, 1) and biased covariances (N, 3, 3) of the colours of (N, 3, H, W)."""
    pixels = pictures.flatten(2)
    mean = pixels.mean(2, keepdim=True)
    return mean, (pixels - mean) @ (pixels - mean).transpose(1, 2) / pixels.shape[2]


def root(covariance: Tensor, *, inverse: bool = False) -> Tensor:
    """The symmetric root."""
    values, vectors = torch.linalg.eigh(covariance)
    values = values.clamp_min(EIGENVALUE_MIN).sqrt()
    return vectors @ torch.diag_embed(1 / values if inverse else values) @ vectors.transpose(1, 2)


def match_colours(contents: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """The contents (N, 3, H, W) with the styles' means and covariances of colours, in [0,1]."""
    own, variation = colour_moments(contents)
    eye = torch.eye(3, device=contents.device)
    turn = root(covariance + eye * STYLE_RIDGE) @ root(variation + eye * CONTENT_RIDGE, inverse=True)
    return (turn @ (contents.flatten(2) - own) + mean).clamp(0, 1).view_as(contents)
