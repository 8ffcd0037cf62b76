"""malloc and its family in leaf (rows C, E12 and E13 of the table): each row
a test of a user program, and every mistake that a program can make (C15).

C3, C8, C17 and C20 are the shell's commands, too (test_shell.py); C18 is what
test_bench.py counts.
"""

import re

import pytest

import leaf

ROWS = "tests/programs/heap_rows.c"
MISTAKES = "tests/programs/heap_mistakes.c"


@pytest.mark.parametrize("name", leaf.params(ROWS))
def test_heap(name):
    leaf.program(ROWS, timeout=120).check(name)


def test_every_test_of_the_program_is_run():
    assert sorted(leaf.written(ROWS)) == sorted(leaf.names(ROWS))


# What the heap's line says about each.
SAID = {
    "twice": "was freed before",
    "later": "was freed before",
    "merged": "was freed before",
    "twice-large": "is no block: it is not in the heap",
    "unaligned": "is no block: it is not aligned",
    "interior": "is no block, or its header was overwritten",
    "stack": "is no block: it is not in the heap",
    "data": "is no block: it is not in the heap",
    "null-ish": "is no block: it is not in the heap",
    "kernel": "is no block: it is not in the heap",
    "mapping": "is no block: it is not in the heap",
    "mmap": "is no block: it is not in the heap",
    "overflow": "was written to beyond its end",
    "trampled": "is no block, or its header was overwritten",
    "underflow": "is no block, or its header was overwritten",
    "realloc": "was freed before",
    "after-free": "is free, but",
    "grown": "was written to beyond its end",
    "quarry": "is free, but was written to",
    "hole": "is free, but was written to",
    "hole-wild": "was written to beyond its end",
    "hole-flag": "is free, but its footer was overwritten",
    "end": "is the heap's end, and was written to",
    "end-size": "is the heap's end, and was written to",
    "end-footer": "is the heap's end, and was written to",
    "end-footer-wild": "is the heap's end, and was written to",
    "large": "is lost: the list of large blocks was written to",
    "large-header": "is no block, or its header was overwritten",
    "large-header-check": "leads to no large block",
    "large-check": "leads to no large block",
    "footer": "lies behind a free block that was written to",
    "circle": "is free, but its links were overwritten",
    "large-circle": "leads to no large block",
    "ring": "is free, but its links were overwritten",
    "lost": "begins a heap that lost a block",
}


@pytest.fixture(scope="module")
def mistakes():
    """What the console says of each: {name: (address, line, status)}."""
    with leaf.boot(leaf.build(app=MISTAKES)) as machine:
        machine.expect(r"(?m)^done")
        text = machine.child.before.replace("\r", "")
    found = {}
    for name, address, said, status in re.findall(
            r"mistake (\S+) at (\w+)\n((?:.*\n)*?)status (\d+)", text):
        found[name] = address, said, int(status)
    assert set(found) == set(SAID), text
    return found


@pytest.mark.xdist_group("heap_mistakes.c")
@pytest.mark.parametrize("name", SAID)
def test_c15_a_mistake_is_caught_and_named(mistakes, name):
    address, said, status = mistakes[name]
    assert said.startswith(f"heap: {address} {SAID[name]}"), said
    assert said.count("\n") == 1, said
    assert status == 134
