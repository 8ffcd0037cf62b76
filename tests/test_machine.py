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
