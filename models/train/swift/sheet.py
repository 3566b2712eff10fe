"""A sheet to look at: photographs, a row each, in styles, a column each."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..errors import RecipeError
from ..layout import decode
from ..terminal import Progress
from .architecture import Swift, colour_moments, match_colours
from .critic import reader_of
from .layout import averaged, read_checkpoint
from .pictures import read_all, reduced, tensor
from .prepare import MINI
from .settings import READING_SIZE

SHOWN_MAX = 16
"""Photographs and styles."""
GRID = 4
"""Sides are cut to multiples of it."""
GAP = 4


@torch.no_grad()
def sheet(checkpoint: Path, photographs: Path, styles: Path, size: int, out: Path) -> None:
    """Photographs at a longest side of `size`; they should be none that the network learned from."""
    network = averaged(read_checkpoint(checkpoint), checkpoint)
    rows = [cut(reduced(picture, size)) for picture in first(photographs)]
    columns = [reduced(picture, READING_SIZE) for picture in first(styles)]
    code_of = reader_of(decode(MINI.read_bytes()), torch.device("cpu"))
    pitch = size + GAP
    whole = Image.new("RGB", ((len(columns) + 1) * pitch, (len(rows) + 1) * pitch), "white")
    for c, style in enumerate(columns, 1):
        whole.paste(reduced(style, size), (c * pitch, 0))
    for r, content in enumerate(rows, 1):
        whole.paste(content, (0, r * pitch))
    progress = Progress("painting")
    for c, style in enumerate(columns, 1):
        read = tensor(style)
        code, moments = code_of(read), colour_moments(read)
        for r, content in enumerate(rows, 1):
            whole.paste(painted(network, content, code, moments), (c * pitch, r * pitch))
        progress.show(c / len(columns), f"{c}/{len(columns)} styles")
    progress.done()
    whole.save(out)
    print(out)


def first(source: Path) -> list[Image.Image]:
    pictures = [picture for (_, picture), _ in zip(read_all(source), range(SHOWN_MAX), strict=False)]
    if not pictures:
        raise RecipeError(f"{source} has no picture that can be read.")
    return pictures


def cut(picture: Image.Image) -> Image.Image:
    return picture.crop((0, 0, picture.width // GRID * GRID, picture.height // GRID * GRID))


def painted(
    network: Swift, content: Image.Image, code: torch.Tensor, moments: tuple[torch.Tensor, torch.Tensor]
) -> Image.Image:
    values = network(match_colours(tensor(content), *moments), code)
    return Image.fromarray((values[0].permute(1, 2, 0) * 255).round().numpy().astype(np.uint8))
