"""Proves on a tiny drawn folder that the recipe does what it says. Each proof says what it found, in a sentence."""

import contextlib
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from ..check import refused
from ..layout import Tensors, decode, encode, write_whole
from ..tiny import KINDS, draw, draw_folder
from .export import export
from .fit import start_of
from .fixture import MINI, fixture
from .layout import METADATA, averaged, network_of, read_checkpoint, tensors_of
from .prepare import Data, Sources, open_data, prepare
from .settings import SCALES, Settings
from .training import Training

FIXTURE = Path(__file__).parents[3] / "test" / "fixtures" / "swift.safetensors"
TOLERANCE = 1e-4
CRITIC = ((4, 2), (6, 2), (8, 4), (8, 4), (8, 1))
"""Widths and convolutions of each block: VGG19's to block5_conv1, but narrow."""
SETTINGS = Settings(steps=20, size=48, batch=4, share=0.5, rate=2e-2, seed=7)
"""The warm-up keeps the rate at a tenth of that."""
CUT_AT = 8
EACH = 2


def random_critic() -> Tensors:
    random = np.random.default_rng(0)
    tensors: Tensors = {}
    into = 3
    for b, (width, count) in enumerate(CRITIC, 1):
        for c in range(1, count + 1):
            kernel = random.normal(0, (2 / (9 * into)) ** 0.5, (3, 3, into, width))
            tensors[f"block{b}_conv{c}/kernel"] = kernel.astype(np.float32)
            tensors[f"block{b}_conv{c}/bias"] = np.zeros(width, np.float32)
            into = width
    return tensors


def draw_sources(folder: Path) -> Sources:
    """Photographs as a folder, one of them broken; paintings as a tar, one of them a trimmed copy of a judged one."""
    draw_folder(folder / "photographs", EACH)
    (folder / "photographs" / "dots" / "broken.png").write_bytes(b"no picture")
    for name, seed in (("paintings", 1), ("featured", 2), ("judged", 3)):
        (folder / name).mkdir()
        for k, (kind, field) in enumerate(KINDS.items()):
            # Other drawings of the same kind may be so alike as to be taken for copies.
            if name == "paintings" or (name == "featured" and k < 2) or (name, kind) == ("judged", "clouds"):
                draw(field, np.random.default_rng((seed, k))).save(folder / name / f"{kind}.png")
    with Image.open(folder / "judged" / "clouds.png") as judged:
        ImageOps.crop(judged, 3).resize((90, 90)).save(folder / "paintings" / "copy.jpg", quality=80)
    with tarfile.open(folder / "paintings.tar", "w") as tar:
        tar.add(folder / "paintings", "paintings")
    write_whole(folder / "vgg19.safetensors", encode(random_critic(), {}))
    names = ("photographs", "paintings.tar", "featured", "vgg19.safetensors")
    return Sources(*(folder / name for name in names), MINI, folder / "judged")


def quiet() -> contextlib.ExitStack:
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
    stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
    return stack


def preparing(folder: Path) -> str:
    """Broken pictures and copies of judged ones are left out, and everything is measured."""
    sources, data = draw_sources(folder), folder / "data"
    told, warned = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(warned):
        prepare(sources, data, "cpu")
    assert "broken.png" in warned.getvalue(), "a broken picture is not named"
    about = json.loads((data / "data.json").read_text())
    assert about["removed_as_judged"] == ["paintings: paintings/copy.jpg: clouds.png"], about["removed_as_judged"]
    assert (about["photographs"], about["paintings"]) == (EACH * len(KINDS), len(KINDS)), about
    targets = open_data(data).targets
    assert len(targets.names) == about["styles"] == 2 * 3 + 7 + 3, about["styles"]
    assert targets.grams.shape == (16, len(SCALES), 16 + 36 + 3 * 64), targets.grams.shape
    assert all(torch.isfinite(x.float()).all() for x in (targets.grams, targets.code, targets.covariance))
    assert (targets.grams.float().abs().amax((1, 2)) > 0).all(), "a style has no Gram matrices"
    again = io.StringIO()
    with contextlib.redirect_stdout(again):
        prepare(sources, data, "cpu")
    assert "already" in again.getvalue(), "the same sources are measured again"
    refused(lambda: open_data(folder), "is not prepared")
    return f"prepared {about['styles']} styles; a broken picture is named, a trimmed copy of a judged one is left out"


def training_of(data: Data, **changed: object) -> Training:
    given = {**vars(SETTINGS), **changed}
    return Training(data, Settings(**given), torch.device("cpu"))


def run_to(run: Training, step: int) -> None:
    while run.step < step:
        run.advance()


