"""Trees: the texts of the sources, by file name."""

import os

from .basics import SOURCES, Trouble, write


def read_tree(folder):
    """The sources in a folder, by name."""
    tree = {}
    for name in SOURCES:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace",
                      newline="") as file:
                tree[name] = file.read()
    return tree


def somebodys_tree(folder):
    """The same for a folder that must hold a kernel."""
    if not os.path.isdir(folder):
        raise Trouble(f"{folder}: there is no such folder.")
    tree = read_tree(folder)
    for name in ("kernel.c", "kernel.ld"):
        if name not in tree:
            raise Trouble(f"{folder} has no {name}. A tree has kernel.c and "
                          "kernel.ld, and as its chapter goes kernel.h "
                          f"{' '.join(SOURCES[3:])}.")
    return tree


def write_tree(tree, folder, force=True):
    """Make a folder's sources these. Files that are right stay untouched,
    so that make builds what changed."""
    os.makedirs(folder, exist_ok=True)
    there = read_tree(folder)
    for name in there:
        if there[name] != tree.get(name) and not force:
            raise Trouble(f"{folder} has another {name}. Choose another "
                          "folder, or --force to overwrite it.")
        if name not in tree:
            os.remove(os.path.join(folder, name))
    for name in tree:
        if there.get(name) != tree[name]:
            write(os.path.join(folder, name), tree[name])


def edit(tree, block):
    """The tree without the lines of a `without` block; or with those of a
    `with` block, of which the first is there already."""
    old = block.lines if block.kind == "without" else block.lines[:1]
    start = stands_at(tree, block)
    lines = tree[block.name].split("\n")
    lines[start:start + len(old)] = (
        [] if block.kind == "without" else block.lines)
    return {**tree, block.name: "\n".join(lines)}


def stands_at(tree, block):
    """Where the lines of such a block stand in its file, from 0."""
    if block.name not in SOURCES:
        raise Trouble(f"{block} ({block.at(-1)}): which file? The fence must "
                      f"say it, as in: ```{block.kind} kernel.c")
    what, wanted = "lines left out", block.lines
    if block.kind == "with":
        what, wanted = "line before those put in", block.lines[:1]
    lines, n = tree.get(block.name, "").split("\n"), len(wanted)
    places = [i for i in range(len(lines)) if lines[i:i + n] == wanted]
    if len(places) != 1:
        raise Trouble(f"{block} ({block.at(0)}): the {what} must "
                      f"stand once in {block.name}, and stand there "
                      f"{len(places)} times.")
    return places[0]
