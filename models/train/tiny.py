"""Draws a tiny folder of labelled pictures, enough to try the recipe: one sub-folder for each kind of pattern."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64

Field = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def stripes(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.sin(random.uniform(6, 18) * x + random.uniform(0, 6))


def checks(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    pitch = random.uniform(6, 14)
    return np.sign(np.sin(pitch * x) * np.sin(pitch * y))


def rings(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.sin(random.uniform(10, 24) * np.hypot(x - random.uniform(-0.5, 0.5), y - random.uniform(-0.5, 0.5)))


def rays(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    angle = np.arctan2(y - random.uniform(-0.4, 0.4), x - random.uniform(-0.4, 0.4))
    return np.sin(random.integers(5, 12) * angle)


def dots(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    pitch = random.uniform(8, 16)
    return np.where(np.cos(pitch * x) + np.cos(pitch * y) > random.uniform(0.4, 1.0), 1.0, -1.0)


def eyes(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    field = np.full_like(x, -0.6)
    for _ in range(random.integers(2, 5)):
        distance = np.hypot(x - random.uniform(-0.8, 0.8), y - random.uniform(-0.8, 0.8)) / random.uniform(0.2, 0.45)
        field = np.where(distance < 1, np.where(distance < 0.4, -1.0, 1.0), field)
    return field


def clouds(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    waves = [(random.uniform(-7, 7), random.uniform(-7, 7), random.uniform(0, 6)) for _ in range(8)]
    return np.tanh(sum(np.sin(a * x + b * y + c) for a, b, c in waves) / 2)


KINDS: dict[str, Field] = {kind.__name__: kind for kind in (checks, clouds, dots, eyes, rays, rings, stripes)}


def draw(field: Field, random: np.random.Generator) -> Image.Image:
    """A pattern in a dark and a bright colour, turned, with some noise."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle = random.uniform(0, 2 * np.pi)
    turned = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    mix = (field(*turned, random) + 1) / 2
    low, high = random.uniform(0, 100, 3), random.uniform(155, 255, 3)
    noise = random.normal(0, random.uniform(2, 12), (SIDE, SIDE, 3))
    colours = low + (high - low) * mix[:, :, None] + noise
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8))


def draw_folder(folder: Path, each: int, seed: int = 0) -> None:
    for k, (name, field) in enumerate(KINDS.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(each):
            draw(field, np.random.default_rng((seed, k, i))).save(folder / name / f"{i:04}.png")
    told = {"title": "patterns drawn by models/train/tiny.py", "licence": "MIT, as Reverie itself"}
    (folder / "about.json").write_text(json.dumps(told, indent=1))
