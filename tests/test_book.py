"""The book is true: its code is leaf's, and its sessions are what happens."""

import os
import re
import shutil
import subprocess
import sys
import time

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


# Students' trees: a chapter's, with something changed in it; and where the
# verdict must lead.
STUDENTS = [
    ("right", 7, "kernel.c", "/* Cuts a new page", "/*   cuts   a page", None),
    ("leak", 8, "kernel.c", "        fence_page(at);\n        free_page(page);",
     "        fence_page(at);\n        (void) page;", "page frames free again"),
    ("missing_fence", 13, "kernel.c",
     "        fence_page(at);\n        free_page(PTE_PAGE(old))",
     "        free_page(PTE_PAGE(old))", "killed: store to"),
    ("wrong_return_value", 13, "kernel.c", "    return (int32_t) old;",
     "    return (int32_t) brk;", "at the start"),
    ("unmerged_neighbour", 14, "user.c",
     "    if (before && (char *) before + before->size == (char *) block) {",
     "    if (0) {", "expected"),
    ("does_not_build", 4, "kernel.c", "return page;", "return page",
     "expected ';'"),
    ("hangs", 6, "kernel.c", "    frames_init();\n",
     "    for (;;) continue;\n", "expected: leaf: "),
    ("panics_at_boot", 9, "kernel.c", "    frames_init();\n",
     "    frames_init();\n    PANIC(\"a student's\");\n", "a student's"),
]


@pytest.mark.parametrize("name, chapter, file, old, new, leads_to", STUDENTS,
                         ids=[student[0] for student in STUDENTS])
def test_a_students_tree_gets_a_verdict(tmp_path, name, chapter, file, old,
                                        new, leads_to):
    tree = tmp_path / "tree"
    assert run("tree", chapter, tree)[0] == 0
    text = (tree / file).read_text()
    assert text.count(old) == 1, "the chapter no longer says so"
    (tree / file).write_text(text.replace(old, new))
    began = time.monotonic()
    status, printed = run("check", chapter, tree)
    assert time.monotonic() - began < 60 * leaf.PATIENCE
    assert (status == 0) == (leads_to is None), printed
    assert leads_to is None or leads_to in printed, printed


def test_a_difference_in_form_only_can_be_ignored(tmp_path):
    tree = tmp_path / "tree"
    assert run("tree", 7, tree)[0] == 0
    text = (tree / "kernel.c").read_text()
    (tree / "kernel.c").write_text(
        text.replace("/* Cuts a new page", "/* mine: cuts  a page")
        .replace("frame->refs = 0;", "frame->refs  =  0;"))
    assert run("diff", 7, tree)[0] == 1
    assert run("diff", "-w", "-c", 7, tree)[0] == 0
