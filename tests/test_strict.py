"""The strict machine names what is missing (feature G7).

Each fence of the kernel and each A and D bit that it writes is taken out in
turn, by substitution in kernel.c wherever there is one; a program that makes
it matter runs; the machine must name it, or the table below says why nobody
can see it.
"""

import os
import re
import subprocess

import pytest

import leaf

PROGRAM = "tests/programs/fences.c"
FOLDER = os.path.join(leaf.PRODUCTS, "strict")

# Taken out, these are not named; the function or macro they stand in, and why.
SILENT = {
    "fence alloc_run": "fork fences everything before it uses a new stack, and "
                       "no other run is asked for here",
    "fence map_kernel": "it builds a table that satp does not lead to yet, "
                        "and use_table fences when it does",
    "fence power_off": "a change of satp's mode takes effect without a fence "
                       "(privileged specification, satp)",
    "D share_pages": "D says nothing of a leaf that has lost its W",
}


def sites():
    """What can be taken out: (name, where it begins and ends in kernel.c,
    what stands there then)."""
    with open(os.path.join(leaf.SRC, "kernel.c")) as file:
        source = file.read()
    code = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()),
                  source, flags=re.S)  # comments are blank, places stay
    found, place = [], ""
    for line in re.finditer(r".*\n", code):
        begin = re.match(r"(?:#define (\w+)|(?!return|else)\w.*?\b(\w+)\([^;]*$"
                         r"|(?!return|else)\w.*?\b(\w+)\(.*\) \{)",
                         line.group())
        if begin:
            place = next(group for group in begin.groups() if group)
        if place not in ("fence_page", "fence_all"):
            for what, pattern, instead in (
                    ("fence", r"\bfence_(?:page|all)\(.*?\);", "if (0) {}"),
                    ("fence", r'"\s*sfence\.vma.*?"', '""'),
                    ("A", r"\bPTE_A\b", "0"), ("D", r"\bPTE_D\b", "0")):
                for match in re.finditer(pattern, line.group()):
                    found.append((f"{what} {place}",
                                  line.start() + match.start(),
                                  line.start() + match.end(), instead))
    return source, found


SOURCE, SITES = sites()


def run_strict(kernel, *options, typed=""):
    """Exit status, console, complaint."""
    done = subprocess.run(
        [leaf.emulator(), "--strict", *options, kernel], input=typed.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=60 * leaf.PATIENCE)
    return (done.returncode, done.stdout.decode(errors="replace"),
            done.stderr.decode())


def variant(name, begin=0, end=0, instead=""):
    """The kernel with a part of it replaced, and the program, built."""
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, re.sub(r"\W", "_", f"{name}_{begin}") + ".c")
    text = SOURCE[:begin] + instead + SOURCE[end:]
    if not os.path.exists(path) or open(path).read() != text:
        with open(path, "w") as file:
            file.write(text)
    return leaf.build(PROGRAM, kernel=os.path.relpath(path, leaf.ROOT)).kernel


def test_the_whole_kernel_is_not_complained_of():
    status, console, complaint = run_strict(variant("whole"))
    assert (status, complaint) == (0, ""), console


def test_there_is_a_site_for_every_silent_one():
    assert set(SILENT) <= {name for name, *_ in SITES}


@pytest.mark.parametrize("name, begin, end, instead", SITES,
                         ids=[f"{site[0]}-{i}".replace(" ", "-")
                              for i, site in enumerate(SITES)])
def test_what_is_taken_out_is_named(name, begin, end, instead):
    status, console, complaint = run_strict(
        variant(name, begin, end, instead))
    if name in SILENT:
        assert (status, complaint) == (0, ""), SILENT[name]
        return
    assert status == 254, f"{name} is not named; say why in SILENT\n{console}"
    what = {"fence": r"no sfence\.vma has|an sfence\.vma with an address",
            "A": "has A clear", "D": "has D clear"}[name.split()[0]]
    assert re.search(what, complaint), complaint
    assert re.search(r"^machine: (load from|store to|fetch from) [0-9a-f]{8} "
                     r"at pc [0-9a-f]{8} in (user|supervisor) mode: ",
                     complaint, re.M), complaint


def test_a_fence_with_an_address_does_not_order_a_new_page_table():
    body = re.search(r"(?ms)^static void add_tables\(.*?^\}", SOURCE)
    if not body or "fence_all();" not in body.group():
        leaf.missing("fence_all in add_tables")
    begin = body.start() + body.group().index("fence_all();")
    kernel = variant("weaker", begin, begin + len("fence_all();"),
                     "fence_page(start);")
    status, console, complaint = run_strict(kernel)
    assert status == 254, console
    assert "an sfence.vma with an address orders leaves only" in complaint


# --- What else it is strict about ------------------------------------------


ODD = """
#include "user.h"
int main(void) {
    static char bytes[8];
    volatile int *odd = (int *) (bytes + 1);
    return *odd;
}
"""


def test_a_misaligned_access_of_a_program_ends_it():
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, "odd.c")
    with open(path, "w") as file:
        file.write(ODD)
    kernel = leaf.build(os.path.relpath(path, leaf.ROOT)).kernel
    plain = subprocess.run([leaf.emulator(), kernel], input=b"",
                           stdout=subprocess.PIPE, timeout=60 * leaf.PATIENCE)
    assert plain.returncode == 0
    status, console, _ = run_strict(kernel)
    assert status == 128 + 11
    assert "(odd) killed: " in console and "cause 4" in console


@pytest.mark.parametrize("seed", range(1, 6))
def test_noise_at_power_on_changes_nothing(seed):
    kernel = leaf.build().kernel
    typed = "cow\nlazy\noom\nmem\nexit 7\n"
    quiet = run_strict(kernel, "--seed", "0", typed=typed)
    assert quiet[0] == 7
    assert run_strict(kernel, "--seed", str(seed), typed=typed) == quiet
