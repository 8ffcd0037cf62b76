"""malloc and its family in leaf (rows C, E12 and E13 of README.md): each row
a test of a user program, and every mistake that a program can make (C15).

C3, C8, C17 and C20 are the shell's commands, too (test_shell.py); C18 is what
test_bench.py counts.
"""

import re

import pytest

import leaf

ROWS = "tests/programs/heap_rows.c"
MISTAKES = "tests/programs/heap_mistakes.c"
DAMAGE = "tests/programs/heap_damage.c"
WORST = "tests/programs/heap_worst.c"


@pytest.mark.parametrize("name", leaf.params(ROWS))
def test_heap(name):
    leaf.program(ROWS, timeout=120).check(name)


@pytest.mark.parametrize("program", [ROWS, WORST])
def test_every_test_of_the_program_is_run(program):
    assert sorted(leaf.written(program)) == sorted(leaf.names(program))


@pytest.mark.parametrize("name", leaf.params(WORST))
def test_c18_no_call_walks(name):
    leaf.program(WORST, timeout=300, extra=("-icount", "shift=0")).check(name)


# What the heap's line says about each.
SAID = {
    "twice": "was freed before",
    "later": "was freed before",
    "merged": "was freed before",
    "twice-large": "is no block: it is not in the heap",
    "twice-huge": "was freed before",
    "unaligned": "is no block: it is not aligned",
    "interior": "is no block",
    "stack": "is no block: it is not in the heap",
    "data": "is no block: it is not in the heap",
    "null-ish": "is no block: it is not in the heap",
    "kernel": "is no block: it is not in the heap",
    "mapping": "is no block: it is not in the heap",
    "mmap": "is no block: it is not in the heap",
    "overflow": "was written to beyond its end",
    "trampled": "was written to beyond its end",
    "underflow": "was written to beyond its end",
    "realloc": "was freed before",
    "after-free": "is free, but was written to",
    "grown": "was written to beyond its end",
    "run": "was written to beyond its end",
    "hole": "was written to beyond its end",
    "hole-wild": "was written to beyond its end",
    "hole-flag": "was written to beyond its end",
    "end": "was written to beyond its end",
    "end-size": "was written to beyond its end",
    "large": "was written to beyond its end",
    "large-header": "has a header that was written to",
    "large-header-check": "has a header that was written to",
    "large-check": "was written to beyond its end",
    "footer": "is free, but was written to",
    "circle": "is free, but was written to",
    "link-end": "is free, but was written to",
    "link-self": "is free, but was written to",
    "run-length": "was written to beyond its end",
    "top-left": "was written to beyond its end",
    "cut": "was written to beyond its end",
    "list-small": "is free, but was written to",
    "list": "is free, but was written to",
    "list-prev": "is free, but was written to",
    "after-free-prev": "is free, but was written to",
    "hole-grown": "was written to beyond its end",
    "large-full": "was written to beyond its end",
    "large-up-to": "was written to beyond its end",
    "large-over": "was written to beyond its end",
    "ring": "is free, but was written to",
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
    assert said == f"heap: {address} {SAID[name]}\n"
    assert status == 134


@pytest.fixture(scope="module")
def damages():
    """What was wanted, said, and the status, of each: {name: (…)}."""
    with leaf.boot(leaf.build(app=DAMAGE)) as machine:
        machine.expect(r"(?m)^done", timeout=300)
        text = machine.child.before.replace("\r", "")
    return {name: (wanted, said, int(status)) for name, wanted, said, status in
            re.findall(r"case (\S+) wants (.*)\n((?:.*\n)*?)status (\d+)",
                       text)}


@pytest.mark.xdist_group("heap_damage.c")
def test_g12_what_was_written_over_the_heap_is_seen_and_rightly_named(damages):
    assert len(damages) == 3 * 5 * 6 * (2 * (4 + 12) - 2)
    wrong = {}
    for name, (wanted, said, status) in damages.items():
        right = ("", 0) if wanted == "nothing" else (f"heap: {wanted}\n", 134)
        # The upper bytes of a used block's header alone: if they say less than
        # the size, the block itself seems to be the one that was too long; and
        # they may say a size that can be.
        alone = re.fullmatch(r"\d+used-([123])-\1-.*", name)
        if (said, status) != right and not (
                alone and said.endswith("was written to beyond its end\n")
                or alone and not said):
            wrong[name] = wanted, said, status
    assert not wrong, (len(wrong), dict(list(wrong.items())[:20]))
