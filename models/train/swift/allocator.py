"""Lets the allocator keep large blocks of memory instead of returning them to the system after every use."""

import os
import sys

SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**33)}


def keep_memory() -> None:
    """
    Starts this process anew with glibc's thresholds raised. On a CPU every activation is otherwise a mapping of its own,
    which the kernel has to fill with zeros page by page: a step takes 1.45 times as long on two cores. `mallopt` does not
    do: it takes 32 bits. Call it before PyTorch is imported.
    """
    if sys.platform == "linux" and not any(name in os.environ for name in SETTINGS):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **SETTINGS})
