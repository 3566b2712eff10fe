"""Trains the network. The same command goes on after an interruption; `--from` begins where another training ended."""

import hashlib
import time
from pathlib import Path

import torch

from ..fit import Stop
from ..terminal import Progress, span
from ..training import device_of
from .layout import averaged, read_checkpoint
from .prepare import open_data
from .settings import Settings
from .training import RECENT, Start, Training

SAVED_EVERY = 120
"""Seconds."""


def start_of(file: Path) -> Start:
    """The averaged weights. Adam's moments are left behind: the next training warms it up anew."""
    state = read_checkpoint(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return Start(averaged(state, file), int(state.get("steps", 0)), list(state.get("trainings", [])), digest)


def fit(
    data: Path, out: Path, settings: Settings, device: str, start: Path | None = None, *, fresh_code: bool = False
) -> bool:
    """Says false when it was interrupted."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.pt"
    prepared = open_data(data)
    begun = start_of(start) if start else None
    run = Training(prepared, settings, device_of(device), begun, fresh_code=fresh_code)
    print(
        f"{len(prepared.targets.names)} styles, {prepared.targets.featured} of them featured; "
        f"{len(prepared.photographs)} photographs; {run.device}, {str(run.precision).removeprefix('torch.')}"
    )
    if checkpoint.exists():
        run.restore(checkpoint)
        print(f"goes on at step {run.step}, {run.fraction:.0%} of the training")
    if not climb(run, checkpoint, Stop()):
        print(f"stopped at step {run.step}; the same command goes on from there")
        return False
    print(f"{run.step} steps in {span(run.seconds)}; {checkpoint}")
    return True


def climb(run: Training, checkpoint: Path, stop: Stop) -> bool:
    """Steps until the training is over or interrupted; a checkpoint is left in either case."""
    progress = Progress("training", begun_at=run.fraction)
    saved = time.monotonic()
    while run.fraction < 1 and not stop.asked:
        loss = run.advance()
        if run.step % RECENT == 0:
            progress.done()
            print(f"step {run.step}, {span(run.seconds)}, {losses_line(run)}", flush=True)
        elif progress.live:
            progress.show(run.fraction, f"step {run.step}, loss {float(loss):.3f}")
        if time.monotonic() - saved > SAVED_EVERY:
            run.save(checkpoint)
            saved = time.monotonic()
    if run.device.type == "cuda":
        torch.cuda.synchronize()
    progress.done()
    run.save(checkpoint)
    return run.fraction >= 1


def losses_line(run: Training) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in run.losses().items())
