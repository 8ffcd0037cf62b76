"""The diffs in a page: reading, applying and writing them."""

import os
import re
import subprocess
import tempfile

from .basics import SOURCES, Trouble
from .trees import write_tree

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")


class Hunk:
    """Lines that stand somewhere, and those that replace them."""

    def __init__(self, header, index):
        self.index = index  # of its header in the block
        self.old_line, self.old_size = int(header[1]), int(header[2] or 1)
        self.new_line, self.new_size = int(header[3]), int(header[4] or 1)
        self.heading = header[5]
        self.old, self.new = [], []


def parse(block):
    """The changes of a diff block: (file, is new, is gone, hunks) each."""
    changes, lines, i = [], block.lines, 0
    while i < len(lines):
        header = HUNK.fullmatch(lines[i])
        if header and changes:
            changes[-1][3].append(Hunk(header, i))
            i = read_hunk(block, changes[-1][3][-1])
        elif lines[i].startswith("--- ") and i + 1 < len(lines):
            changes.append(read_names(block, i))
            i += 2
        else:
            raise Trouble(f"{block} ({block.at(i)}): here should be a file's "
                          f"'--- a/' and '+++ b/' lines or a hunk's '@@', "
                          f"not: {lines[i]}")
    return changes


def read_names(block, i):
    """The two lines before a file's first hunk."""
    old, new = block.lines[i][4:], block.lines[i + 1]
    name = new[6:] if old == "/dev/null" else old[2:]
    if (old not in (f"a/{name}", "/dev/null") or name not in SOURCES
            or new not in (f"+++ b/{name}", "+++ /dev/null")):
        raise Trouble(f"{block} ({block.at(i)}): the lines must be --- a/FILE "
                      "and +++ b/FILE, with /dev/null for a new file's old "
                      f"name, and FILE one of: {' '.join(SOURCES)}.")
    return name, old == "/dev/null", new == "+++ /dev/null", []


def read_hunk(block, hunk):
    """Read as many lines as the hunk's header says; returns the index of
    what follows."""
    i = hunk.index + 1
    while len(hunk.old) < hunk.old_size or len(hunk.new) < hunk.new_size:
        line = block.lines[i] if i < len(block.lines) else "the block's end"
        sign, text = line[:1] or " ", line[1:]  # an editor may cut a blank
        if sign not in " +-":
            raise Trouble(
                f"{block} ({block.at(i)}): the hunk's header promises "
                f"{hunk.old_size} old and {hunk.new_size} new lines; after "
                f"{len(hunk.old)} and {len(hunk.new)} comes {line}")
        if sign != "+":
            hunk.old.append(text)
        if sign != "-":
            hunk.new.append(text)
        i += 1
    return i


def apply(tree, block):
    """The tree after a diff block: each hunk must stand exactly where it
    says that it does."""
    tree = dict(tree)
    for name, is_new, is_gone, hunks in parse(block):
        if is_new == (name in tree):
            raise Trouble(f"{block} ({block.at(0)}): {name} " + (
                "is there already." if is_new else "is not there yet: a new "
                "file's first line is '--- /dev/null'."))
        old, new, done = tree.get(name, "").split("\n")[:-1], [], 0
        for n, hunk in enumerate(hunks, 1):
            start = hunk.old_line - (hunk.old_size > 0)
            new += old[done:start]
            where = f"{block}, hunk {n} ({block.at(hunk.index)})"
            if start < done or old[start:start + hunk.old_size] != hunk.old:
                raise Trouble(f"{where} does not apply to {name}.\n    "
                              + misfit(hunk, old, start))
            if len(new) != hunk.new_line - (hunk.new_size > 0):
                raise Trouble(f"{where}: its new lines begin at line "
                              f"{len(new) + 1}, not {hunk.new_line}.")
            new += hunk.new
            done = start + hunk.old_size
        tree[name] = "".join(line + "\n" for line in new + old[done:])
        if is_gone:
            del tree[name]
    return tree


def misfit(hunk, old, start):
    """Say how the file differs from what the hunk is about."""
    places = [at for at in range(len(old))
              if old[at:at + hunk.old_size] == hunk.old]
    if hunk.old and places:
        at = 1 + min(places, key=lambda place: abs(place - start))
        return (f"Its old lines stand at line {at}, and its header says "
                f"-{hunk.old_line}.")
    for at, line in enumerate(hunk.old, start):
        there = repr(old[at]) if at < len(old) else "the end of the file"
        if there != repr(line):
            return (f"line {at + 1} should be: {line!r}\n"
                    f"    there stands:   {there}")
    return "It overlaps the hunk before it."


def added(block):
    """How many lines a diff block adds."""
    plus = sum(line.startswith("+") for line in block.lines)
    return plus - len(parse(block))  # +++ is no added line


def removed(block):
    """How many lines a diff block takes out."""
    minus = sum(line.startswith("-") for line in block.lines)
    return minus - len(parse(block))


def without_settings():
    """The environment for git and patch, without the user's settings."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("GIT_", "PATCH_"))
           and name != "POSIXLY_CORRECT"}
    env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    return env


def git(folder, *args, **options):
    """Run git, whatever the user's own settings; returns its output."""
    try:
        done = subprocess.run(["git", "-C", folder, *args],
                              env=without_settings(), capture_output=True,
                              check=False, encoding="utf-8", **options)
    except FileNotFoundError:
        raise Trouble("This needs git, which is not installed.") from None
    if done.returncode > (args[0] == "diff"):
        raise Trouble(f"git {args[0]} in {folder}: {done.stderr.strip()}")
    return done.stdout


def make_diff(before, after, order=()):
    """The lines of a diff block between two trees, its files in an order."""
    pieces = {}
    with tempfile.TemporaryDirectory() as folder:
        write_tree(before, os.path.join(folder, "a"))
        write_tree(after, os.path.join(folder, "b"))
        text = git(folder, "diff", "--no-index", "--no-prefix", "--no-color",
                   "--no-ext-diff", "--no-renames", "a", "b")
    for piece in re.split(r"(?m)^diff --git .*\n", text)[1:]:
        lines = piece[piece.index("--- "):].split("\n")[:-1]
        name = lines["null" not in lines[1]][6:]
        pieces[name] = lines
    return [line for name in dict.fromkeys([*order, *SOURCES])
            for line in pieces.get(name, ())]
