"""What a style asks for: its code, its colours' mean and covariance, and VGG19's Gram matrices at three sizes.

They are measured once. The Gram matrices, 3.7 MB a style, stay on the disk.
"""

import io
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..errors import RecipeError
from ..layout import write_whole
from ..terminal import Progress
from .architecture import colour_moments
from .critic import STYLE_TAPS, Stack, gram
from .pictures import SIDE_MIN, tensor, vary
from .settings import SCALES


@dataclass(frozen=True)
class Style:
    name: str
    picture: Image.Image
    """At the size at which it is learnt."""
    variation: int | None = None
    """Seed of its colours, if they are not its own."""


@dataclass(frozen=True)
class Targets:
    names: list[str]
    featured: int
    """So many of the first ones are sizes of the featured styles."""
    code: Tensor
    """(N, CODE)"""
    mean: Tensor
    """(N, 3, 1)"""
    covariance: Tensor
    """(N, 3, 3)"""
    grams: Tensor
    """(N, SCALES, Σ width²), bfloat16."""
    widths: list[int]

    def grams_at(self, chosen: Tensor, device: torch.device) -> list[list[Tensor]]:
        """The Gram matrices of some styles for each size and tap, (n, C, C)."""
        values = self.grams[chosen].to(device).float()
        areas = [width * width for width in self.widths]
        return [
            [
                part.reshape(len(chosen), width, width)
                for part, width in zip(values[:, s].split(areas, 1), self.widths, strict=True)
            ]
            for s in range(len(SCALES))
        ]

    def draw(self, count: int, share: float, random: torch.Generator) -> Tensor:
        """Positions of random styles, `share` of them featured ones."""
        featured = torch.rand(count, generator=random) < share
        one = torch.randint(self.featured, (count,), generator=random)
        other = torch.randint(self.featured, len(self.names), (count,), generator=random)
        return torch.where(featured, one, other)


def open_grams(folder: Path, count: int, widths: list[int]) -> Tensor:
    shape = (count, len(SCALES), sum(width * width for width in widths))
    return torch.from_file(
        str(folder / "grams.bin"), shared=True, size=shape[0] * shape[1] * shape[2], dtype=torch.bfloat16
    ).view(shape)


def open_targets(folder: Path) -> Targets:
    stored = torch.load(folder / "targets.pt", weights_only=True)
    return Targets(**stored, grams=open_grams(folder, len(stored["names"]), stored["widths"]))


@torch.no_grad()
def measure(
    folder: Path,
    styles: Iterable[Style],
    count: int,
    featured: int,
    critic: Stack,
    code_of: Callable[[Tensor], Tensor],
    device: torch.device,
) -> None:
    """Writes `grams.bin` and then `targets.pt`, which says that both are complete."""
    widths = critic.widths(STYLE_TAPS)
    (folder / "targets.pt").unlink(missing_ok=True)
    (folder / "grams.bin").unlink(missing_ok=True)
    needed = count * len(SCALES) * sum(width * width for width in widths) * 2
    # A mapped file on a full disk ends the process with a bus error.
    if shutil.disk_usage(folder).free < needed * 1.05:
        raise RecipeError(f"The Gram matrices of {count} styles need {needed / 2**30:.1f} GiB in {folder}.")
    grams = open_grams(folder, count, widths)
    names: list[str] = []
    moments: list[tuple[Tensor, Tensor, Tensor]] = []
    progress = Progress("measuring")
    for i, style in enumerate(styles):
        picture = tensor(style.picture)
        if style.variation is not None:
            picture = vary(picture, np.random.default_rng(style.variation))
        picture = picture.to(device)
        names.append(style.name)
        moments.append((code_of(picture).cpu(), *(value.cpu() for value in colour_moments(picture))))
        for s, scale in enumerate(SCALES):
            seen = critic(shrunk(picture, scale), STYLE_TAPS)
            grams[i, s] = torch.cat([gram(seen[tap]).flatten() for tap in STYLE_TAPS]).to(torch.bfloat16).cpu()
        progress.show((i + 1) / count, f"{i + 1}/{count} styles")
    progress.done()
    assert len(names) == count
    code, mean, covariance = (torch.cat(values) for values in zip(*moments, strict=True))
    buffer = io.BytesIO()
    torch.save(
        {"names": names, "featured": featured, "code": code, "mean": mean, "covariance": covariance, "widths": widths},
        buffer,
    )
    write_whole(folder / "targets.pt", buffer.getvalue())


def shrunk(picture: Tensor, scale: int) -> Tensor:
    if scale == 1:
        return picture
    size = [max(SIDE_MIN, side // scale) for side in picture.shape[2:]]
    return F.interpolate(picture, size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
