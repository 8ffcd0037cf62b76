"""Where things are, how long they may take, and what can go wrong."""

import os
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
BOOK = os.path.join(TOP, "book")
WORK = os.path.join(TOP, "build", "book")
UNROLLED = os.path.relpath(os.path.join(TOP, "build", "unrolled"))
SOURCES = ("kernel.c kernel.h kernel.ld common.c common.h "
           "user.c user.h user.ld shell.c").split()

PROMPT = "leaf> "  # what follows it in a session was typed
READERS = "~/mykernel"  # the reader's own tree, in a session's command
SLOW = float(os.environ.get("LEAF_PATIENCE") or 1)
BUILD_TIME = 120 * SLOW  # seconds until the firmware says something
LINE_TIME = 10 * SLOW    # seconds until the next line of a session
QUIET = 2 * SLOW         # silence that ends a session that is recorded
ENDLESS = 50_000         # bytes of a console that will never be silent


class Trouble(Exception):
    """A mistake in the book or in a call: whole sentences about it."""


class Parted(Exception):
    """A tree does not do what the page shows: where, and what it does."""


class Unbuilt(Parted):
    """A tree does not build or boot: what the compiler or run.sh says."""


def write(path, text):
    """Write a file in one step: nothing ever reads half of it."""
    part = f"{path}.{os.getpid()}.{threading.get_ident()}"
    with open(part, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(part, path)
