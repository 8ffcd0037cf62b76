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


# Students' trees: a chapter's with something changed in it. tests/book/wrong
# has typical mistakes, tests/book/right the same done otherwise. The lines of
# a file before its diff: what it is, and "Says:" what must be said of the first
# mistake, or "Says later:" of another, by a quick test or a session.
# Of each chapter one wrong one is tried, of some a right one, and of some the
# chapter's own tree; all of them if LEAF_TREES is "all", which takes long.
TREES = os.path.join(leaf.ROOT, "tests", "book")
ALL = os.environ.get("LEAF_TREES") == "all"
RIGHT = (12, 14, 18)
OWN = range(1, len(PAGES) + 1) if ALL else (5, 10, 11, 13, 16, len(PAGES))


def students(kind):
    names = sorted(name for name in os.listdir(os.path.join(TREES, kind))
                   if name.endswith(".diff"))
    return [name for i, name in enumerate(names)
            if ALL or (i == 0 or names[i - 1][:2] != name[:2])
            and (kind == "wrong" or int(name[:2]) in RIGHT)]


def students_tree(kind, name, folder):
    """Make the tree; returns the lines before the diff. The hunks stand
    where their old lines do, once: line numbers change too often."""
    with open(os.path.join(TREES, kind, name), encoding="utf-8") as file:
        head, *changes = re.split(r"(?m)^--- a/", file.read())
    status, printed = run("tree", int(name[:2]), folder)
    assert status == 0, printed
    for change in changes:
        path = os.path.join(folder, change.split("\n")[0])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for hunk in change.split("@@ @@\n")[1:]:
            old, new = ("".join(line[1:] + "\n" for line in
                                hunk.split("\n")[:-1] if line[0] in signs)
                        for signs in (" -", " +"))
            assert text.count(old) == 1, f"the chapter no longer says: {old}"
            text = text.replace(old, new)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return head


def verdict(kind, name, folder):
    head = students_tree(kind, name, folder)
    first, later = (re.findall(rf"(?m)^Says{when}: (.*)", head)
                    for when in ("", " later"))
    ways = [["--first"]] if first and not later else \
        [["--quick"], []] if later else [[]]
    for options in ways:
        status, printed = run("check", *options, int(name[:2]), folder)
        if all(text in printed for text in first + later):
            return status, printed
    raise AssertionError(printed)


@pytest.mark.parametrize("name", students("wrong"))
def test_g10_check_names_a_typical_mistake(tmp_path, name):
    status, printed = verdict("wrong", name, str(tmp_path / "tree"))
    assert status == 1, printed
    assert "does not do what" in printed or "does not build" in printed


@pytest.mark.parametrize("name", students("right"))
def test_g10_check_accuses_no_right_tree(tmp_path, name):
    status, printed = verdict("right", name, str(tmp_path / "tree"))
    assert status == 0, printed
    assert "As far as its sessions look, this tree does" in printed


@pytest.mark.parametrize("chapter", OWN)
def test_g10_a_chapters_own_tree_passes_its_quick_tests(tmp_path, chapter):
    tree = str(tmp_path / "tree")
    assert run("tree", chapter, tree)[0] == 0
    status, printed = run("check", "--quick", chapter, tree)
    assert status == 0, printed
    assert "Not looked at: the chapter's sessions." in printed
    assert "whose names this tree" not in printed
    assert f"What looks further: make test SRC={tree}" in printed


def test_a_difference_in_form_only_can_be_ignored(tmp_path):
    tree = tmp_path / "tree"
    assert run("tree", 7, tree)[0] == 0
    text = (tree / "kernel.c").read_text()
    (tree / "kernel.c").write_text(
        text.replace("/* Cuts a new page", "/* mine: cuts  a page")
        .replace("frame->refs = 0;", "frame->refs  =  0;"))
    assert run("diff", 7, tree)[0] == 1
    assert run("diff", "-w", "-c", 7, tree)[0] == 0


# --- The kernel you already have -------------------------------------------

PLACES = {  # where a block of book/your-kernel.md goes in tests/learner
    "at the end": r"\Z",
    "in struct process": r"(?<=uint32_t \*page_table;\n)",
    "in create_process, before its return": r"(?=    return proc;)",
    "after map_page": r"(?=void handle_syscall)",
    "in handle_syscall": r"(?= *default:)",
    "in handle_syscall, at SYS_EXIT": r"(?<=case SYS_EXIT:\n)",
    "before the heap": r"\Z",
    "before alloc_pages": r"(?=paddr_t alloc_pages)",
    "at the beginning of alloc_pages":
        r"(?<=alloc_pages\(uint32_t n\) \{\n)    static paddr_t next.*\n",
    "in place of sbrk": r"// Moves the current(?s:.*?)\n\}\n",
}


def test_the_kernel_you_already_have_gets_a_heap(tmp_path):
    """What the page says, in its order, in a kernel with that book's names;
    each program it shows prints what it shows."""
    tree = tmp_path / "tree"
    shutil.copytree(os.path.join(leaf.ROOT, "tests/learner"), tree)
    with open(os.path.join(BOOK, "your-kernel.md"), encoding="utf-8") as file:
        fences = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", file.read())
    ran = []

    def runs(shown):
        done = subprocess.run(
            [os.path.join(leaf.ROOT, "run.sh"), str(tree)], check=False,
            env=dict(os.environ, OPENSBI=leaf.firmware()), text=True,
            stdin=subprocess.DEVNULL, capture_output=True,
            timeout=60 * leaf.PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in done.stderr
        assert done.stdout.replace("\r", "").endswith(shown), done.stdout
        ran.append(shown)

    for kind, text in fences:
        if kind == "text":
            runs(text)
        elif kind == "sh":
            heap = tmp_path / "14"
            assert text.split()[:3] == ["book/chapter", "tree", "14"]
            assert run("tree", 14, heap)[0] == 0
            of = re.search(r"(?s)/\*\n \* -+ The heap.*?(?=/\*\n \* -+ The rest)",
                           (heap / "user.c").read_text())
        elif kind == "c":
            name, place = re.match(r"/\* (\S+?)(?:, (.*))? \*/\n", text).groups()
            path, code = tree / name, text.split("\n", 1)[1]
            if not place:
                path.write_text(code)
                continue
            if place == "before the heap":
                code += of[0]
            where, count = re.subn(PLACES[place], lambda _, code=code: code,
                                   path.read_text(), count=1)
            assert count == 1, (name, place)
            path.write_text(where)
    runs(ran[-1])
    assert len(ran) == 4
