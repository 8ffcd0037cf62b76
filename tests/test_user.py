"""User programs that hold many tests (rows B, E, F1 and F2 of README.md):
one boot each, one result a test."""

import os
import shutil

import pytest

import leaf

SBRK = "tests/programs/user_sbrk.c"
LIMIT = "tests/programs/user_limit.c"
MMAP = "tests/programs/user_mmap.c"
FAULT = "tests/programs/user_fault.c"
PROCESS = "tests/programs/user_process.c"
BOUNDS = "tests/programs/user_bounds.c"
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


@pytest.mark.parametrize("name", leaf.params(BOUNDS))
def test_bounds(name):
    leaf.program(BOUNDS).check(name)


@pytest.mark.parametrize("name", leaf.params(LIBRARY))
def test_library(name):
    leaf.program(LIBRARY).check(name)


CONSTRUCTORS = "leaf calls no constructors or destructors: call them in main"
THREADS = "leaf has no thread-local storage: leave out _Thread_local"


@pytest.mark.parametrize("declaration, refusal", [
    ("__attribute__((constructor)) void begin(void) { puts(\"\"); }",
     CONSTRUCTORS),
    ("__attribute__((constructor(200))) void begin(void) { puts(\"\"); }",
     CONSTRUCTORS),
    ("__attribute__((destructor)) void finish(void) { puts(\"\"); }",
     CONSTRUCTORS),
    ("_Thread_local int x;\n#define STATUS x", THREADS),
    ("_Thread_local int x = 1;\n#define STATUS x", THREADS)])
def test_a_program_that_would_not_work_is_not_linked(tmp_path, declaration,
                                                     refusal):
    app = tmp_path / "program.c"
    app.write_text("#include <stdio.h>\n" + declaration + """
#ifndef STATUS
#define STATUS 0
#endif
int main(void) { return STATUS; }
""")
    with pytest.raises(leaf.BuildError, match=refusal):
        leaf.build(app=str(app), strict=False)


@pytest.mark.parametrize("segment", [".rodata", ".data"])
def test_segments_on_one_page_are_not_linked(tmp_path, segment):
    for name in ["kernel.c", "kernel.h", "kernel.ld", "common.c", "common.h",
                 "user.c", "user.h", "user.ld", "shell.c"]:
        shutil.copy(os.path.join(leaf.SRC, name), tmp_path)
    script = tmp_path / "user.ld"
    written = script.read_text()
    changed = written.replace(f"    . = ALIGN(4096);\n    {segment} :",
                              f"    . = ALIGN(4);\n    {segment} :")
    assert changed != written
    script.write_text(changed)
    with pytest.raises(leaf.BuildError, match="a page of its own"):
        leaf.build(src=str(tmp_path))


@pytest.mark.parametrize("app", [SBRK, LIMIT, MMAP, FAULT, LIBRARY, BOUNDS])
def test_every_test_of_a_program_is_run(app):
    """A test that main() forgets would never be missed otherwise."""
    written = leaf.written(app)
    assert sorted(written) == sorted(leaf.names(app))
