"""Expected values for the tests in TypeScript: python -m models.train.swift.fixture test/fixtures/swift.safetensors

The network has random weights, which both languages draw alike, by a linear congruential generator. `__metadata__` has
for each tensor of the network its shape, and the seed and range of its numbers, as JSON in `weights`. For each of the
three pairs, `N/content` and `N/style` are pictures, and `N/code`, `N/modulation` (gamma and beta), `N/matched` and
`N/picture` what PyTorch makes of them in single precision. Styles are read at their own size, by the bundled mini.
"""

import json
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from ..layout import Tensors, decode, encode, write_whole
from .architecture import Swift, colour_moments, match_colours
from .critic import reader_of
from .layout import network_of, tensors_of
from .prepare import MINI

PAIRS = (((48, 40), (56, 44)), ((32, 28), (40, 33)), ((24, 32), (64, 20)))
"""Content and style, (width, height)."""


class Drawn(NamedTuple):
    shape: list[int]
    seed: int
    least: float
    most: float


def sequence(count: int, seed: int, least: float = 0.0, most: float = 1.0) -> np.ndarray:
    """x ← (1664525·x + 1013904223) mod 2³², x/2³² mapped to the range, as `sequence` in test/fixtures.ts."""
    powers = np.cumprod(np.full(count, 1664525, np.uint32), dtype=np.uint32)
    sums = np.cumsum(np.concatenate([np.ones(1, np.uint32), powers[:-1]]), dtype=np.uint32)
    states = powers * np.uint32(seed) + sums * np.uint32(1013904223)
    return (least + states / 2**32 * (most - least)).astype(np.float32)


def range_of(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """Such that nothing vanishes or explodes, and that some whitened components are clamped."""
    match name:
        case "code/mean":
            return 0.0, 0.5
        case "code/deviation":
            return 0.2, 0.8
        case "code/components":
            return -0.1, 0.1
        case "perceptron2/kernel":
            return -0.05, 0.05
    if name.endswith("/bias"):
        return -0.1, 0.1
    bound = round(math.sqrt(6 / math.prod(shape[:-1])), 4)
    return -bound, bound


def drawn() -> dict[str, Drawn]:
    shapes = {name: values.shape for name, values in tensors_of(Swift()).items()}
    return {
        name: Drawn(list(shape), seed, *range_of(name, shape)) for seed, (name, shape) in enumerate(shapes.items(), 1)
    }


def picture(width: int, height: int, seed: int) -> torch.Tensor:
    """Smooth coloured noise, (1, 3, height, width), of whole 255ths."""
    small = torch.from_numpy(sequence(3 * 6 * 6, seed)).view(1, 3, 6, 6)
    smooth = F.interpolate(small, (height, width), mode="bicubic", align_corners=False)
    noise = torch.from_numpy(sequence(3 * height * width, seed + 1, -0.1, 0.1)).view(1, 3, height, width)
    return ((smooth + noise).clamp(0, 1) * 255).round() / 255


@torch.no_grad()
def fixture() -> bytes:
    weights = drawn()
    network = network_of(
        {name: sequence(math.prod(w.shape), w.seed, w.least, w.most).reshape(w.shape) for name, w in weights.items()}
    )
    code_of = reader_of(decode(MINI.read_bytes()), torch.device("cpu"))
    tensors: Tensors = {}
    for n, (content_size, style_size) in enumerate(PAIRS):
        content, style = picture(*content_size, 100 + n), picture(*style_size, 200 + n)
        code = code_of(style)
        matched = match_colours(content, *colour_moments(style))
        values = {
            "content": content,
            "style": style,
            "code": code[0],
            "modulation": network.modulation(code)[0],
            "matched": matched,
            "picture": network(matched, code),
        }
        tensors |= {f"{n}/{name}": value.contiguous().numpy() for name, value in values.items()}
    return encode(tensors, {"weights": json.dumps({name: w._asdict() for name, w in weights.items()})})


if __name__ == "__main__":
    write_whole(Path(sys.argv[1]), fixture())
