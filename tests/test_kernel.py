"""Tests that run in the kernel, or on a kernel with something added to it:
rows A, D, F4 and F5 of README.md here, and the rules for page tables.
"""

import os
import re
import struct
import time

import pytest

import leaf

HELLO = "tests/kernel/kernel_hello.c"
MEMORY = "tests/kernel/kernel_memory.c"
BOOT = "tests/kernel/kernel_boot.c"
CRASH = "tests/kernel/kernel_crash.c"
POISON = "tests/kernel/kernel_poison.c"
CONSOLE = "tests/kernel/kernel_console.c"
HOOKS = "tests/kernel/kernel_hooks.c"
USER = "tests/kernel/kernel_user.c"
WATCH = "tests/kernel/kernel_watch.c"
CTRL_C = "tests/kernel/kernel_ctrl_c.c"
ICOUNT = ("-icount", "shift=0")


# --- Frames, kernel heap (A, D) ---------------------------------------------


@pytest.mark.parametrize("name", leaf.params(MEMORY))
def test_memory(name):
    leaf.program(HELLO, kernel=MEMORY, extra=ICOUNT).check(name)


@pytest.mark.parametrize("name", leaf.params(USER))
def test_user(name):
    leaf.program(USER, kernel=HOOKS).check(name)


@pytest.mark.parametrize("app", [MEMORY, USER])
def test_every_test_in_the_kernel_is_run(app):
    assert sorted(leaf.written(app)) == sorted(leaf.names(app))


def test_poison_finds_a_write_after_free():
    with leaf.boot(leaf.build(HELLO, kernel=POISON)) as machine:
        assert machine.status() == 0


def test_a5_short_memory_at_boot_is_a_panic():
    """Whichever of boot's allocations is refused."""
    with leaf.boot(leaf.build(HELLO, kernel=BOOT)) as machine:
        assert machine.status() == 0
        refusals = re.search(r"(\d+) refusals", machine.console)
        assert int(refusals.group(1)) > 5


# --- Console ------------------------------------------------------------------


def test_console_without_dbcn():
    """The legacy calls, in both directions."""
    with leaf.boot(leaf.build(HELLO, kernel=CONSOLE)) as machine:
        machine.expect_text("hello 42 0")
        machine.type("x")
        assert machine.status() == 3


# --- Crashes in the kernel (F4) -----------------------------------------------


def symbols(image):
    """(address, name) of each symbol of the kernel, by address; not of the
    labels that the compiler made."""
    with open(os.path.join(image.folder, "kernel.sym")) as file:
        listed = [line.split() for line in file]
    return [(int(address, 16), name) for address, _, name in listed
            if not name.startswith(".L")]


def function_at(table, address):
    """The last symbol at or before an address; "" before the first."""
    return ([""] + [name for start, name in table if start <= address])[-1]


def crash(letter, reports=(1,)):
    """What the kernel reports of a crash: once, and within a second (on a
    busy machine, in one of three tries)."""
    image = leaf.build(HELLO, kernel=CRASH, listings=".sym")
    for _ in range(3):
        with leaf.boot(image) as machine:
            machine.expect_text("which crash?")
            start = time.monotonic()
            machine.type(letter)
            status = machine.status(timeout=5)
            seconds = time.monotonic() - start
        if seconds < 1:
            break
    console = machine.console
    assert status == 255
    assert seconds < leaf.PATIENCE, f"{seconds:.1f} s to power off"
    assert console.count("PANIC") in reports
    assert "nothing happened" not in console
    return console, symbols(image)


def called_from(console, table):
    """The names of the functions in a report's backtrace. A return address
    may be the first of the next function, so look before it."""
    line = re.search(r"called from:(.*)", console).group(1)
    return [function_at(table, int(at, 16) - 1) for at in line.split()]


