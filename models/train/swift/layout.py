"""swift.safetensors: the names, shapes and types that Reverie reads, and the checkpoints that it is made of.

For each convolution `NAME/kernel` (height, width, in, out) in half precision and `NAME/bias` in single; likewise
`perceptron1` and `perceptron2`, (in, out); then `code/mean`, `code/deviation` and `code/components` (CODE, COMPONENTS)
in single precision.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import RecipeError
from ..layout import DTYPES, Tensors, decode
from .architecture import Swift

METADATA = {"format": "HWIO", "network": "swift", "version": "1"}


def layers(network: Swift) -> Iterator[tuple[str, nn.Conv2d | nn.Linear]]:
    """Every layer with weights by its name in the file, in order."""
    for i, block in enumerate(network.down):
        yield f"down{i + 1}", cast(nn.Conv2d, block.conv)
    for i, block in enumerate(network.res):
        yield f"residual{i // 2 + 1}{'ab'[i % 2]}", cast(nn.Conv2d, block.conv)
    for i, block in enumerate(network.up):
        yield f"up{i + 1}", cast(nn.Conv2d, block.conv)
    yield "out", network.out
    yield "perceptron1", cast(nn.Linear, network.mlp[0])
    yield "perceptron2", cast(nn.Linear, network.mlp[2])


def code_tensors(network: Swift) -> dict[str, Tensor]:
    return {"code/mean": network.mu, "code/deviation": network.sd, "code/components": network.proj}


def tensors_of(network: Swift, kernels: str = "F16") -> Tensors:
    tensors: Tensors = {}
    for name, layer in layers(network):
        axes = (2, 3, 1, 0) if layer.weight.ndim == 4 else (1, 0)
        kernel = layer.weight.detach().cpu().permute(axes).contiguous().numpy()
        tensors[f"{name}/kernel"] = kernel.astype(DTYPES[kernels])
        assert layer.bias is not None
        tensors[f"{name}/bias"] = layer.bias.detach().cpu().numpy().astype(DTYPES["F32"])
    for name, values in code_tensors(network).items():
        tensors[name] = values.cpu().contiguous().numpy().astype(DTYPES["F32"])
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise RecipeError(f"{name} has values that {array.dtype} cannot hold: the training has diverged.")
    return tensors


@torch.no_grad()
def network_of(tensors: Tensors) -> Swift:
    network = Swift().eval()
    for name, layer in layers(network):
        kernel = torch.tensor(tensors[f"{name}/kernel"])
        layer.weight.copy_(kernel.permute((3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)))
        assert layer.bias is not None
        layer.bias.copy_(torch.tensor(tensors[f"{name}/bias"]))
    for name, values in code_tensors(network).items():
        values.copy_(torch.tensor(tensors[name]))
    return network


def read_checkpoint(file: Path) -> dict[str, Any]:
    """What a training has saved, with at least `average`: the averaged weights by their parameters' names."""
    try:
        if file.suffix == ".npz":
            with np.load(file) as arrays:
                return {"average": {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays.files}}
        if file.suffix == ".safetensors":
            return {"average": network_of(decode(file.read_bytes())).state_dict()}
        return {"average": None, **torch.load(file, map_location="cpu", weights_only=True)}
    except (ValueError, KeyError, TypeError, EOFError, RuntimeError, pickle.UnpicklingError) as cause:
        raise RecipeError(f"{file} is not a checkpoint, an .npz or a swift.safetensors that can be read.") from cause


def averaged(checkpoint: dict[str, Any], file: Path) -> Swift:
    network = Swift().eval()
    try:
        network.load_state_dict(checkpoint["average"])
    except (RuntimeError, TypeError, AttributeError) as cause:
        raise RecipeError(f"{file} holds another network than swift.") from cause
    return network
