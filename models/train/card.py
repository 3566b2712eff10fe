"""The network's card: what it is, what it was trained on and how, and the checksum of its file."""

import datetime
import hashlib
import json
import re
from typing import Any

import torch

from .architecture import BLOCKS, MEAN, STD
from .batches import crop_of
from .layout import Tensors
from .pictures import About
from .settings import DROPOUT, LABEL_SMOOTHING, MOMENTUM, RATE_MIN, WARM_UP, WEIGHT_DECAY
from .terminal import span
from .training import Training

WORDNET = re.compile(r"n\d{8}")
STYLE_TAPS = [f"block{b}_conv1" for b, _ in enumerate(BLOCKS, 1)]


def card_of(run: Training, file: bytes, tensors: Tensors, told: About, accuracy: float) -> dict[str, Any]:
    return {
        "name": "mini",
        "sha256": hashlib.sha256(file).hexdigest(),
        "bytes": len(file),
        "parameters": sum(values.size for values in tensors.values()),
        "layout": "HWIO",
        "input": {"channels": "RGB", "range": [0, 1], "mean": list(MEAN), "std": list(STD)},
        "architecture": {
            "blocks": [block._asdict() for block in BLOCKS],
            "kernel": 3,
            "stride": 1,
            "padding": "same, zeros",
            "activation": "ReLU after every convolution",
            "pooling": "2x2 average, stride 2, between blocks",
            "head": "mean over height and width, then predictions",
        },
        "training": training_of(run, told, accuracy),
        "style": {"style_taps": STYLE_TAPS, "content_tap": "block4_conv2"},
        "dream": {"default_tap": "block4_conv3"},
        "classes": [class_of(folder, told) for folder in run.training.pictures.classes],
    }


def training_of(run: Training, told: About, accuracy: float) -> dict[str, Any]:
    settings = run.settings
    images, validated = len(run.training.positions), len(run.validation.positions)
    side, classes = settings.size, len(run.training.pictures.classes)
    bound = "the time budget" if settings.minutes is not None else "the epochs"
    precision = "bfloat16 autocast" if run.precision == torch.bfloat16 else "single precision"
    place = f"{torch.get_num_threads()} CPU threads" if run.device.type == "cpu" else str(run.device)
    return {
        "data": f"{told.title}: {images} images of {side}x{side} in {classes} classes, "
        f"{validated} more for validation",
        "licence": told.licence,
        "framework": f"PyTorch {torch.__version__}, {precision} on {place}, {span(run.seconds)}",
        "crop": crop_of(settings.size),
        "augmentation": "random crop and horizontal flip of every image",
        "batch": settings.batch,
        "steps": run.step,
        "epochs": round(run.step / run.batches.an_epoch, 2),
        "optimiser": f"SGD, Nesterov momentum {MOMENTUM}, weight decay {WEIGHT_DECAY} on kernels, learning rate "
        f"{settings.peak} with {WARM_UP:.0%} linear warm-up then cosine to {RATE_MIN} over {bound}",
        "label_smoothing": LABEL_SMOOTHING,
        "dropout": DROPOUT,
        "batch_norm": "after every convolution, folded at export",
        "seed": settings.seed,
        "top1_validation": round(accuracy, 4),
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
    }


def class_of(folder: str, told: About) -> dict[str, str]:
    name = told.names.get(folder, folder)
    return {"wnid": folder, "name": name} if WORDNET.fullmatch(folder) else {"name": name}


def text_of(card: dict[str, Any]) -> str:
    return json.dumps(card, indent=1, ensure_ascii=False)
