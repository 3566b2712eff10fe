"""The file that Reverie reads: safetensors with the names, shapes and types of models/mini.safetensors.

8 bytes, little-endian: the header's length. The header: JSON, first the metadata, then every tensor in the order of its
data, padded with spaces to a multiple of eight. The data without gaps, little-endian: for each convolution its kernel
(height, width, in, out) in half precision and its bias in single, then the classifier's (in, out) and bias.
"""

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .architecture import CLASSIFIER, Mini
from .errors import RecipeError

Tensors = dict[str, np.ndarray]

METADATA = {"format": "HWIO", "network": "mini", "version": "1"}
DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
ALIGNMENT = 8


def encode(tensors: Tensors, metadata: dict[str, str]) -> bytes:
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name, values in tensors.items():
        dtype = next(name for name, known in DTYPES.items() if known == values.dtype)
        begin, end = end, end + values.nbytes
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    data = b"".join(np.ascontiguousarray(values).tobytes() for values in tensors.values())
    return struct.pack("<Q", len(text)) + text + data


def decode(file: bytes) -> Tensors:
    (length,) = struct.unpack_from("<Q", file)
    header, data = json.loads(file[8 : 8 + length]), file[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def tensors_of(network: Mini) -> Tensors:
    """A folded network's tensors as the file has them."""
    assert network.folded
    tensors: Tensors = {}
    for name, (kernel, bias) in network.weights().items():
        axes = (2, 3, 1, 0) if kernel.ndim == 4 else (1, 0)
        tensors[f"{name}/kernel"] = kernel.detach().permute(axes).numpy().astype(DTYPES["F16"])
        tensors[f"{name}/bias"] = bias.detach().numpy().astype(DTYPES["F32"])
    for name, values in tensors.items():
        if not np.isfinite(values).all():
            raise RecipeError(f"{name} has values that {values.dtype} cannot hold: the training has diverged.")
    return tensors


@torch.no_grad()
def network_of(tensors: Tensors) -> Mini:
    """The folded network that a file holds."""
    network = Mini(tensors[f"{CLASSIFIER}/bias"].size, folded=True).eval()
    for name, (kernel, bias) in network.weights().items():
        stored = torch.tensor(tensors[f"{name}/kernel"])
        kernel.copy_(stored.permute((3, 2, 0, 1) if stored.ndim == 4 else (1, 0)))
        bias.copy_(torch.tensor(tensors[f"{name}/bias"]))
    return network


def write_whole(path: Path, content: bytes) -> None:
    """Whoever reads meets the old file or the new one."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
