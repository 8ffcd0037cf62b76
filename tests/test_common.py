"""common.c: its functions against the host's, and what they cost.

COMMON_ROUNDS=N  how many random formats (and a quarter as many random
                 strings) are tried at each width, 200,000 if it isn't set
COMMON_SEED=N    the seed, the time if it isn't set; a failure prints it
"""

import os
import re
import shutil
import subprocess

import pytest

import leaf

if leaf.FOREIGN:
    pytest.skip("the repository's own common.c is what these tests hold",
                allow_module_level=True)

HOST = os.path.join(leaf.ROOT, "tests", "host")
ROUNDS = int(os.environ.get("COMMON_ROUNDS") or 200_000)
SEED = os.environ.get("COMMON_SEED")
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

# Every function of common.h; beside the host's it is leaf_....
FUNCTIONS = ("memset memcpy memmove memcmp memchr strlen strnlen strcpy "
             "strncpy strcat strcmp strncmp strchr strrchr strstr "
             "printf vprintf snprintf vsnprintf").split()

# Every clang here: each has optimizations of its own.
CLANGS = [name for name in
          ["clang"] + [f"clang-{version}" for version in range(14, 40)]
          if shutil.which(name)]


def run(*argv, timeout=120):
    """Run a command; returns its status and all that it printed."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout * leaf.PATIENCE)
    return done.returncode, done.stdout


def must(*argv, timeout=120):
    """Run a command that must not fail; returns what it printed."""
    status, output = run(*argv, timeout=timeout)
    assert status == 0, f"{' '.join(argv)}\n{output}"
    return output


def needs_width(tmp_path, bits):
    """Skip the test where the host has no libraries of this width."""
    source = tmp_path / "width.c"
    source.write_text("#include <stdio.h>\n"
                      "int main(void) { return puts(\"\") < 0; }\n")
    program = str(tmp_path / "width")
    status, _ = run("clang", f"-m{bits}", *SANITIZERS, str(source),
                    "-o", program)
    if status or run(program)[0]:
        pytest.skip(f"no {bits}-bit libraries here: see the other width")


def build(tmp_path, name, bits, sanitizers):
    """Link tests/host/NAME.c with a common.c of renamed functions."""
    flags = [f"-m{bits}", "-O2", "-g", "-std=c11", "-Wall", "-Wextra",
             "-Werror", *sanitizers]
    common = str(tmp_path / "common.o")
    program = str(tmp_path / name)
    must("clang", *flags, "-ffreestanding",
         *[f"-D{function}=leaf_{function}" for function in FUNCTIONS],
         "-c", os.path.join(leaf.ROOT, "common.c"), "-o", common)
    must("clang", *flags, "-D_GNU_SOURCE", "-Wno-unused-function",
         os.path.join(HOST, name + ".c"), common, "-o", program)
    return program


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("name, rounds", [("common_strings", ROUNDS // 4),
                                          ("common_printf", ROUNDS)])
def test_functions_do_as_the_hosts_do(tmp_path, name, rounds, bits):
    needs_width(tmp_path, bits)
    program = build(tmp_path, name, bits, SANITIZERS)
    seed = [SEED] if SEED else []
    output = must(program, str(rounds), *seed, timeout=300)
    assert f"{rounds} rounds" in output


def test_a_length_over_int_max_is_an_error(tmp_path):
    # 2 G characters: at full speed only.
    program = build(tmp_path, "common_printf", 64, [])
    must(program, "too-long")


@pytest.fixture(params=CLANGS)
def tool(request):
    """Runs one of LLVM's tools on common.o, which the Makefile makes by each
    compiler in turn; returns what the tool printed."""
    compiler = request.param
    folder = os.path.join(leaf.PRODUCTS, f"common-{compiler}")
    common = os.path.join(folder, "common.o")
    with leaf.locked(folder + ".lock"):
        leaf.make(f"BUILD={folder}", f"CC={compiler}", "WERROR=1", common)

    def run_tool(name, *args):
        path = must(compiler, f"-print-prog-name=llvm-{name}").strip()
        return must(path, *args, common)
    return run_tool


def test_common_needs_put_and_nothing_else(tool):
    # No compiler's run-time library is linked: no __udivdi3, no __lshrdi3.
    assert tool("nm", "-u").split() == ["U", "put"]


def test_memset_and_memcpy_do_not_call_themselves(tool):
    # A compiler knows what their loops do, and might call what does it.
    for function in "memset", "memcpy":
        code = tool("objdump", "-dr", f"--disassemble-symbols={function}")
        assert re.search(r"\sret\s", code), code
        assert "R_RISCV_CALL" not in code, code


def test_a_page_costs_few_instructions():
    image = leaf.build(app="tests/user_memory.c")
    with leaf.boot(image, extra=["-icount", "shift=0"]) as machine:
        match = machine.expect(r"memset (\d+) memcpy (\d+)")
    set_, copied = (int(match.group(i)) / 4 for i in (1, 2))
    assert set_ <= 330, f"memset: {set_} instructions a KiB"
    assert copied <= 620, f"memcpy: {copied} instructions a KiB"
