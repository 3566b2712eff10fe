"""python -m models.train tiny | fit | check | prove: `--help` after each lists its options."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

# Asked for by CUDA's deterministic algorithms, before CUDA starts.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch

from .check import check, prove
from .errors import RecipeError
from .fit import fit
from .settings import Settings
from .tiny import draw_folder

INTERRUPTED = 130


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("a number above 0 is wanted")
    return value


def at_least(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"a whole number from {least} up is wanted")
        return value

    return whole


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m models.train", description="Trains Reverie's small network.")
    commands = top.add_subparsers(dest="command", required=True)

    tiny = commands.add_parser("tiny", help="draw a small folder of labelled pictures to try the training with")
    tiny.add_argument("folder", type=Path)
    tiny.add_argument("--each", type=at_least(2), default=80, help="pictures per class (%(default)s)")

    fits = commands.add_parser("fit", help="train a network from a folder with a sub-folder per class")
    fits.add_argument("folder", type=Path)
    fits.add_argument(
        "--out", type=Path, required=True, help="folder for the network, its card, the checkpoint and the cache"
    )
    fits.add_argument("--validation", type=Path, help="folder with the same classes; without it a tenth is held out")
    bound = fits.add_mutually_exclusive_group(required=True)
    bound.add_argument("--minutes", type=positive, help="how long to train, not counting interruptions")
    bound.add_argument("--epochs", type=positive, help="how often to use every picture; gives the same result every time")
    fits.add_argument("--size", type=at_least(32), default=Settings.size, help="side of the pictures (%(default)s)")
    fits.add_argument("--batch", type=at_least(2), default=Settings.batch, help="pictures per step (%(default)s)")
    fits.add_argument("--seed", type=at_least(0), default=Settings.seed, help="(%(default)s)")
    fits.add_argument("--device", default="auto", help="cpu, cuda, cuda:1 and so on (%(default)s)")

    commands.add_parser("check", help="verify layout, folding and resuming")
    proves = commands.add_parser(
        "prove", help="write networks and their outputs for another program to compare"
    )
    proves.add_argument("folder", type=Path)
    return top


def exit_code(run: Callable[[], int]) -> int:
    """What `run` returns; an interruption, and what a person can mend, end in one line on stderr."""
    try:
        return run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or 'the disk'}: {error.strerror}", file=sys.stderr)
        return 2


def run(given: argparse.Namespace) -> int:
    torch.use_deterministic_algorithms(True, warn_only=True)
    match given.command:
        case "tiny":
            draw_folder(given.folder, given.each)
        case "fit":
            settings = Settings(given.epochs, given.minutes, given.size, given.batch, given.seed)
            done = fit(given.folder, given.validation, given.out, settings, given.device)
            return 0 if done else INTERRUPTED
        case "check":
            return 0 if check() else 1
        case "prove":
            prove(given.folder)
    return 0


def main() -> int:
    given = parser().parse_args()
    return exit_code(lambda: run(given))


if __name__ == "__main__":
    sys.exit(main())
