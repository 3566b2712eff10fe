"""Writes swift.safetensors and its card, swift.json: what the network is, what it was trained on and how."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from ..errors import RecipeError
from ..layout import Tensors, encode, write_whole
from ..terminal import warn
from . import architecture
from .architecture import Swift
from .critic import CONTENT_TAP, STYLE_TAPS
from .layout import METADATA, averaged, layers, read_checkpoint, tensors_of
from .settings import READING_SIZE

NORM_EPSILON = 1e-5
"""PyTorch's, added to the variances of instance normalisations."""


def export(checkpoint: Path, out: Path, about: Path | None, judged_figures: Path | None) -> None:
    """OUT is a folder. A checkpoint of another program may lack everything but the weights; the card then says less."""
    state = read_checkpoint(checkpoint)
    network = averaged(state, checkpoint)
    told = json_of(about) if about else {}
    if not told.get("licence"):
        warn("without --about, the card does not say what the data is, nor under which licence the weights are.")
    judged = json_of(judged_figures) if judged_figures else None
    tensors = tensors_of(network)
    file = encode(tensors, METADATA)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "swift.safetensors", file)
    card = card_of(network, tensors, file, state, told, judged)
    write_whole(out / "swift.json", (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())
    print(f"{out / 'swift.safetensors'} ({len(file)} bytes) and its card")


def json_of(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except ValueError as cause:
        raise RecipeError(f"{file} is not JSON: {cause}.") from cause


def card_of(
    network: Swift, tensors: Tensors, file: bytes, state: dict[str, Any], told: dict[str, Any], judged: Any
) -> dict[str, Any]:
    trainings = [*told.get("trainings", []), *state.get("trainings", [])]
    card = {
        "name": "swift",
        "title": "swift",
        "licence": told.get("licence", "not stated"),
        "sha256": hashlib.sha256(file).hexdigest(),
        "bytes": len(file),
        "parameters": sum(values.size for values in tensors.values()),
        "layout": "HWIO",
        "input": {"channels": "RGB", "range": [-1, 1], "colours": "matched to the style's, times 2, minus 1"},
        "architecture": architecture_of(network),
        "style": style_of(),
        "colours": {
            "match": "symmetric root of the style's biased covariance times inverse root of the content's",
            "content_ridge": architecture.CONTENT_RIDGE,
            "style_ridge": architecture.STYLE_RIDGE,
            "eigenvalue_min": architecture.EIGENVALUE_MIN,
            "clamp": [0, 1],
            "logit_bounds": list(architecture.LOGIT_BOUNDS),
        },
        "data": told.get("data", []),
        **({"note": told["note"]} if "note" in told else {}),
        **({"counts": state["data"]} if "data" in state else {}),
        "training": {
            "critic": told.get("critic", "VGG19"),
            "critic_taps": {"style": list(STYLE_TAPS), "content": CONTENT_TAP},
            "steps": state.get("steps") or sum(part.get("steps", 0) for part in trainings),
            "trainings": trainings,
            "exported": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        },
    }
    return card if judged is None else {**card, "judged": judged}


def architecture_of(network: Swift) -> dict[str, Any]:
    return {
        "convolutions": {
            name: {
                "in": layer.in_channels,
                "out": layer.out_channels,
                "kernel": layer.kernel_size[0],
                "stride": layer.stride[0],
                **({"upsample": "nearest, 2"} if name.startswith("up") else {}),
            }
            for name, layer in layers(network)
            if hasattr(layer, "kernel_size")
        },
        "padding": "reflection, half the kernel",
        "activation": "ReLU after every normalisation but those of residual…b; sigmoid(logit(colours) + x) at the end",
        "normalisation": "instance, after every convolution but the last: times 1 + gamma, plus beta",
        "epsilon": NORM_EPSILON,
        "perceptron": {
            "in": architecture.COMPONENTS,
            "hidden": architecture.HIDDEN,
            "activation": "GELU, exact",
            "out": "gamma, then beta, of each normalisation in turn",
        },
    }


def style_of() -> dict[str, Any]:
    return {
        "network": "mini",
        "padding": "zeros",
        "pooling": "2x2 average",
        "taps": list(STYLE_TAPS),
        "statistics": "means, then unbiased standard deviations, of each layer's channels after the ReLU",
        "longest_side": READING_SIZE,
        "scaling": "Lanczos, never enlarged",
        "component_max": architecture.COMPONENT_MAX,
    }
