"""Verify: is the whole book true?"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from .basics import (BUILD_TIME, ENDLESS, LINE_TIME, PROMPT, QUIET, SOURCES,
                     TOP, WORK, Parted, Trouble)
from .diffs import without_settings
from .facts import all_wrong
from .known import FRESH, is_known, remember, session_facts
from .play import RECORDED_WITH, check_session, compiler
from .sessions import Machine, answer_sessions, sessions, set_up
from .trees import read_tree, write_tree


UNFINISHED = 5  # so many blocks of the book may leave what does not build


def call_verify(book, args):
    """tries the whole book

    Every block applies where it says, and leaves a tree that builds without
    a warning and boots as far as before; patch and git apply agree; every
    session shows what its tree prints, the answers' too; numbers in the
    prose are those that are shown; links lead somewhere; the last tree is
    the repository's own. What was right and has not changed since is not
    tried again (--afresh does).
    """
    if args.afresh:
        FRESH.append(True)
    chapters = [book.chapter(int(n)) for n in args.numbers] or book.chapters
    good = bool(chapters)
    set_up()
    longest = sorted(chapters, key=lambda page: -len(page.of("console")))[:1]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = {page: pool.submit(verify_chapter, book, page)
                 for page in dict.fromkeys(longest + chapters)}
        for page in chapters:
            tried, seconds, wrong = tasks[page].result()
            good = good and not wrong
            tell(wrong, f"{page.number:2} {page.title:44.44} {tried:24} "
                 f"{seconds:5.1f} s")
    if not args.numbers:
        for page in book.appendices():
            wrong = verify_appendix(book, page)
            good = good and not wrong
            tell(wrong, f" - {page.title:44.44} "
                 f"{len(page.of('console'))} sessions")
        good = few_unfinished(book) and good
        good = same_sources(book) and good
    if compiler() != RECORDED_WITH:
        print("Figures, addresses and examples were not compared: the book's "
              f"are clang {RECORDED_WITH}'s, and this is clang {compiler()}.")
    return 0 if good else 1


def tell(wrong, what):
    print(f"{'FAIL' if wrong else 'ok':4} {what}")
    for message in wrong:
        print("     " + message.replace("\n", "\n     "))
    sys.stdout.flush()


def verify_chapter(book, page):
    """(what was tried, seconds, what is wrong) of a chapter."""
    start, wrong, found = time.monotonic(), [], []
    try:
        book.tree(page.number - 1)
    except Trouble:
        return "", 0, ["Not tried: a chapter before it makes no tree."]
    with workplace(f"{page.number:02}-verify") as folder:
        try:
            book.tree(page.number)
            patch_agrees(book, page)
            found = sessions(book, page)
            if page.of("diff") and all(session.edits for session in found):
                wrong.append(f"{page} has no session.")
            wrong += try_blocks(book, page, found, folder)
            wrong += all_wrong(book, page)
            found += answer_sessions(book, page)
        except Trouble as trouble:
            wrong.append(str(trouble))
        wrong += try_sessions(found, folder)
    tried = f"{len(page.of('diff'))} blocks, {len(found)} sessions"
    return tried, time.monotonic() - start, wrong


def verify_appendix(book, page):
    """What is wrong with a page that is no chapter."""
    try:
        with workplace("appendix-verify") as folder:
            return try_sessions(sessions(book, page), folder) + all_wrong(
                book, page)
    except Trouble as trouble:
        return [str(trouble)]


@contextlib.contextmanager
def workplace(name):
    """A folder in which one tree after the other is built, so that make
    builds only what changed from one to the next. Another process that
    wants it waits."""
    folder = os.path.join(WORK, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def try_sessions(found, folder):
    """What is wrong with these sessions."""
    wrong = []
    for session in found:
        if session.block.name == "example" and compiler() != RECORDED_WITH:
            continue
        try:
            facts = session_facts(session)
            if not is_known(*facts):
                write_tree(session.tree, folder)
                check_session(session, folder)
                remember(*facts)
        except (Parted, Trouble) as error:
            wrong.append(str(error))
    return wrong


def try_blocks(book, page, found, folder):
    """Which blocks leave a tree that does not build without a warning, or
    boots less far than the one before it. Trees that a session boots are
    left to that session."""
    wrong, before, shown = [], None, {session.named for session in found}
    for block in page.of("diff"):
        tree = book.tree(page.number, block.number)
        if block.unfinished or not {"kernel.c", "kernel.ld"} <= set(tree):
            continue
        last = block.number == len(page.of("diff"))
        if (page.number, block.number) in shown or last and (
                page.number, None) in shown:
            before = None  # and the session says how far it gets
            continue
        old = book.tree(page.number, block.number - 1)
        try:
            if before is None and {"kernel.c", "kernel.ld"} <= set(old):
                before = reach(old, folder, block)
        except Parted:
            pass  # said where it was tried
        try:
            now = reach(tree, folder, block)
        except Parted as error:
            wrong.append(str(error))
            continue
        if before is not None and now < before:
            wrong.append(f"{block} ({block.at(0)}): after it the kernel "
                         f"{REACHES[now]}; before it {REACHES[before]}.")
        before = now
    return wrong


REACHES = ("says nothing", "panics", "says something", "asks for a command")


class Boot:
    """A tree's boot, for a machine a session in which nothing is typed."""

    printf, settings = None, ""

    def __init__(self, block):
        self.block = block

    def __str__(self):
        return (f"{self.block} ({self.block.at(0)}): the tree after it")

    @staticmethod
    def argv(folder):
        return ["./run.sh", folder]


def reach(tree, folder, block):
    """How far a tree boots, as an index of REACHES. Parted if it does not
    build without a warning."""
    for far in range(len(REACHES)):
        if is_known("reach", far, sorted(tree.items())):
            return far
    write_tree(tree, folder)
    with Machine(Boot(block), folder, True) as machine:
        until = time.monotonic() + BUILD_TIME
        while machine.on and len(machine.raw) < ENDLESS \
                and time.monotonic() < until:
            lines = machine.lines()
            if lines[-1] == PROMPT.rstrip() or not machine.read(
                    QUIET / 2 if any(lines) else LINE_TIME if machine.raw
                    else BUILD_TIME):
                break
        machine.must_have_booted()
        lines = machine.lines()
    far = (3 if PROMPT.rstrip() in lines else
           1 if any("PANIC" in line for line in lines) else
           2 if any(lines) else 0)
    remember("reach", far, sorted(tree.items()))
    return far


def few_unfinished(book):
    """Are there few blocks whose trees need not build?"""
    found = [block for page in book.chapters for block in page.of("diff")
             if block.unfinished]
    if len(found) > UNFINISHED:
        print(f"FAIL {len(found)} blocks are unfinished, and {UNFINISHED} "
              "may be: " + ", ".join(block.label for block in found))
    return len(found) <= UNFINISHED


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
                    **without_settings(),
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
