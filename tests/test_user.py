"""User programs that hold many tests (rows B, E, F1 and F2 of the table):
one boot each, one result a test."""

import pytest

import leaf

SBRK = "tests/programs/user_sbrk.c"
LIMIT = "tests/programs/user_limit.c"
MMAP = "tests/programs/user_mmap.c"
FAULT = "tests/programs/user_fault.c"
PROCESS = "tests/programs/user_process.c"
LIBRARY = "tests/programs/user_library.c"


@pytest.mark.parametrize("name", leaf.params(SBRK))
def test_sbrk(name):
    leaf.program(SBRK).check(name)


@pytest.mark.parametrize("name", leaf.params(LIMIT))
def test_limit(name):
    leaf.program(LIMIT, defines="-DMMAP_BASE=0x02000000").check(name)


@pytest.mark.parametrize("name", leaf.params(MMAP))
def test_mmap(name):
    leaf.program(MMAP, typed="x").check(name)


@pytest.mark.parametrize("name", leaf.params(FAULT))
def test_fault(name):
    leaf.program(FAULT).check(name)


@pytest.mark.parametrize("name", leaf.params(PROCESS))
def test_process(name):
    leaf.program(PROCESS).check(name)


@pytest.mark.parametrize("name", leaf.params(LIBRARY))
def test_library(name):
    leaf.program(LIBRARY).check(name)


@pytest.mark.parametrize("app", [SBRK, LIMIT, MMAP, FAULT, LIBRARY])
def test_every_test_of_a_program_is_run(app):
    """A test that main() forgets would never be missed otherwise."""
    written = leaf.written(app)
    assert sorted(written) == sorted(leaf.names(app))