def learning(folder: Path) -> str:
    """The loss of the same pictures in the same styles, before and after."""
    run = training_of(open_data(folder / "data"))
    before = mean_loss(run)
    run_to(run, 20)
    after = mean_loss(run)
    run.save(folder / "whole.pt")
    assert after < 0.95 * before, f"the loss {before:.3f} became {after:.3f}"
    return f"{run.step} steps lower the loss from {before:.3f} to {after:.3f}"


@torch.no_grad()
def mean_loss(run: Training) -> float:
    return float(np.mean([float(run.loss_at(step)[0]) for step in range(4)]))


def resuming(folder: Path) -> str:
    """A training that is cut off ends with the same bytes; another one begins with the averaged weights alone."""
    data = open_data(folder / "data")
    first, second = training_of(data), training_of(data)
    run_to(first, CUT_AT)
    first.save(folder / "cut.pt")
    second.restore(folder / "cut.pt")
    run_to(second, 20)
    second.save(folder / "resumed.pt")
    files = [exported(folder / name) for name in ("whole.pt", "resumed.pt")]
    assert files[0] == files[1], f"a training that was cut off at step {CUT_AT} ends with another network"
    refused(lambda: training_of(data, size=64).restore(folder / "cut.pt"), "other size")

    start = start_of(folder / "whole.pt")
    third = Training(data, SETTINGS, torch.device("cpu"), start)
    handed_on = encode(tensors_of(third.network), METADATA)
    assert handed_on == files[0], "the next training does not begin with the averaged weights"
    assert not third.optimiser.state, "the next training takes over Adam's moments"
    third.advance()
    third.save(folder / "third.pt")
    state = read_checkpoint(folder / "third.pt")
    assert (state["steps"], [t["steps"] for t in state["trainings"]]) == (21, [20, 1]), "steps are not added up"
    return f"a training of 20 steps, cut off after {CUT_AT}, ends with the same bytes; the next one counts on"


def exported(checkpoint: Path) -> bytes:
    return encode(tensors_of(averaged(read_checkpoint(checkpoint), checkpoint)), METADATA)


@torch.no_grad()
def exporting(folder: Path) -> str:
    """The file reads back equal, paints nearly the same, and has its card."""
    whole, out = folder / "whole.pt", folder / "out"
    figures = folder / "figures.json"
    figures.write_text('[{"pair": "drawn", "style": 0.5}]')
    with quiet():
        export(whole, out, None, figures)
    file = (out / "swift.safetensors").read_bytes()
    read = network_of(decode(file))
    assert encode(tensors_of(read), METADATA) == file, "the file, read and written again, has other bytes"
    card = json.loads((out / "swift.json").read_text())
    assert card["sha256"] == hashlib.sha256(file).hexdigest(), "the card is of another file"
    assert card["judged"] == [{"pair": "drawn", "style": 0.5}], "the card lacks the judged figures"
    assert card["training"]["trainings"][0]["losses"], "the card lacks the losses"
    trained = averaged(read_checkpoint(whole), whole)
    random = torch.Generator().manual_seed(0)
    picture, code = torch.rand((1, 3, 32, 40), generator=random), open_data(folder / "data").targets.code[:1]
    worst = float((trained(picture, code) - read(picture, code)).abs().max())
    assert worst < 2e-3, f"half precision changes a picture by {worst:.1e}"
    refused(lambda: read_checkpoint(folder / "figures.json"), "can be read")
    return f"the file of {len(file)} bytes reads back equal; half precision changes a picture by at most {worst:.1e}"


def expected_values(_: Path) -> str:
    """What the tests in TypeScript compare with is what the network computes."""
    files = FIXTURE.read_bytes(), fixture()
    headers = [file[8 : 8 + int.from_bytes(file[:8], "little")] for file in files]
    assert headers[0] == headers[1], "test/fixtures/swift.safetensors is of other tensors or weights"
    stored, found = (decode(file) for file in files)
    worst = max(float(np.abs(stored[name] - found[name]).max()) for name in stored)
    assert worst < TOLERANCE, f"test/fixtures/swift.safetensors is off by {worst:.1e}"
    return f"test/fixtures/swift.safetensors is what the network computes, within {worst:.1e}"


CHECKS: tuple[Callable[[Path], str], ...] = (preparing, learning, resuming, exporting, expected_values)


def check() -> bool:
    sound = True
    with tempfile.TemporaryDirectory() as name:
        for proof in CHECKS:
            try:
                print(f"ok      {proof(Path(name))}", flush=True)
            except AssertionError as failure:
                print(f"FAILED  {failure}", flush=True)
                sound = False
    return sound
