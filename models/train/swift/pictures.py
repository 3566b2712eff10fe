"""Pictures from folders and tars, what is cut from them, and the pictures that are too much like judged ones."""

import io
import itertools
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from ..errors import RecipeError
from ..pictures import NAMED_MAX, PIXELS_MAX, SUFFIXES, pictures_in
from ..terminal import warn
from .settings import CROP_MIN

SIDE_MIN = 16
"""The least that VGG19 can look at."""
HASH_SIDE = 16
HASH_DISTANCE = 50
"""Of 256 bits. Copies that were trimmed by up to a tenth on each side, recoloured and compressed differ from one of the
trims below by at most 47; 3,700 other pictures by at least 56."""
TRIMS = (0.0, 0.05, 0.1)


def read_all(source: Path) -> Iterator[tuple[str, Image.Image]]:
    """Names and pictures (RGB) of a folder, sorted, or of a tar, in its order. Those that cannot be read are named."""
    broken = 0
    for name, opened in sources_in(source):
        try:
            yield name, upright(opened())
        # Pillow raises what its formats raise: OSError, ValueError, SyntaxError and more.
        except Exception as why:
            broken += 1
            if broken <= NAMED_MAX:
                warn(f"skipped {name} of {source}: {why}")
    if broken > NAMED_MAX:
        warn(f"skipped {broken - NAMED_MAX} more of {source} that cannot be read.")


def sources_in(source: Path) -> Iterator[tuple[str, Callable[[], Image.Image]]]:
    if source.is_dir():
        for file in sorted(pictures_in(source)):
            yield str(file.relative_to(source)), lambda file=file: Image.open(file)
    elif source.is_file() and tarfile.is_tarfile(source):
        with tarfile.open(source) as tar:
            for member in tar:
                if member.isfile() and Path(member.name).suffix.lower() in SUFFIXES:
                    content = tar.extractfile(member)
                    assert content is not None
                    data = content.read()
                    yield member.name, lambda data=data: Image.open(io.BytesIO(data))
    else:
        raise RecipeError(f"{source} is neither a folder nor a tar.")


def upright(opened: Image.Image) -> Image.Image:
    with opened as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise RecipeError(f"{picture.width}×{picture.height} pixels are too many")
        return ImageOps.exif_transpose(picture).convert("RGB")


def scaled(picture: Image.Image, longest: int) -> Image.Image:
    factor = longest / max(picture.size)
    width, height = (max(SIDE_MIN, round(side * factor)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def reduced(picture: Image.Image, longest: int) -> Image.Image:
    """Scaled, but never enlarged."""
    return scaled(picture, longest) if max(picture.size) > longest else picture


def square(picture: Image.Image, side: int) -> np.ndarray:
    """The middle square, bytes (3, side, side)."""
    factor = side / min(picture.size)
    width, height = (max(side, round(length * factor)) for length in picture.size)
    left, top = (width - side) // 2, (height - side) // 2
    whole = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(whole.crop((left, top, left + side, top + side))).transpose(2, 0, 1)


def tensor(picture: Image.Image) -> Tensor:
    """(1, 3, H, W) in [0,1]."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255


def crops(photographs: Tensor, count: int, size: int, random: torch.Generator, device: torch.device) -> Tensor:
    """Parts of random photographs (bytes, N×3×S×S), half of them mirrored: (count, 3, size, size) in [0,1]."""
    chosen = photographs[torch.randint(len(photographs), (count,), generator=random)].to(device).float() / 255
    share = CROP_MIN + (1 - CROP_MIN) * torch.rand(count, generator=random)
    shift = (torch.rand(2, count, generator=random) * 2 - 1) * (1 - share)
    mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1], theta[:, 0, 2], theta[:, 1, 2] = share * mirror, share, shift[0], shift[1]
    grid = F.affine_grid(theta.to(device), [count, 3, size, size], align_corners=False)
    return F.grid_sample(chosen, grid, mode="bicubic", padding_mode="reflection", align_corners=False).clamp(0, 1)


def vary(style: Tensor, random: np.random.Generator) -> Tensor:
    """Permuted or inverted colours, another contrast and brightness: a style that no painter had."""
    kind = random.random()
    if kind < 0.45:
        style = style[:, random.permutation(3)]
    elif kind < 0.55:
        style = 1 - style
    contrast = 0.7 + 0.6 * random.random()
    return ((style - 0.5) * contrast + 0.5 + 0.2 * (random.random() - 0.5)).clamp(0, 1)


def difference_hash(picture: Image.Image) -> np.ndarray:
    """Whether each cell of a coarse grid is brighter than its left neighbour: HASH_SIDE² bits."""
    grey = picture.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.LANCZOS)
    cells = np.asarray(grey).astype(np.int16)
    return (cells[:, 1:] > cells[:, :-1]).ravel()


class Judged:
    """The pictures that the network is judged on, which must not be among those that it learns from."""

    def __init__(self, folder: Path | None) -> None:
        self.names: list[str] = []
        self.hashes = np.zeros((0, HASH_SIDE**2), bool)
        if folder is not None:
            for name, picture in read_all(folder):
                found = trimmed_hashes(reduced(picture, 2 * 224))
                self.hashes = np.concatenate([self.hashes, found])
                self.names += [name] * len(found)

    def like(self, picture: Image.Image) -> tuple[str, int] | None:
        """The judged picture that this one is a copy of, and the distance of their hashes."""
        if not self.names:
            return None
        distances = (self.hashes != difference_hash(picture)).sum(1)
        nearest = int(distances.argmin())
        return (self.names[nearest], int(distances[nearest])) if distances[nearest] <= HASH_DISTANCE else None


def trimmed_hashes(picture: Image.Image) -> np.ndarray:
    """Of every trim of the four sides, and mirrored: copies often lack a border."""
    hashes = []
    for left, top, right, bottom in itertools.product(TRIMS, repeat=4):
        width, height = picture.size
        box = (round(left * width), round(top * height), round(width - right * width), round(height - bottom * height))
        part = picture.crop(box)
        hashes += [difference_hash(part), difference_hash(ImageOps.mirror(part))]
    return np.array(hashes)