# letter, name in kernel_crash.c, scause, stval (None: the pc), jump
CRASHES = [
    ("a", "null_load", 13, 8),
    ("b", "null_store", 15, 12),
    ("c", "text_store", 15, 0x80200000),
    ("d", "rodata_store", 15, "__rodata"),
    ("g", "user_load", 13, 0x01000000),
    ("i", "illegal", 2, 0),
    ("j", "float", 2, 0x7053),
    ("k", "misaligned", (4, 6), None),
    ("l", "breakpoint", 3, None),
    ("q", "no_stack", 15, 0x1000),
    ("s", "registers", 15, 0),
]
REGISTERS = ("ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 "
             "s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
WHERE = pytest.mark.parametrize("boot_stack", [True, False],
                                ids=["boot_stack", "process_stack"])


def report(console):
    """The registers in a report, by name."""
    return {name: int(value, 16) for name, value in
            re.findall(r"\b([a-z]\w+)\s+([0-9a-f]{8})\b", console)}


def callers(boot_stack):
    return ["crash", "kernel_main"] if boot_stack else ["crash", "trap"]


@WHERE
@pytest.mark.parametrize("letter,name,cause,value", CRASHES)
def test_f4_trap(letter, name, cause, value, boot_stack):
    """One report, which says what, where, and who called."""
    console, table = crash(letter.upper() if boot_stack else letter)
    told = report(console)
    assert function_at(table, told["pc"]) == f"crash_{name}"
    assert told["sepc"] == told["pc"]
    assert told["scause"] in (cause if isinstance(cause, tuple) else [cause])
    if isinstance(value, str):
        value = next(at for at, symbol in table if symbol == value)
    if value is not None:
        assert told["stval"] == value
    assert called_from(console, table)[:2] == callers(boot_stack)
    assert ("process 1 (kernel_hello)" in console) != boot_stack
    if name == "registers":
        for n, register in enumerate(REGISTERS, 1):
            if register not in ("sp", "s0"):
                assert told[register] == 0x01010101 * n, register


@WHERE
@pytest.mark.parametrize("letter,name,to", [("e", "data_jump", "crash_data_jump.ret"),
                                            ("f", "null_jump", None),
                                            ("h", "user_jump", None)])
def test_f4_jump(letter, name, to, boot_stack):
    """The pc is where the jump went; ra tells where it came from."""
    console, table = crash(letter.upper() if boot_stack else letter)
    told = report(console)
    assert told["scause"] == 12 and told["stval"] == told["pc"]
    if to:
        assert function_at(table, told["pc"]) == to
    assert function_at(table, told["ra"] - 1) == f"crash_{name}"
    assert called_from(console, table)[:2] == callers(boot_stack)


@WHERE
def test_f4_kernel_stack_overflow(boot_stack):
    console, table = crash("M" if boot_stack else "m")
    told = report(console)
    assert "overflow" in console
    assert told["scause"] == 15
    assert function_at(table, told["pc"]) == "deeper"
    assert set(called_from(console, table)) == {"deeper"}


@WHERE
def test_f4_panic(boot_stack):
    console, table = crash("N" if boot_stack else "n")
    assert re.search(r"PANIC at \S*kernel_crash\.c:\d+: asked for: panic\n",
                     console)
    assert called_from(console, table)[:3] == ["crash_panic",
                                               *callers(boot_stack)]


def test_f4_panic_before_all_else():
    console, table = crash("1")
    assert "asked for: panic" in console
    assert called_from(console, table)[:3] == ["crash_panic", "crash",
                                               "kernel_main"]


def test_f4_trap_before_translation():
    """A store to a physical address where nothing is: an access fault."""
    console, table = crash("2")
    told = report(console)
    assert told["scause"] == 7 and told["stval"] == 12 and told["satp"] == 0
    assert function_at(table, told["pc"]) == "crash_null_store"


@WHERE
@pytest.mark.parametrize("letter", ["o", "p", "r"],
                         ids=["panic_in_panic", "wild_current", "no_frame"])
def test_f4_a_crash_in_the_report_ends_it(letter, boot_stack):
    """No second report, and no hang; of a wild process there may be none."""
    crash(letter.upper() if boot_stack else letter,
          reports=(0, 1) if letter == "p" else (1,))


# --- The program that is linked in --------------------------------------------

SEGMENT = ("type", "offset", "address", "physical", "file_size", "size",
           "flags", "align")
X, W, R = 1, 2, 4


def patched(place, fmt, value, name):
    """The image of kernel_hello.c, with one field of the program that is
    embedded in it changed: `place` is its offset there."""
    image = leaf.build(HELLO)
    with open(os.path.join(image.folder, "kernel_hello.stripped"),
              "rb") as file:
        program = file.read()
    with open(image.kernel, "rb") as file:
        kernel = bytearray(file.read())
    assert kernel.count(program) == 1
    struct.pack_into(fmt, kernel, kernel.index(program) + place, value)
    other = leaf.Image(image.folder, HELLO)
    other.kernel = os.path.join(image.folder, f"kernel-{name}.elf")
    written = f"{other.kernel}.{os.getpid()}"
    with open(written, "wb") as file:
        file.write(kernel)
    os.replace(written, other.kernel)  # another make test may be booting it
    return other


def refused(image):
    """The panic at boot, which names the program."""
    with leaf.boot(image) as machine:
        assert machine.status() == 255
        panic = re.search(r"PANIC at .*", machine.console).group(0)
    assert "kernel_hello" in panic
    assert "trap" not in panic
    return panic


@pytest.mark.parametrize("name,place,fmt,value", [
    ("magic", 1, "B", ord("e")),
    ("type", 16, "<H", 3),  # position-independent: addresses are offsets
    ("machine", 18, "<H", 62),  # x86-64
    ("phoff", 28, "<I", 0x7ffffffc),
    ("phoff_odd", 28, "<I", 54),
    ("phentsize", 42, "<H", 40),
    ("phnum", 44, "<H", 0xffff),
])
def test_what_is_no_program_is_refused(name, place, fmt, value):
    assert "program" in refused(patched(place, fmt, value, name))


@pytest.mark.parametrize("name,entry", [
    ("entry_odd", 0x01000002), ("entry_nowhere", 0x50000000),
    ("entry_data", None)])
def test_an_entry_outside_the_text_is_refused(name, entry):
    if entry is None:
        with open(os.path.join(leaf.build(HELLO).folder,
                               "kernel_hello.stripped"), "rb") as file:
            place = 52 + 32 * 2 + 4 * SEGMENT.index("address")
            entry, = struct.unpack_from("<I", file.read(), place)
    panic = refused(patched(24, "<I", entry, name))
    assert f"begins at {entry:08x}, outside its text" in panic


@pytest.mark.parametrize("name,index,field,value", [
    ("shared_page", 1, "address", 0x01002000),
    ("order", 2, "address", 0x01001000),
    ("below", 0, "address", 0x00fff000),
    ("unaligned", 1, "address", 0x01003010),
    ("offset", 1, "offset", 0x4010),
    ("write_and_execute", 0, "flags", R | W | X),
    ("data_executable", 2, "flags", R | W | X),
    ("too_high", 2, "address", 0x40000000),
    ("kernel", 2, "address", 0x80200000),
    ("too_large", 2, "size", 0x40000000),
    ("wraps", 2, "size", 0xff000000),
    ("past_the_file", 1, "offset", 0x100000),
    ("file_size", 2, "file_size", 0x8000),
    ("file_over_memory", 2, "file_size", 0x600),
    ("read_only_zeroes", 1, "size", 0x2000),
])
def test_a_segment_that_breaks_a_rule_is_refused(name, index, field, value):
    """By its number and address."""
    place = 52 + 32 * index + 4 * SEGMENT.index(field)
    panic = refused(patched(place, "<I", value, name))
    assert f"segment {index} " in panic
    address = value if field == "address" else 0
    assert re.search(f"{address:08x}" if address else "[0-9a-f]{8}", panic)


# --- Every trap watched -------------------------------------------------------


@pytest.mark.parametrize("app", ["mmap", "fault"])
def test_each_change_of_a_page_table_is_fenced(app):
    """Ordinary programs of tests, on a kernel that remembers page tables as a
    processor may, and audits itself every so often."""
    image = leaf.build(f"tests/programs/user_{app}.c", kernel=WATCH)
    with leaf.boot(image, timeout=60) as machine:
        machine.type("x")
        assert machine.status() != 255
        assert "PANIC" not in machine.console
        assert "\ndone\n" in machine.console


# --- Ctrl-C -------------------------------------------------------------------


def test_ctrl_c_ends_all_but_the_first_and_leaves_nothing():
    rounds = ["everybody: 6 killed, 1 had ended",
              *["last_one_has_ended: 1 killed, 0 had ended"] * 3,
              "alone"]
    with leaf.boot(leaf.build(CTRL_C, kernel=HOOKS)) as machine:
        for result in rounds:
            machine.expect_text("type Ctrl-C: ")
            time.sleep(0.1)  # until all have come to rest
            machine.type("\x03")
            machine.expect_text("ok " + result)
        assert machine.status() == 7
        assert "FAIL" not in machine.console
