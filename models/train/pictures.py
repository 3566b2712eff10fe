"""A folder of labelled pictures as one array of bytes, decoded once and kept on the disk.

`FOLDER/class/…/picture.jpg`: a sub-folder is a class and its name the label. `about.json` in the folder, if there, tells
`title` and `licence` of the data for the network's card, and `names` of classes by their sub-folders.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from .errors import RecipeError
from .terminal import Progress, warn

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}
PIXELS_MAX = 64 * 2**20
"""More are no training picture."""
NAMED_MAX = 10
"""Broken pictures that are named one by one."""


@dataclass(frozen=True)
class About:
    title: str
    licence: str
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pictures:
    images: np.ndarray
    """Bytes (N, size, size, 3), RGB."""
    labels: np.ndarray
    """Positions in `classes` (N)."""
    classes: tuple[str, ...]
    fingerprint: str
    """Of names, sizes and times of the files."""


def about(folder: Path) -> About:
    file = folder / "about.json"
    if not file.exists():
        warn(f"{file} is not there: the card will not tell what the data is, nor under which licence.")
        return About(title=f"the folder {folder.name}", licence="not stated")
    try:
        told: dict[str, Any] = json.loads(file.read_text())
        return About(str(told["title"]), str(told["licence"]), dict(told.get("names", {})))
    except (ValueError, KeyError, TypeError) as cause:
        raise RecipeError(f"{file} has to be an object with “title” and “licence”: {cause!r}.") from cause


def open_folder(folder: Path, size: int, cache: Path, classes: tuple[str, ...] | None = None) -> Pictures:
    """Decodes a folder, or opens what was decoded of it before.

    `classes` are those of the training folder when this is the validation folder.
    """
    found = classes_of(folder)
    if classes is None and len(found) < 2:
        raise RecipeError(f"{folder} has one class, “{next(iter(found))}”: at least two are needed to tell apart.")
    order = classes or tuple(found)
    if strangers := set(found) - set(order):
        raise RecipeError(f"{folder} has classes that the training folder has not: {', '.join(sorted(strangers))}.")
    entries = [(file, order.index(name)) for name, files in found.items() for file in files]
    fingerprint = fingerprint_of(folder, entries, size)
    images, kept = cache / f"{fingerprint}.npy", cache / f"{fingerprint}.kept.npy"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        decode_all([file for file, _ in entries], size, images, kept)
    positions = np.load(kept)
    labels = np.array([label for _, label in entries], np.int64)[positions]
    for c, name in enumerate(order):
        if name in found and not (labels == c).any():
            raise RecipeError(f"No picture of the class “{name}” in {folder} can be read.")
    return Pictures(np.load(images, mmap_mode="r"), labels, order, fingerprint)


def classes_of(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise RecipeError(f"There is no folder {folder}.")
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = {path.name: sorted(pictures_in(path)) for path in subfolders}
    if empty := [name for name, files in found.items() if not files]:
        raise RecipeError(f"{folder} has classes without a picture: {', '.join(empty)}.")
    if not found:
        raise RecipeError(f"{folder} is empty: it needs a sub-folder of pictures for each class.")
    return found


def pictures_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file():
            yield path


def fingerprint_of(folder: Path, entries: list[tuple[Path, int]], size: int) -> str:
    digest = hashlib.sha256(f"{size}".encode())
    for file, label in entries:
        stat = file.stat()
        digest.update(f"\n{file.relative_to(folder)} {label} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def decode_all(files: list[Path], size: int, images: Path, kept: Path) -> None:
    """Fills the array picture by picture; `kept`, written last, lists the files that could be read."""
    unfinished = images.with_suffix(".new")
    array = np.lib.format.open_memmap(unfinished, "w+", np.uint8, (len(files), size, size, 3))
    good: list[int] = []
    broken: list[tuple[Path, Exception]] = []
    progress = Progress("decoding")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for i, result in enumerate(pool.map(lambda file: attempt(file, size), files)):
            if isinstance(result, Exception):
                broken.append((files[i], result))
            else:
                array[len(good)] = result
                good.append(i)
            progress.show((i + 1) / len(files), f"{i + 1}/{len(files)} pictures")
    progress.done()
    for file, why in broken[:NAMED_MAX]:
        warn(f"skipped {file}: {why}")
    if len(broken) > NAMED_MAX:
        warn(f"skipped {len(broken) - NAMED_MAX} more that cannot be read.")
    array.flush()
    unfinished.replace(images)
    np.save(kept.with_suffix(".new.npy"), np.array(good, np.int64))
    kept.with_suffix(".new.npy").replace(kept)


def attempt(file: Path, size: int) -> np.ndarray | Exception:
    # Pillow raises what its formats raise: OSError, ValueError, SyntaxError and more.
    try:
        return decode(file, size)
    except Exception as why:
        return why


def decode(file: Path, size: int) -> np.ndarray:
    """The middle square of a picture at size × size."""
    with Image.open(file) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise RecipeError(f"{picture.width}×{picture.height} pixels are too many")
        picture.draft("RGB", (size, size))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        return np.asarray(ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS))
