"""The heap of user.c on the host, under AddressSanitizer and UBSan: against a
model, fuzzed and exhaustively, with a kernel that fails.

HEAP_FUZZ_RUNS=N  how many runs the fuzzer makes: 10,000 if not set
HEAP_CALLS=N      how long the sequences are that are all tried: 6 if not set
"""

import os
import re
import subprocess

import pytest

import heap_host
import leaf

if leaf.FOREIGN:
    pytest.skip("the repository's own heap is what these tests hold",
                allow_module_level=True)

RUNS = int(os.environ.get("HEAP_FUZZ_RUNS") or 10_000)
CALLS = int(os.environ.get("HEAP_CALLS") or 6)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Builds a harness, for 32 bits where this machine can."""
    folder = str(tmp_path_factory.mktemp("heap"))
    flags = heap_host.width(folder)
    if not flags:
        print("no 32-bit libraries here: built for this machine's width")

    def build(harness, *more, user=None):
        program = os.path.join(folder, harness + ("-planted" if user else ""))
        return heap_host.build(harness, program, *flags,
                               *heap_host.SANITIZERS, *more,
                               **({"user": user} if user else {}))
    return build


def run(*argv, timeout=300, cwd=None):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", cwd=cwd,
                          timeout=timeout * leaf.PATIENCE)
    return done.returncode, done.stdout


def test_every_sequence_of_calls(build):
    # C4, C5, C7, C9, C10, C16, C19: with every call of the kernel failing.
    status, output = run(build("heap_exhaustive"), str(CALLS),
                         timeout=600)
    print(output)
    assert status == 0, output
    assert f"up to {CALLS} calls" in output


def fuzz(program, folder, runs):
    return run(program, f"-runs={runs}", "-seed=1", "-max_len=300",
               "-len_control=0", f"-artifact_prefix={folder}/", cwd=folder)


def test_fuzzed_against_a_model(build, tmp_path):
    # C2, C5, C7, C9, C10, C14, C15, C16, C19, E12, E13
    status, output = fuzz(build("heap_fuzz", "-fsanitize=fuzzer"), tmp_path,
                          RUNS)
    assert status == 0, output[-3000:]
    assert re.search(rf"Done {RUNS} runs", output), output[-3000:]


def test_in_this_machines_own_width(tmp_path):
    """What a machine without 32-bit libraries builds, a little of it."""
    def build(harness, *more):
        return heap_host.build(harness, str(tmp_path / harness),
                               *heap_host.SANITIZERS, *more)
    status, output = run(build("heap_exhaustive"), "5")
    assert status == 0, output
    status, output = fuzz(build("heap_fuzz", "-fsanitize=fuzzer"), tmp_path,
                          RUNS // 10)
    assert status == 0, output[-3000:]


# What these tests are worth: each bug must be found by one of them.
PLANTED = {
    "a flag that insert forgets": (
        "heap_exhaustive", "    *header(end) &= ~(size_t) PREV_USED;\n", ""),
    "a footer that insert forgets": (
        "heap_exhaustive", "*header(b) = *footer_before(end) = tag",
        "*header(b) = tag"),
    "a bit of the map that unlink forgets": (
        "heap_exhaustive", "        bins.map[i / 32] ^= 1u << i % 32;\n    }",
        "        bins.map[i / 32] ^= 0 * i;\n    }"),
    "the run is not given back when all is free": (
        "heap_exhaustive", "empty = heap.run.at == heap.start", "empty = false"),
    "realloc frees what it could not move": (
        "heap_exhaustive", "    if (!q) return n > old ? NULL : p;\n",
        "    if (!q) return free(p), NULL;\n"),
    "a fit that is none": (
        "heap_fuzz", "size_of(first) >= size", "size_of(first) + 16 >= size"),
    "calloc clears too little": (
        "heap_fuzz", "memset(p, 0, count * size);",
        "memset(p, 0, count * size - size);"),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_finds_planted(build, tmp_path, bug):
    harness, right, wrong = PLANTED[bug]
    with open(os.path.join(leaf.ROOT, "user.c")) as file:
        text = file.read()
    assert text.count(right) == 1, f"{text.count(right)} times: {right}"
    user = tmp_path / "user.c"
    user.write_text(text.replace(right, wrong))
    if harness == "heap_fuzz":
        program = build(harness, "-fsanitize=fuzzer", user=str(user))
        status, output = fuzz(program, tmp_path, RUNS)
    else:
        status, output = run(build(harness, user=str(user)), "4")
    assert status != 0, output[-3000:]
