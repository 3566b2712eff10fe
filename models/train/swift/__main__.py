"""python -m models.train.swift export: `--help` after it lists its options."""

import argparse
import sys
from pathlib import Path

from ..errors import RecipeError
from .export import export


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m models.train.swift", description="Trains Reverie's style network.")
    commands = top.add_subparsers(dest="command", required=True)

    exports = commands.add_parser("export", help="write swift.safetensors and its card from a checkpoint")
    exports.add_argument("checkpoint", type=Path, help="a checkpoint, or an .npz with the same parameters")
    exports.add_argument("out", type=Path, help="folder for the two files")
    exports.add_argument("--about", type=Path, help="JSON with licence, data and critic, for the card")
    exports.add_argument("--judged-figures", type=Path, help="JSON for the card's table of judged figures")
    return top


def main() -> int:
    given = parser().parse_args()
    try:
        match given.command:
            case "export":
                export(given.checkpoint, given.out, given.about, given.judged_figures)
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or 'the disk'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
