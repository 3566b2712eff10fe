"""Lets the allocator keep large blocks of memory instead of returning them to the system after every use."""

import os
import sys

SETTINGS = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**33)}


def keep_memory() -> None:
    """
    Starts this process anew with glibc's thresholds raised, which makes a step on two cores 1.45 times as fast.
    Otherwise every activation is a memory mapping of its own, which the kernel fills with zeros page by page.
    `mallopt` cannot set thresholds of more than 31 bits. Call this before PyTorch is imported.
    """
    if sys.platform == "linux" and not any(name in os.environ for name in SETTINGS):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **SETTINGS})
