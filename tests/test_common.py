"""common.c: its functions against the host's, and what they cost.

COMMON_ROUNDS=N  how many random formats (and a quarter as many random
                 strings) are tried at each width: 200,000 if not set
COMMON_SEED=N    the seed: the time if not set; a failure prints it
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
CC = os.environ.get("CC") or "clang"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

# Every function of common.h; beside the host's it is leaf_....
FUNCTIONS = ("memset memcpy memmove memcmp memchr strlen strnlen strcpy "
             "strncpy strcat strcmp strncmp strchr strrchr strstr "
             "printf vprintf snprintf vsnprintf "
             "__udivdi3 __umoddi3 __divdi3 __moddi3").split()

# The Makefile's own choice, and every other clang here: each has
# optimizations of its own.
COMPILERS = ["default", *(name for name in
                          (f"clang-{version}" for version in range(14, 40))
                          if shutil.which(name))]


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


@pytest.fixture(params=["32-bit", "host's width"])
def width(request, tmp_path):
    """The compiler's flag for 32 bits, as leaf has them, and for the host's
    own width. The latter is always tried, the former where libraries are."""
    if request.param != "32-bit":
        return []
    source = tmp_path / "width.c"
    source.write_text("#include <stdio.h>\n"
                      "int main(void) { return puts(\"\") < 0; }\n")
    program = str(tmp_path / "width")
    status, _ = run(CC, "-m32", *SANITIZERS, str(source), "-o", program)
    if status or run(program)[0]:
        pytest.skip("this machine has no 32-bit libraries; the same is "
                    "tried at the host's width")
    return ["-m32"]


def build(tmp_path, name, *options):
    """Link tests/host/NAME.c with a common.c of renamed functions."""
    flags = ["-O2", "-g", "-std=c11", "-Wall", "-Wextra", "-Werror",
             *options]
    common = str(tmp_path / "common.o")
    program = str(tmp_path / name)
    must(CC, *flags, "-ffreestanding",
         *[f"-D{function}=leaf_{function}" for function in FUNCTIONS],
         "-c", os.path.join(leaf.ROOT, "common.c"), "-o", common)
    must(CC, *flags, "-D_GNU_SOURCE", "-Wno-unused-function",
         os.path.join(HOST, name + ".c"), common, "-o", program)
    return program


@pytest.mark.parametrize("name, rounds", [("common_strings", ROUNDS // 4),
                                          ("common_division", ROUNDS),
                                          ("common_printf", ROUNDS)])
def test_functions_do_as_the_hosts_do(tmp_path, name, rounds, width):
    program = build(tmp_path, name, *width, *SANITIZERS)
    seed = [SEED] if SEED else []
    output = must(program, str(rounds), *seed, timeout=300)
    assert f"{rounds} rounds" in output


def signed(n):
    return n - (n >> 63 << 64)


def truncated(n, by):
    """Quotient and remainder as C has them, both as 64 bits."""
    quotient = abs(n) // abs(by) * (1 if (n < 0) == (by < 0) else -1)
    return quotient % 2**64, (n - quotient * by) % 2**64


@pytest.mark.parametrize("level", ["", "-O0"])
def test_a_program_divides_64_bits(level):
    """G4"""
    image = leaf.build(app="tests/programs/user_division.c", defines=level)
    with leaf.boot(image) as machine:
        machine.expect_text("seed? ")
        machine.type(f"{leaf.SEED}\n")
        status, console = machine.finish()
    lines = re.findall(r"(?m)^((?:[0-9a-f]{16} ){6})$", console)
    assert status == 0 and len(lines) > 500
    for line in lines:
        n, by, *results = (int(word, 16) for word in line.split())
        assert results == [*truncated(n, by),
                           *truncated(signed(n), signed(by))], line


@pytest.fixture(params=COMPILERS)
def tool(request):
    """Runs one of LLVM's tools on common.o, which the Makefile makes by each
    compiler in turn; returns what the tool printed."""
    folder = os.path.join(leaf.PRODUCTS, f"common-{request.param}")
    common = os.path.join(folder, "common.o")
    chosen = [] if request.param == "default" else [f"CC={request.param}"]
    with leaf.locked(folder + ".lock"):
        leaf.make(f"BUILD={folder}", "WERROR=1", *chosen, common)
    with open(os.path.join(folder, "common.flags")) as file:
        compiler = file.read().split()[0]

    def run_tool(name, *args):
        path = must(compiler, f"-print-prog-name=llvm-{name}").strip()
        return must(path, *args, common)
    return run_tool


def test_common_needs_put_and_nothing_else(tool):
    # No compiler's run-time library is linked: no __udivdi3, no __lshrdi3.
    assert tool("nm", "-u").split() == ["U", "put"]


def test_memset_and_memcpy_do_not_call_themselves(tool):
    # A compiler knows what their loops do, and might call what does it.
    # (clang 18 leaves the labels inside a function as symbols: <.LBB0_5>.)
    listing = tool("objdump", "-dr")
    for function in "memset", "memcpy":
        code = re.search(rf"(?ms)<{function}>:$.*?(?=^[0-9a-f]+ <[^.]|\Z)",
                         listing).group()
        assert re.search(r"\sret\s", code), code
        assert "R_RISCV_CALL" not in code, code


def test_a_page_costs_few_instructions():
    image = leaf.build(app="tests/programs/user_memory.c")
    with leaf.boot(image, extra=["-icount", "shift=0"]) as machine:
        match = machine.expect(r"memset (\d+) memcpy (\d+)")
    set_, copied = (int(match.group(i)) / 4 for i in (1, 2))
    assert set_ <= 330, f"memset: {set_} instructions a KiB"
    assert copied <= 620, f"memcpy: {copied} instructions a KiB"
