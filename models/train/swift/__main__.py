"""python -m models.train.swift prepare | fit | export | sheet | check: `--help` after each lists its options."""

from .allocator import keep_memory

if __name__ == "__main__":
    keep_memory()

import argparse
import sys
from pathlib import Path

from ..__main__ import INTERRUPTED, at_least, exit_code, positive
from .check import check
from .export import export
from .fit import fit
from .prepare import MINI, Sources, prepare
from .settings import Settings
from .sheet import sheet


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1 is wanted")
    return value


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m models.train.swift", description="Trains Reverie's style network.")
    commands = top.add_subparsers(dest="command", required=True)
    add_prepare(commands.add_parser("prepare", help="collect pictures, style targets and networks into one folder"))
    add_fit(commands.add_parser("fit", help="train a network from a prepared folder"))

    exports = commands.add_parser("export", help="write swift.safetensors and its card from a checkpoint")
    exports.add_argument("checkpoint", type=Path, help="a checkpoint, or an .npz with the same parameters")
    exports.add_argument("out", type=Path, help="folder for the two files")
    exports.add_argument("--about", type=Path, help="JSON with licence, data and critic, for the card")
    exports.add_argument("--judged-figures", type=Path, help="JSON for the card's table of judged figures")

    sheets = commands.add_parser("sheet", help="paint photographs in styles, to look at")
    sheets.add_argument("checkpoint", type=Path, help="a checkpoint, an .npz or a swift.safetensors")
    sheets.add_argument("--photographs", type=Path, required=True, help="folder or tar that was not trained on")
    sheets.add_argument("--styles", type=Path, required=True, help="folder or tar")
    sheets.add_argument("--size", type=at_least(64), default=256, help="longest side (%(default)s)")
    sheets.add_argument("--out", type=Path, required=True, help="the PNG to write")

    commands.add_parser("check", help="verify the recipe on a tiny drawn folder")
    return top


def add_prepare(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", type=Path, help="the folder to make")
    command.add_argument("--photographs", type=Path, required=True, help="folder or tar")
    command.add_argument("--paintings", type=Path, required=True, help="folder or tar")
    command.add_argument("--featured", type=Path, required=True, help="folder or tar of the styles to learn best")
    command.add_argument("--vgg19", type=Path, required=True, help="MODELS_DIR/vgg19.safetensors")
    command.add_argument("--mini", type=Path, default=MINI, help="(the bundled one)")
    command.add_argument("--judged", type=Path, help="pictures that judge the network; copies of them are left out")
    command.add_argument("--device", default="auto", help="cpu, cuda, cuda:1 and so on (%(default)s)")


def add_fit(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", type=Path, help="the prepared folder")
    command.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    bound = command.add_mutually_exclusive_group(required=True)
    bound.add_argument("--seconds", type=positive, help="how long to train, not counting interruptions")
    bound.add_argument("--steps", type=at_least(1), help="gives the same result every time on the same machine")
    command.add_argument(
        "--from", dest="start", type=Path, help="earlier checkpoint whose averaged weights to begin with"
    )
    command.add_argument(
        "--fresh-code", action="store_true", help="with --from: keep the convolutions alone, whiten the codes anew"
    )
    command.add_argument("--size", type=at_least(32), default=Settings.size, help="side of the crops (%(default)s)")
    command.add_argument("--batch", type=at_least(1), default=Settings.batch, help="pictures per step (%(default)s)")
    command.add_argument("--share", type=share, default=Settings.share, help="of featured styles (%(default)s)")
    command.add_argument("--style-weight", type=positive, default=Settings.style_weight, help="(%(default)s)")
    command.add_argument("--rate", type=positive, default=Settings.rate, help="highest learning rate (%(default)s)")
    command.add_argument(
        "--rate-floor", type=share, default=Settings.rate_floor, help="last rate as a share of --rate (%(default)s)"
    )
    command.add_argument("--seed", type=at_least(0), default=Settings.seed, help="(%(default)s)")
    command.add_argument("--device", default="auto", help="cpu, cuda, cuda:1 and so on (%(default)s)")


def settings_of(given: argparse.Namespace) -> Settings:
    return Settings(**{name: getattr(given, name) for name in Settings.__dataclass_fields__})


def run(given: argparse.Namespace) -> int:
    match given.command:
        case "prepare":
            names = ("photographs", "paintings", "featured", "vgg19", "mini", "judged")
            prepare(Sources(**{name: getattr(given, name) for name in names}), given.data, given.device)
        case "fit":
            settings = settings_of(given)
            done = fit(given.data, given.out, settings, given.device, given.start, fresh_code=given.fresh_code)
            return 0 if done else INTERRUPTED
        case "export":
            export(given.checkpoint, given.out, given.about, given.judged_figures)
        case "sheet":
            sheet(given.checkpoint, given.photographs, given.styles, given.size, given.out)
        case "check":
            return 0 if check() else 1
    return 0


def main() -> int:
    given = parser().parse_args()
    return exit_code(lambda: run(given))


if __name__ == "__main__":
    sys.exit(main())
