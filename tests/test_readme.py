"""tests/README.md's table, and what reads it; trees that lack something."""

import json
import os
import re
import subprocess
import sys

import pytest

import leaf

HERE = os.path.join(leaf.ROOT, "tests")


def sources():
    """The text of every test, by file name."""
    for folder, folders, names in os.walk(HERE):
        folders[:] = [name for name in folders if name != "book"]
        for name in names:
            if name.endswith((".py", ".c", ".h")) and name != "test_readme.py":
                with open(os.path.join(folder, name)) as file:
                    yield name, file.read()


def rows():
    with open(os.path.join(HERE, "README.md")) as file:
        return re.findall(r"(?m)^\| ([A-G]\d+) \|", file.read())


@pytest.mark.skipif(leaf.FOREIGN, reason="the README is about leaf's own")
def test_the_heaps_line_in_the_readme_is_what_the_shell_says():
    if leaf.clang_version() != "14":
        pytest.skip("where the heap begins is clang 14's")
    with open(os.path.join(leaf.ROOT, "README.md")) as file:
        shown = re.search(r"`(heap: \w{8} was freed before)`", file.read())[1]
    with leaf.shell() as machine:
        assert shown in machine.run("crash doublefree")


def test_the_table_has_each_row_once_and_in_order():
    found = rows()
    assert found == sorted(set(found), key=lambda row: (row[0], int(row[1:])))
    assert len(found) == 91


def test_each_row_has_a_test():
    text = "\n".join(text for _, text in sources()).upper()
    without = [row for row in rows() if row[0] != "G" and
               not re.search(rf"(?<![A-Z0-9]){row}(?![0-9A-Z])", text)]
    assert without == []


def test_no_test_has_the_id_of_a_row_that_is_not_there():
    for name, text in sources():
        for row in re.findall(r"\b(?:test_)?([a-g]\d+)_[a-z0-9_]+\(", text):
            assert row.upper() in rows(), f"{name}: {row}"


XML = """<testsuites><testsuite>
<testcase classname="t" name="test_sbrk[b7_shrink]@x.c"/>
<testcase classname="t" name="test_sbrk[b7_more]"><failure>no</failure></testcase>
<testcase classname="t" name="test_c15_line[twice]"/>
<testcase classname="t" name="test_mmap[e9_gone]"><skipped/></testcase>
<testcase classname="t" name="test_help"/>
</testsuite></testsuites>"""


def test_results_are_told_by_row(tmp_path):
    (tmp_path / "ann.xml").write_text(XML)
    (tmp_path / "bad.xml").write_text("not a result")

    def results(*files):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "results"), *files],
            cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
    assert json.loads(results("ann.xml").stdout) == {
        "tree": "ann", "passed": 3, "failed": 1, "missing": 1,
        "failures": ["test_sbrk[b7_more]"],
        "rows": {"B7": "failed", "C15": "passed", "E9": "missing"}}
    assert "bad.xml: " in results("bad.xml").stderr


@pytest.mark.skipif(leaf.FOREIGN, reason="the book is about leaf's own")
@pytest.mark.parametrize("lacking", ["SYS_FORK", "SYS_PROCINFO"])
def test_the_last_chapter_that_lacks_a_call_can_be_tested(tmp_path, lacking):
    tool = os.path.join(leaf.ROOT, "book", "chapter")
    chapters = sum(name[:2].isdigit() for name in os.listdir(
        os.path.join(leaf.ROOT, "book")))
    for chapter in range(chapters, 0, -1):
        tree = tmp_path / str(chapter)
        subprocess.run([sys.executable, tool, "tree", str(chapter), tree],
                       check=True, stdout=subprocess.DEVNULL)
        if f"{lacking} " not in (tree / "common.h").read_text():
            break
    leaf.build(app="tests/programs/user_sbrk.c", src=str(tree), strict=False)
