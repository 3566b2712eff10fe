"""Proves that the recipe makes what Reverie reads. Each proof says what it found, in a sentence."""

import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .architecture import CLASSIFIER, Mini, fold, moments, normalise
from .batches import Batches, whole
from .errors import RecipeError
from .fit import prepare
from .layout import METADATA, Tensors, decode, encode, network_of, tensors_of
from .pictures import open_folder
from .settings import Settings
from .tiny import KINDS, draw_folder
from .training import Training

BUNDLED = Path(__file__).parent.parent / "mini.safetensors"
TOLERANCE = 1e-4
RESUMED = Settings(epochs=2, batch=16, size=32, seed=7)
WIDTH, HEIGHT = 80, 64
"""Of the picture that networks are compared on."""


def bundled_again() -> str:
    """The bundled file, read and written anew."""
    file = BUNDLED.read_bytes()
    again = encode(tensors_of(network_of(decode(file))), METADATA)
    assert again == file, "models/mini.safetensors comes out with other bytes"
    return f"models/mini.safetensors, read and exported again, is the same {len(file)} bytes"


def fresh_layout() -> str:
    """A new network's file has the bundled one's header, byte for byte."""
    file = BUNDLED.read_bytes()
    fresh = encode(tensors_of(fold(Mini(200))), METADATA)
    start = 8 + int.from_bytes(file[:8], "little")
    assert fresh[:start] == file[:start], "a new network of 200 classes has another header"
    assert len(fresh) == len(file), "a new network of 200 classes has another size"
    return f"a new network of 200 classes has the same {start} bytes of header"


def folding() -> str:
    """A network with batch norms, and the same one folded."""
    unfolded = unfold(network_of(decode(BUNDLED.read_bytes())))
    worst = largest_difference(layers_of(unfolded), layers_of(fold(unfolded)))
    assert worst < TOLERANCE, f"folding changes an activation by {worst:.1e}"
    return f"folding changes no activation by more than {worst:.1e}"


def resuming() -> str:
    """A run in one piece, and one that is cut off within an epoch."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, first, second = (quick_run(folder) for _ in range(3))
        while whole.fraction < 1:
            whole.advance()
        for _ in range(whole.batches.an_epoch + 2):
            first.advance()
        first.accuracy()
        first.save(folder / "checkpoint.pt")
        second.restore(folder / "checkpoint.pt")
        while second.fraction < 1:
            second.advance()
    one, other = (encode(tensors_of(fold(run.network)), METADATA) for run in (whole, second))
    assert one == other, f"a run that was cut off at step {first.step} of {whole.step} ends with another network"
    return f"a run of {whole.step} steps, cut off after {first.step}, ends with the same bytes"


def folders() -> str:
    """A folder with a file that is no picture, and folders that nothing can be learnt from."""
    with tempfile.TemporaryDirectory() as name:
        data, cache = Path(name) / "data", Path(name) / "cache"
        draw_folder(data, each=2)
        (data / "dots" / "broken.png").write_bytes(b"no picture")
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            pictures = open_folder(data, 32, cache)
        assert len(pictures.labels) == 2 * len(KINDS), "a broken picture takes others along"
        assert "broken.png" in told.getvalue(), "a broken picture is not named"
        refused(lambda: Batches(whole(pictures), 128, 0), "fewer than a batch")
        refused(lambda: open_folder(data / "dots", 32, cache), "is empty")
        for label in KINDS.keys() - {"dots"}:
            shutil.rmtree(data / label)
        refused(lambda: open_folder(data, 32, cache), "one class, “dots”")
        refused(lambda: open_folder(data / "nothing", 32, cache), "There is no folder")
    return "a broken picture is named and left out; folders that teach nothing are refused"


def refused(action: Callable[[], object], words: str) -> None:
    try:
        action()
    except RecipeError as error:
        assert words in str(error), f"“{error}” does not say “{words}”"
    else:
        raise AssertionError(f"nothing says “{words}”")


CHECKS: tuple[Callable[[], str], ...] = (bundled_again, fresh_layout, folding, resuming, folders)


def check() -> bool:
    sound = True
    for proof in CHECKS:
        try:
            print(f"ok      {proof()}")
        except AssertionError as failure:
            print(f"FAILED  {failure}")
            sound = False
    return sound


def quick_run(folder: Path) -> Training:
    data = folder / "data"
    if not data.exists():
        draw_folder(data, each=12)
    with contextlib.redirect_stdout(io.StringIO()):
        return prepare(data, None, folder / "cache", RESUMED, "cpu")


@torch.no_grad()
def unfold(folded: Mini) -> Mini:
    """A network with batch norms of random statistics that compute what the folded one does."""
    torch.manual_seed(0)
    network = Mini(folded.predictions.out_features).eval()
    for name, (kernel, bias) in folded.weights().items():
        if name == CLASSIFIER:
            continue
        norm = network.norm(name)
        mean, variance = moments(norm)
        mean.uniform_(-2, 2)
        variance.uniform_(0.2, 5)
        norm.weight.uniform_(0.5, 2)
        factor = norm.weight / torch.sqrt(variance + norm.eps)
        network.convolution(name).weight.copy_(kernel / factor[:, None, None, None])
        norm.bias.copy_(bias + mean * factor)
    network.predictions.load_state_dict(folded.predictions.state_dict())
    return network


def picture() -> np.ndarray:
    """Bytes (1, HEIGHT, WIDTH, 3)."""
    return np.random.default_rng(0).integers(0, 256, (1, HEIGHT, WIDTH, 3), np.uint8)


@torch.no_grad()
def layers_of(network: Mini) -> Tensors:
    """Every activation for the picture, by the layer's name."""
    network.eval()
    layers = dict(network.layers(normalise(torch.from_numpy(picture()))))
    scores = network.scores_everywhere(layers[next(reversed(layers))])
    return {name: values.numpy() for name, values in {**layers, "predictions": scores}.items()}


def largest_difference(a: Tensors, b: Tensors) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


def prove(folder: Path) -> None:
    """For another program to compare with: exported networks, a picture, and what they were before they were folded.

    `mini` is the bundled network with batch norms put in, whose kernels half precision holds; `trained` is one after a
    few steps, whose kernels it rounds.
    """
    run = quick_run(folder)
    while run.fraction < 1:
        run.advance()
    for name, network in {"mini": unfold(network_of(decode(BUNDLED.read_bytes()))), "trained": run.network}.items():
        out = folder / name
        out.mkdir(parents=True, exist_ok=True)
        (out / "mini.safetensors").write_bytes(encode(tensors_of(fold(network)), METADATA))
        image = np.ascontiguousarray(picture().transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)
        reference = {"image": image, **layers_of(network)}
        (out / "reference.safetensors").write_bytes(encode(reference, {}))
