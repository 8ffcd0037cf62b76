"""The book is true: its code is leaf's, and its sessions are what happens."""

import os
import re
import shutil
import subprocess
import sys

import pytest

import leaf

BOOK = os.path.join(leaf.ROOT, "book")
TOOL = os.path.join(BOOK, "chapter")
PAGES = sorted(name for name in os.listdir(BOOK)
               if re.fullmatch(r"\d\d-.*\.md", name))

pytestmark = [
    pytest.mark.skipif(leaf.FOREIGN, reason="the book is about leaf's own"),
    pytest.mark.skipif(not PAGES, reason="missing: the book has no chapters"),
]


def run(*args, cwd=leaf.ROOT):
    """Run the tool; returns its status and what it printed."""
    env = dict(os.environ, OPENSBI=leaf.firmware())
    done = subprocess.run(
        [sys.executable, os.path.join(cwd, "book", "chapter"),
         *map(str, args)], cwd=cwd, env=env, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=600 * leaf.PATIENCE)
    return done.returncode, done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_chapter_applies_builds_boots_and_matches(page):
    status, printed = run("verify", int(page[:2]))
    assert status == 0, printed


def test_the_last_chapters_tree_is_the_repositorys():
    status, printed = run("diff", len(PAGES), leaf.ROOT)
    assert status == 0, printed


def test_a_round_trip_changes_nothing(tmp_path):
    top = str(tmp_path / "leaf")
    shutil.copytree(BOOK, os.path.join(top, "book"))
    assert run("tree", len(PAGES), top, cwd=top)[0] == 0
    before = contents(top)
    for call in (["unroll"], ["fold", "--no-sessions"]):
        status, printed = run(*call, cwd=top)
        assert status == 0, printed
    assert contents(top) == before


def contents(top):
    """The bytes of all files that are no products."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != "build"]
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, top)] = file.read()
    return found
