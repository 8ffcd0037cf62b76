#!/usr/bin/env python3
"""Says what the book's sessions boot, type and show, as JSON on standard
output, and writes their trees:

    python3 sessions.py FOLDER

How a page is read is book/leafbook's business; this only hands it on. Trees
are named by their contents, so that equal ones are one."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "book"))

from leafbook.basics import BOOK, PROMPT, Trouble  # noqa: E402
from leafbook.pages import Book  # noqa: E402
from leafbook.sessions import answer_sessions, sessions  # noqa: E402
from leafbook.trees import write_tree  # noqa: E402


def place(tree, folder):
    """Write a tree into a folder of its own; returns its name."""
    name = hashlib.sha256(json.dumps(sorted(tree.items())).encode())
    write_tree(tree, os.path.join(folder, name.hexdigest()[:16]))
    return name.hexdigest()[:16]


def typed(session):
    """What is typed: keys each, and whether the prompt asks for them."""
    if session.printf:
        done = subprocess.run(["sh", "-c", session.printf], check=True,
                              capture_output=True, text=True)
        return [{"keys": done.stdout + "\x04", "now": True}]
    return [{"keys": keys, "prompt": (line + " ").startswith(PROMPT)}
            for line, keys in zip(session.shown, session.keys) if keys]


def describe(session, folder):
    """A session as the site needs it."""
    words = dict(word.split("=", 1) for word in shlex.split(session.settings))
    options = words.get("LEAF_QEMU", "")
    memory = re.search(r"-m (\d+)M", options)
    return {
        "command": session.block.lines[0][2:],
        "tree": place(session.tree, folder),
        "program": session.argv("")[2] if session.app else None,
        "defines": words.get("DEFINES", ""),
        "ram": int(memory[1]) << 20 if memory else None,
        "counts": "-icount" in options,
        "changed": bool(session.edits),
        "script": typed(session),
        "shown": session.shown,
        "status": None if session.status is None else int(session.status)}


def pages(book):
    """Every page and its sessions."""
    for page in book.chapters:
        yield page, sessions(book, page)
        answers = book.answers(page.number)
        if answers:
            yield answers, [session for session in answer_sessions(book, page)
                            if not session.answer]
    for page in book.appendices():
        yield page, sessions(book, page)


def main(folder):
    book, found = Book(), []
    for page, its in pages(book):
        by_number = {session.block.number: describe(session, folder)
                     for session in its}
        found.append({
            "file": os.path.relpath(page.path, BOOK), "title": page.title,
            "number": page.number, "answers": page.answers,
            "tree": None if page.answers or not page.number
            else place(book.tree(page.number), folder),
            "sessions": [by_number.get(block.number)
                         for block in page.of("console")]})
    json.dump({"prompt": PROMPT, "pages": found}, sys.stdout)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Trouble as trouble:
        sys.exit(f"sessions.py: {trouble}")
