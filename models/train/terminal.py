"""What the person at the terminal sees."""

import sys
import time

BAR = 24
EVERY_SECONDS = 10
"""Between two lines where the output is no terminal."""


def warn(sentence: str) -> None:
    print(f"warning: {sentence}", file=sys.stderr, flush=True)


def span(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {whole % 60:02} s" if minutes else f"{whole} s"


class Progress:
    """A bar with the time that is left: one line drawn over and over, or a line now and then in a file."""

    def __init__(self, title: str, *, begun_at: float = 0.0) -> None:
        self.title = title
        self.started = time.monotonic()
        self.begun_at = begun_at
        self.last = -EVERY_SECONDS - 1.0
        self.live = sys.stdout.isatty()
        self.width = 0

    def show(self, fraction: float, note: str) -> None:
        now = time.monotonic()
        if now - self.last < (0.1 if self.live else EVERY_SECONDS) and fraction < 1:
            return
        self.last = now
        made = fraction - self.begun_at
        left = f", {span((now - self.started) * (1 - fraction) / made)} left" if made > 0 and fraction < 1 else ""
        filled = round(BAR * fraction)
        line = f"{self.title} [{'█' * filled}{'·' * (BAR - filled)}] {fraction:4.0%}  {note}{left}"
        print(f"\r{line:<{self.width}}" if self.live else line, end="" if self.live else "\n", flush=True)
        self.width = len(line)

    def done(self) -> None:
        if self.live and self.width:
            print()
            self.width = 0
