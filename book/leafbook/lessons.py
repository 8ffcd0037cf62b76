"""Quick tests: what a chapter teaches and its sessions do not show.

Each is a program in book/checks, NN-name.c, for chapter NN and all later
ones. It ends with status 0 if all is right. The comment at its beginning has
a line for each other status, with what that means, and one for any other end:

    /*
     * A hundred calls, one after the other.
     *
     * 1: msleep(0) did not return 0.
     * else: each call costs the kernel's stack something.
     */
"""

import os
import re

from .basics import BOOK, BUILD_TIME, LINE_TIME, Trouble
from .sessions import Machine

CHECKS = os.path.join(BOOK, "checks")


class Lesson:
    """A program, and what each of its statuses means. For a machine it is a
    session in which nothing is typed."""

    printf, settings, app = None, "", None

    def __init__(self, path):
        self.path, self.chapter = path, int(os.path.basename(path)[:2])
        with open(path, encoding="utf-8") as file:
            comment = re.match(r"/\*\n(.*?)\*/", file.read(), re.S)
        text = re.sub(r"(?m)^ \* ?", "", comment[1] if comment else "")
        self.title = " ".join(text.split("\n\n")[0].split()).rstrip(".")
        self.means = {
            found[1]: " ".join(found[2].split()) for found in re.finditer(
                r"(?ms)^(\d+|else): (.*?)(?=^(?:\d+|else): |\Z)", text)}
        if "else" not in self.means:
            raise Trouble(f"{path}: its comment must say what 'else:' means.")

    def __str__(self):
        return (f"quick test \"{self.title}\" "
                f"(book/checks/{os.path.basename(self.path)})")

    def argv(self, folder):
        return ["./run.sh", "--app", self.path, folder]

    def run(self, folder):
        """None if a tree knows the lesson; else what it lacks, and the last
        lines of its console."""
        with Machine(self, folder, False) as machine:
            while machine.on and machine.read(
                    LINE_TIME if machine.raw else BUILD_TIME):
                pass
            machine.must_have_booted()
            if machine.status == "0":
                return None
            end = (f"ended with status {machine.status}" if not machine.on
                   else f"nothing more in {LINE_TIME:g} seconds")
            shown = [line for line in machine.lines()
                     if line and not line.startswith("leaf: ")][-12:]
        return (self.means.get(str(machine.status), self.means["else"]),
                "\n".join(f"    | {line}" for line in [*shown, f"({end})"]))


def lessons(number):
    """Those of the chapters up to this one, the chapter's own first."""
    found = [Lesson(os.path.join(CHECKS, name))
             for name in sorted(os.listdir(CHECKS))
             if re.fullmatch(r"\d\d-.*\.c", name)] \
        if os.path.isdir(CHECKS) else []
    return sorted((it for it in found if it.chapter <= number),
                  key=lambda it: -it.chapter)


