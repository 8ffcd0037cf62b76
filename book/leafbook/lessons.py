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

If what is right is that the kernel ends it, "right: 139" says with which
status. "input: printf 'abc'" is what is typed, and "printed half: …" what is
wrong if that word is among the output.

Before there are programs a test is a kernel: it includes the tree's own
kernel.c, has another kernel_main, and powers off with its status. It is for
chapter NN up to the last without programs; or for all later ones, if NN has
programs.
"""

import os
import re
import shutil
import zlib

from .basics import BOOK, BUILD_TIME, ENDLESS, LINE_TIME, WORK, Trouble, write
from .sessions import Machine

CHECKS = os.path.join(BOOK, "checks")
LAST_WITHOUT_PROGRAMS = 10
WORDS = r"\d+|else|right|input|printed \w+"


class Lesson:
    """A program, and what each of its statuses means. For a machine it is a
    session in which nothing is typed, unless its input comes from a pipe."""

    settings, app = "", None

    def __init__(self, path):
        self.path, self.chapter = path, int(os.path.basename(path)[:2])
        with open(path, encoding="utf-8") as file:
            source = file.read()
        comment = re.match(r"/\*\n(.*?)\*/", source, re.S)
        self.is_kernel = "\nvoid kernel_main(void) {" in source
        text = re.sub(r"(?m)^ \* ?", "", comment[1] if comment else "")
        self.title = " ".join(text.split("\n\n")[0].split()).rstrip(".")
        self.means = {
            found[1]: " ".join(found[2].split()) for found in re.finditer(
                rf"(?ms)^({WORDS}): (.*?)(?=^(?:{WORDS}): |\Z)", text)}
        self.right = self.means.pop("right", "0")
        self.printf = self.means.pop("input", None)
        if "else" not in self.means:
            raise Trouble(f"{path}: its comment must say what 'else:' means.")

    def __str__(self):
        return (f"quick test \"{self.title}\" "
                f"(book/checks/{os.path.basename(self.path)})")

    def is_for(self, number):
        return self.chapter <= number and (
            not self.is_kernel or number <= LAST_WITHOUT_PROGRAMS
            or self.chapter > LAST_WITHOUT_PROGRAMS)

    def argv(self, folder):
        if not self.is_kernel:
            return ["./run.sh", "--app", self.path, folder]
        return ["./run.sh", self.place_kernel(folder)]

    def place_kernel(self, folder):
        """A tree like the one in folder, but its kernel.c is the test; and
        where the test includes kernel.c, the tree's own."""
        place = os.path.join(WORK, "kernels",
                             f"{zlib.crc32(folder.encode()):08x}",
                             os.path.basename(self.path)[:-2])
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        for name in os.listdir(folder):
            if name != "kernel.c" and os.path.isfile(
                    os.path.join(folder, name)):
                os.symlink(os.path.join(folder, name),
                           os.path.join(place, name))
        write(os.path.join(place, "kernel.c"),
              "#ifndef TEST\n#define TEST\n"
              f'#include "{self.path}"\n'
              f'#else\n#include "{os.path.join(folder, "kernel.c")}"\n'
              "#endif\n")
        return place

    def printed(self, lines):
        """What it means that a word was printed that must not be."""
        return next((meaning for of, meaning in self.means.items()
                     if of.startswith("printed ") and
                     any(of.split()[1] in line for line in lines)), None)

    def run(self, folder):
        """None if a tree knows the lesson; else what it lacks, and the last
        lines of its console."""
        with Machine(self, folder, False) as machine:
            while machine.on and len(machine.raw) < ENDLESS and machine.read(
                    LINE_TIME if machine.raw else BUILD_TIME):
                pass
            machine.must_have_booted()
            meaning = self.means.get(str(machine.status), self.means["else"])
            if machine.status == self.right:
                meaning = self.printed(machine.lines())
                if not meaning:
                    return None
            end = (f"ended with status {machine.status}" if not machine.on
                   else "and no end" if len(machine.raw) >= ENDLESS
                   else f"nothing more in {LINE_TIME:g} seconds")
            shown = [line[:200].replace("\0", "") for line in machine.lines()
                     if line and not line.startswith("leaf: ")][-12:]
        return (meaning,
                "\n".join(f"    | {line}" for line in [*shown, f"({end})"]))


def lessons(number):
    """Those of the chapters up to this one, the chapter's own first."""
    found = [Lesson(os.path.join(CHECKS, name))
             for name in sorted(os.listdir(CHECKS))
             if re.fullmatch(r"\d\d-.*\.c", name)] \
        if os.path.isdir(CHECKS) else []
    return sorted((it for it in found if it.is_for(number)),
                  key=lambda it: -it.chapter)


