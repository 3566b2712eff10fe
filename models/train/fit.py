"""Trains a network from a folder and writes its file and its card. The same command goes on after an interruption."""

import signal
import time
from pathlib import Path
from types import FrameType

import torch

from .architecture import fold
from .batches import split, whole
from .card import card_of, text_of
from .errors import RecipeError
from .layout import METADATA, encode, tensors_of, write_whole
from .pictures import about, open_folder
from .settings import Settings
from .terminal import Progress
from .training import Training, device_of

SAVED_EVERY = 60
VALIDATED_EVERY = 30
"""Seconds; not oftener than once an epoch."""


class Stop:
    """Set by the first interruption, which lets the step at hand end; the second one ends the program."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)

    def ask(self, number: int, _: FrameType | None) -> None:
        self.asked = True
        signal.signal(number, signal.SIG_DFL)


def prepare(data: Path, validation: Path | None, cache: Path, settings: Settings, device: str) -> Training:
    pictures = open_folder(data, settings.size, cache)
    if validation is None:
        shares = split(pictures, settings.seed)
    else:
        shares = whole(pictures), whole(open_folder(validation, settings.size, cache, pictures.classes))
    return Training(*shares, settings, device_of(device))


def fit(data: Path, validation: Path | None, out: Path, settings: Settings, device: str) -> bool:
    """Says false when it was interrupted."""
    run = prepare(data, validation, out / "cache", settings, device)
    told = about(data)
    checkpoint = out / "checkpoint.pt"
    print(
        f"{len(run.training.positions)} pictures to train on, {len(run.validation.positions)} to validate, "
        f"{len(run.training.pictures.classes)} classes; {run.device}, {str(run.precision).removeprefix('torch.')}"
    )
    if checkpoint.exists():
        run.restore(checkpoint)
        print(f"goes on at step {run.step}, {run.fraction:.0%} of the run")
    if not climb(run, checkpoint, Stop()):
        print(f"stopped at step {run.step}; the same command goes on from there")
        return False
    accuracy = run.accuracy()
    tensors = tensors_of(fold(run.network))
    file = encode(tensors, METADATA)
    write_whole(out / "mini.safetensors", file)
    write_whole(out / "mini.json", text_of(card_of(run, file, tensors, told, accuracy)).encode())
    print(
        f"{run.step} steps, {accuracy:.1%} of the validation pictures right; {out / 'mini.safetensors'} and its card"
    )
    return True


def climb(run: Training, checkpoint: Path, stop: Stop) -> bool:
    """Steps until the run is over or interrupted; a checkpoint is left in either case."""
    progress = Progress("training", begun_at=run.fraction)
    saved = validated = time.monotonic()
    losses: list[torch.Tensor] = []
    mean = 0.0
    while run.fraction < 1 and not stop.asked:
        losses.append(run.advance())
        # Reading a loss waits for the device, so not each one is.
        if len(losses) % 20 == 1 or run.fraction >= 1:
            mean = float(torch.stack(losses[-100:]).mean())
            if not mean < float("inf"):
                raise RecipeError(f"The loss is no number any more at step {run.step}: the training has diverged.")
        note = f"epoch {(run.step - 1) // run.batches.an_epoch + 1}, step {run.step}, loss {mean:.3f}"
        progress.show(run.fraction, note)
        if run.step % run.batches.an_epoch == 0:
            if time.monotonic() - validated > VALIDATED_EVERY:
                progress.done()
                print(f"{note}, {run.accuracy():.1%} right in validation")
                validated = time.monotonic()
            del losses[:-100]
        if time.monotonic() - saved > SAVED_EVERY:
            run.save(checkpoint)
            saved = time.monotonic()
    progress.done()
    run.save(checkpoint)
    return not stop.asked or run.fraction >= 1
