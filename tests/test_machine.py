"""The machine as a whole: how it goes off, and what it costs its host."""

import os
import re
import time

import pytest

import leaf

FIRST = "tests/programs/first.c"


@pytest.mark.parametrize("key, status, line", [
    ("r", 7, None),
    ("e", 300 & 255, None),
    ("a", 134, None),
    ("f", 128 + 11, "store to 00000004"),
    ("o", 9, None),
    ("z", 128 + 11, "store to 00000008"),
], ids=["return", "exit", "abort", "fault", "others", "fault_with_others"])
def test_the_machine_ends_with_its_first_process(key, status, line):
    with leaf.boot(leaf.build(FIRST)) as machine:
        machine.expect_text("how?")
        machine.type(key)
        assert machine.status() == status
        killed = re.findall(r"(?m)^process 1 \(first\) killed: (.*)$",
                            machine.console)
        assert len(killed) == (1 if line else 0)
        assert not line or killed[0].startswith(line + " at pc ")


def processor_seconds(machine):
    """What QEMU has used so far."""
    with open(f"/proc/{machine.child.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"),
                    reason="this system has no /proc")
def test_at_the_prompt_leaf_uses_3_percent_of_a_processor_at_most():
    with leaf.shell() as machine:
        time.sleep(0.5)
        start, used = time.monotonic(), processor_seconds(machine)
        time.sleep(10)
        used = processor_seconds(machine) - used
        share = used / (time.monotonic() - start)
    assert share <= 0.03, f"QEMU used {share:.1%}"


# --- What a compiler or a machine may do (G3, G11) ---------------------------


@pytest.mark.parametrize("level", ["0", "1", "3", "s"])
def test_g11_the_session_is_the_same_at_every_optimization(level):
    """What the shell says at -O2, and the status, which power_off carries."""
    said = []
    for flags in ("", f"-O{level}"):
        with leaf.boot(leaf.build(defines=flags), timeout=60) as machine:
            machine.expect_prompt()
            said.append([re.sub(r"\b[0-9a-f]{8}\b|\d+", "N", machine.run(line))
                         for line in ("malloc", "cow", "lazy", "crash null",
                                      "crash stack", "stress 3")])
            machine.type("exit 7\n")
            assert machine.status() == 7
    assert said[0] == said[1]


def test_g11_less_ram_than_the_kernel_counts_on_is_said_at_boot():
    with leaf.boot(extra=("-m", "64M"), wait=False) as machine:
        assert machine.status() == 255
        assert "the machine has less RAM than kernel.ld says" in machine.console


def test_g11_a_program_that_wants_more_memory_than_there_is_is_named():
    with leaf.boot(leaf.build("tests/programs/large_bss.c"),
                   wait=False) as machine:
        assert machine.status() == 255
        assert re.search(r"PANIC.*large_bss needs more memory than there is",
                         machine.console)


def test_g11_a_program_larger_than_ram_is_refused_when_it_is_linked():
    with pytest.raises(leaf.BuildError, match="the program is too large"):
        leaf.build("tests/programs/large_rodata.c")


def test_g3_process_numbers_end_and_do_not_begin_again():
    """Nor is the first process known by its number."""
    with leaf.boot(leaf.build("tests/programs/late.c",
                              kernel="tests/kernel/kernel_late.c")) as machine:
        assert machine.status() == 9
    lines = machine.console[machine.console.index("first:"):].split("\n")
    top = (1 << 31) - 1
    assert lines[:7] == [
        f"first: {top - 3}", f"child {top - 2}, waited for",
        f"child {top - 1}, waited for", f"child {top}, waited for",
        "fork: no more processes", "fork: no more processes", "kill: -1 not permitted"]


def test_the_line_of_a_killed_process_begins_a_line():
    with leaf.boot(leaf.build("tests/programs/line.c")) as machine:
        assert machine.status() == 0
    assert len(re.findall(r"(?m)^process \d \(line\) killed: store to 00000008",
                          machine.console)) == 2
    assert "a whole line\nprocess" in machine.console


def test_g2_ctrl_c_is_noticed_whatever_was_typed_before_it():
    """Ten thousand characters that nobody reads, then Ctrl-C."""
    with leaf.shell() as machine:
        machine.type("stress 100000\n")
        machine.expect_text("stress 100000")
        for _ in range(100):
            machine.type("x" * 100)
            time.sleep(0.02)
        machine.type("\x03")
        machine.expect_text("stress was killed by signal 9", 60)
