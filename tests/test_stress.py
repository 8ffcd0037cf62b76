"""Random operations against a model, wild system calls, out of memory."""

import pytest

import leaf

SOAK = "tests/programs/soak.c"
FUZZ = "tests/programs/fuzz_syscalls.c"
OOM = "tests/programs/oom.c"

# A write to a frame that was freed ends these with a panic. (Somebody else's
# kernel need not be made for that.)
OPTIONS = {"timeout": 150,
           "kernel": None if leaf.FOREIGN else "tests/kernel/kernel_poisoned.c"}


@pytest.mark.parametrize("name", leaf.params(SOAK))
def test_soak(name):
    leaf.program(SOAK, typed=f"{leaf.SEED}\n", **OPTIONS).check(name)


@pytest.mark.parametrize("name", leaf.params(FUZZ))
def test_fuzz(name):
    leaf.program(FUZZ, typed=f"{leaf.SEED}\n", **OPTIONS).check(name)


@pytest.mark.parametrize("name", leaf.params(OOM))
def test_out_of_memory(name):
    leaf.program(OOM, **OPTIONS).check(name)
