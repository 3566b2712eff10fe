"""Collects what a training needs into one folder: the photographs, what the styles ask for, VGG19 and mini."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import RecipeError
from ..layout import Tensors, decode, encode, write_whole
from ..pictures import pictures_in
from ..terminal import Progress, warn
from ..training import device_of, precision_of
from .critic import CONTENT_TAP, STYLE_TAPS, critic_of, reader_of
from .pictures import Judged, read_all, reduced, scaled, square
from .settings import FEATURED_SIZES, PAINTING_SIZE, PHOTOGRAPH_SIDE, VARIED_EVERY
from .targets import Style, Targets, measure, open_targets

MINI = Path(__file__).parents[2] / "mini.safetensors"
VARIATION_SEED = 1000


@dataclass(frozen=True)
class Sources:
    photographs: Path
    paintings: Path
    featured: Path
    vgg19: Path
    mini: Path
    judged: Path | None


@dataclass(frozen=True)
class Data:
    photographs: Tensor
    """Bytes (N, 3, PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE)."""
    targets: Targets
    critic: Tensors
    about: dict[str, Any]
    """Counts, what was left out, and the fingerprint of the sources."""


def prepare(sources: Sources, folder: Path, device_name: str) -> None:
    """Does nothing if the folder was made of the same sources."""
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = fingerprint_of(sources)
    told = folder / "data.json"
    if told.exists() and json.loads(told.read_text())["fingerprint"] == fingerprint:
        print(f"{folder} was made of the same sources already")
        return
    told.unlink(missing_ok=True)
    vgg19 = layers_of(sources.vgg19, {*STYLE_TAPS, CONTENT_TAP})
    mini = layers_of(sources.mini, set(STYLE_TAPS))
    for name, tensors in (("vgg19", vgg19), ("mini", mini)):
        write_whole(folder / f"{name}.safetensors", encode(tensors, {"format": "HWIO", "network": name}))

    judged = Judged(sources.judged)
    if sources.judged is None:
        warn("without --judged, pictures that the network is judged on may be among those that it learns from.")
    removed: list[str] = []
    photographs = write_photographs(sources.photographs, judged, removed, folder / "photographs.npy")
    paintings = [
        (name, reduced(picture, PAINTING_SIZE))
        for name, picture in read_all(sources.paintings)
        if kept(f"paintings: {name}", picture, judged, removed)
    ]
    featured = list(read_all(sources.featured))
    if not paintings or not featured:
        raise RecipeError("A training needs at least one painting and one featured style.")
    known = [f"{name}: {found[0]}" for name, picture in featured if (found := judged.like(picture))]
    for line in known:
        print(f"kept, because it is featured, though it is judged: {line}")

    styles = list(styles_of(featured, paintings))
    device = device_of(device_name)
    critic, code_of = critic_of(vgg19, device, precision_of(device)), reader_of(mini, device)
    measure(folder, styles, len(styles), len(featured) * len(FEATURED_SIZES), critic, code_of, device)
    about = {
        "fingerprint": fingerprint,
        "photographs": photographs,
        "paintings": len(paintings),
        "featured": [name for name, _ in featured],
        "styles": len(styles),
        "removed_as_judged": removed,
        "featured_and_judged": known,
    }
    write_whole(told, json.dumps(about, indent=1, ensure_ascii=False).encode())
    print(f"{photographs} photographs, {len(paintings)} paintings, {len(featured)} featured; {len(removed)} left out")


def styles_of(featured: list[tuple[str, Image.Image]], paintings: list[tuple[str, Image.Image]]) -> Iterator[Style]:
    for name, picture in featured:
        for longest in FEATURED_SIZES:
            yield Style(f"{name}@{longest}", scaled(picture, longest))
    for name, picture in paintings:
        yield Style(name, picture)
    for i, (name, picture) in enumerate(paintings[::VARIED_EVERY]):
        yield Style(f"{name}~", picture, VARIATION_SEED + i)


def write_photographs(source: Path, judged: Judged, removed: list[str], file: Path) -> int:
    squares: list[np.ndarray] = []
    progress = Progress("photographs")
    for name, picture in read_all(source):
        if kept(f"photographs: {name}", picture, judged, removed):
            squares.append(square(picture, PHOTOGRAPH_SIDE))
        progress.show(0, f"{len(squares)}")
    progress.done()
    if not squares:
        raise RecipeError(f"{source} has no photograph that can be read.")
    unfinished = file.with_suffix(".new.npy")
    np.save(unfinished, np.stack(squares))
    unfinished.replace(file)
    return len(squares)


def kept(name: str, picture: Image.Image, judged: Judged, removed: list[str]) -> bool:
    if (found := judged.like(picture)) is None:
        return True
    removed.append(f"{name}: {found[0]}")
    print(f"removed {name}, a copy of {found[0]} (distance {found[1]})")
    return False


def layers_of(file: Path, taps: set[str]) -> Tensors:
    """The convolutions of a network's file as far as the last tap."""
    tensors = {name: values for name, values in decode(file.read_bytes()).items() if name.startswith("block")}
    names = sorted({name.split("/")[0] for name in tensors})
    if missing := taps - set(names):
        raise RecipeError(f"{file} has no {', '.join(sorted(missing))}.")
    last = max(taps)
    return {name: values for name, values in tensors.items() if name.split("/")[0] <= last}


def fingerprint_of(sources: Sources) -> str:
    digest = hashlib.sha256(json.dumps([PHOTOGRAPH_SIDE, PAINTING_SIZE, FEATURED_SIZES, VARIED_EVERY]).encode())
    for name, source in vars(sources).items():
        digest.update(f"\n{name}".encode())
        if source is None:
            continue
        if not source.exists():
            raise RecipeError(f"There is no {source}.")
        for file in sorted(pictures_in(source)) if source.is_dir() else [source]:
            stat = file.stat()
            digest.update(f"\n{file.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def open_data(folder: Path) -> Data:
    try:
        about = json.loads((folder / "data.json").read_text())
    except (OSError, ValueError) as cause:
        raise RecipeError(f"{folder} is not prepared: run `prepare` first.") from cause
    photographs = torch.from_numpy(np.load(folder / "photographs.npy", mmap_mode="c"))
    return Data(photographs, open_targets(folder), decode((folder / "vgg19.safetensors").read_bytes()), about)
