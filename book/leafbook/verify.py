"""Verify: is the whole book true?"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from .basics import SOURCES, TOP, Parted, Trouble
from .play import check_session
from .sessions import answer_sessions, sessions, set_up
from .trees import read_tree, write_tree


def call_verify(book, args):
    """tries the whole book

    Every block applies where it says; patch and git apply agree; every
    chapter builds without a warning, boots and prints what its sessions
    show; so does every answer; the last tree is the repository's own.
    """
    chapters = [book.chapter(n) for n in args.numbers] or book.chapters
    good = bool(chapters)
    set_up()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for page, (tried, seconds, wrong) in zip(chapters, pool.map(
                functools.partial(verify_chapter, book), chapters)):
            good = good and not wrong
            print(f"{'FAIL' if wrong else 'ok':4} {page.number:2} "
                  f"{page.title:44.44} {tried:24} {seconds:5.1f} s")
            for message in wrong:
                print("     " + message.replace("\n", "\n     "))
            sys.stdout.flush()
    if not args.numbers:
        for page in book.appendices():
            wrong = try_sessions(sessions(book, page))
            good = good and not wrong
            print(f"{'FAIL' if wrong else 'ok':4}  - {page.title:44.44} "
                  f"{len(page.of('console'))} sessions")
            for message in wrong:
                print("     " + message.replace("\n", "\n     "))
        good = same_sources(book) and good
    return 0 if good else 1


def verify_chapter(book, page):
    """(what was tried, seconds, what is wrong) of a chapter."""
    start, wrong, found = time.monotonic(), [], []
    try:
        book.tree(page.number - 1)
    except Trouble:
        return "", 0, ["Not tried: a chapter before it makes no tree."]
    try:
        book.tree(page.number)
        patch_agrees(book, page)
        found = sessions(book, page)
        if all(session.edits for session in found):
            wrong.append(f"{page} has no session.")
        found += answer_sessions(book, page)
    except Trouble as trouble:
        wrong.append(str(trouble))
    wrong += try_sessions(found)
    tried = f"{len(page.of('diff'))} blocks, {len(found)} sessions"
    return tried, time.monotonic() - start, wrong


def try_sessions(found):
    """What is wrong with these sessions."""
    wrong = []
    for session in found:
        try:
            check_session(session)
        except (Parted, Trouble) as error:
            wrong.append(str(error))
    return wrong


def patch_agrees(book, page):
    """patch and git apply, where they are installed, must make the same
    tree out of the whole page."""
    for number in page.stray:
        raise Trouble(f"{page.short}:{number}: outside of a diff block this "
                      "line looks like a diff, and patch would take it for "
                      f"one: {page.lines[number - 1]}")
    for command in (["patch", "-p1", "-F0", "-i"], ["git", "apply"]):
        if not shutil.which(command[0]) or not page.of("diff"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            write_tree(book.tree(page.number - 1), folder)
            done = subprocess.run(
                [*command, page.path], cwd=folder, check=False, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, env={
                    **os.environ,
                    "GIT_CEILING_DIRECTORIES": os.path.dirname(folder)})
            if done.returncode or "offset" in done.stdout or \
                    read_tree(folder) != book.tree(page.number):
                raise Trouble(f"{page}: {command[0]} does not make the same "
                              f"of {page.short}.\n{done.stdout}".rstrip())


def same_sources(book):
    """Is the last chapter's tree the repository's own?"""
    try:
        mine, last, good = read_tree(TOP), book.last(), True
    except Trouble:
        return False  # said before
    for name in SOURCES:
        if mine.get(name) != last.get(name):
            good = False
            a, b = ((tree.get(name) or "").split("\n")
                    for tree in (mine, last))
            line = next((n for n, (left, right) in enumerate(zip(a, b), 1)
                         if left != right), min(len(a), len(b)))
            print(f"FAIL {name}: the last chapter's differs from the "
                  f"repository's at line {line}")
    if good:
        print("ok   the last chapter's tree is the repository's")
    return good
