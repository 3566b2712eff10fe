"""Checkpoints of a training, which name what they belong to."""

import io
from pathlib import Path
from typing import Any

import torch

from .errors import RecipeError
from .layout import write_whole

State = dict[str, Any]


def write_checkpoint(file: Path, state: State) -> None:
    """The file is replaced as a whole. `state["identity"]` says what makes two checkpoints ones of the same training."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(file, buffer.getvalue())


def read_checkpoint(file: Path, identity: State, device: torch.device) -> State:
    """Raises RecipeError if the file cannot be read, or belongs to another training than `identity`."""
    try:
        state: State = torch.load(file, map_location=device, weights_only=True)
        before = state["identity"]
    except Exception as cause:
        raise RecipeError(f"{file} is no checkpoint that can be read: remove it to begin anew.") from cause
    if other := [name for name in identity if before.get(name) != identity[name]]:
        raise RecipeError(
            f"{file} is of a training with other {', '.join(other)}: choose another --out, or remove it to begin anew."
        )
    return state
