"""The shell: every command, the line editor, and what a crash costs.

Commands are held against what they must say, not against a copy of their
text: a number is read and compared with another that must agree with it.
"""

import re

import pytest

import leaf

COMMANDS = ["help", "ps", "mem", "regions", "pages", "malloc", "box", "lazy",
            "cow", "oom", "crash", "stress", "heap", "exit"]
UP, DOWN, LEFT = "\x1b[A", "\x1b[B", "\x1b[D"
CTRL_C, CTRL_D, CTRL_L, CTRL_U = "\x03", "\x04", "\x0c", "\x15"
STEPS = ["free", "promised", "resident", "faults", "copies"]


def mem(machine):
    """The table of `mem`: {"free": frames, ...}."""
    rows = re.findall(r"(?m)^(\w+) +(\d+) +(\d+) ", machine.run("mem"))
    assert all(int(kib) == 4 * int(frames) for _, frames, kib in rows)
    return {name: int(frames) for name, frames, _ in rows}


def steps(text):
    """The rows of lazy, cow and oom, a dictionary for each."""
    lines = text.splitlines()
    assert lines[0].split()[-5:] == STEPS
    return [dict(zip(STEPS, map(int, line.split()[-5:])))
            for line in lines[1:]]


def blocks(text):
    """Lines that tell of a block: {name: (bytes, address)}."""
    rows = re.findall(r"(?m)^(\w+)  +(\d+) bytes  ([0-9a-f]{8})$", text)
    return {name: (int(size), int(at, 16)) for name, size, at in rows}


def screen(text):
    """What a terminal shows after `text`, as a list of lines."""
    lines, column = [""], 0
    for c in text.replace("\x1b[H\x1b[2J", "\f"):
        if c == "\n":
            lines.append("")
            column = 0
        elif c == "\f":
            lines, column = [""], 0
        elif c == "\r":
            column = 0
        elif c == "\b":
            assert column, "a backspace at the left edge"
            column -= 1
        elif c != "\a":
            assert c >= " ", f"a control character on the screen: {c!r}"
            lines[-1] = lines[-1][:column] + c + lines[-1][column + 1:]
            column += 1
    return lines


def check_commands(machine):
    """In somebody's tree: a command that its help does not name is missing."""
    run, known = machine.run, machine.run("help").split()

    def checked(line, timeout=None):
        for word in line.split()[:1]:
            if word in COMMANDS and word not in known:
                leaf.missing(f"the command {word}")
        return run(line, timeout)

    machine.run = checked


@pytest.fixture
def shell():
    """A shell that has run a command, so that it has touched what it uses.
    If it is still there at the end, no frame may be missing (F1), but for
    those that `heap` has put into the shell's own heap."""
    with leaf.shell() as machine:
        if leaf.FOREIGN:
            check_commands(machine)
        mem(machine)
        before = mem(machine)
        yield machine
        if machine.child.isalive() and not machine.child.closed:
            after = mem(machine)
            assert after == before or "leaf> heap" in machine.console


def typed(shell, keys):
    """Type the keys; what the screen shows up to the next prompt, without
    the prompt that was there."""
    shell.type(keys)
    shell.expect_prompt()
    return screen(leaf.PROMPT + shell.child.before)


# --- What there is ----------------------------------------------------------


def test_help_names_every_command(shell):
    text = shell.run("help")
    named = re.findall(r"(?m)^([a-z]+)  .*", text)
    if leaf.FOREIGN and named != COMMANDS:
        leaf.missing(set(COMMANDS) - set(named))
    assert named == COMMANDS


def test_a_command_fits_the_screen(shell):
    """80 columns and 24 rows, the prompts before and after it included, and
    no colors that nobody asked for."""
    for command in COMMANDS[:-1] + ["heap demo", "heap"]:
        lines = shell.run(command, timeout=60).splitlines()
        assert len(lines) <= 22, command
        for line in lines:
            assert len(line) < 80 and line.isprintable(), command


def test_ps_shows_shell_and_child(shell):
    text = shell.run("ps")
    rows = re.findall(r"(?m)^ *(\d+) +(\d+)  (\w+) +(\w+) +(\d+) +(\d+) ", text)
    assert [row[1:4] for row in rows] == [
        ("0", "waiting", "shell"), ("1", "running", "shell")]
    assert rows[0][0] == "1"
    assert all(0 < int(row[5]) <= int(row[4]) for row in rows)


def test_mem_adds_up(shell):
    """F1"""
    table = mem(shell)
    parts = ["free", "kernel", "heap", "tables", "stacks", "user"]
    assert list(table) == parts + ["total", "promised"]
    assert table["total"] == sum(table[part] for part in parts)
    assert table["total"] == 64 * 1024 // 4
    assert 0 < table["promised"] <= table["free"]
    assert "all there are" in shell.run("mem")
    assert "NOT" not in shell.run("mem")


def regions(shell):
    rows = re.findall(r"(?m)^([0-9a-f]{8})  ([0-9a-f]{8}) +(\d+) +(\d+)  "
                      r"(\S+) +(\w+) ", shell.run("regions"))
    return [(int(start, 16), int(end, 16), int(pages), int(kib), access, kind)
            for start, end, pages, kib, access, kind in rows]


def test_regions_are_the_designs(shell):
    """B1, B3: text, rodata, data, heap, stack, each with its rights."""
    rows = regions(shell)
    assert [row[4:] for row in rows] == [
        ("r-x", "text"), ("r--", "rodata"), ("rw-", "data"), ("rw-", "heap"),
        ("rw-", "stack")]
    assert rows[0][0] == 0x01000000
    assert rows[-1][:3] == (0x80000000 - 256 * 1024, 0x80000000, 64)
    for start, end, pages, kib, _, _ in rows:
        assert pages == (end - start + 4095) // 4096 and kib == 4 * pages
    for before, after in zip(rows, rows[1:]):
        assert before[1] <= after[0]


def test_pages_follows_from_the_regions(shell):
    table = regions(shell)
    rows = re.findall(r"(?m)^ *(\d+) +(\d+)  ([0-9a-f]{8})  (\S+) +(\w+) +"
                      r"([#.?]+)$", shell.run("pages"))
    seen = {}
    for root, entry, address, access, kind, cells in rows:
        assert int(address, 16) == int(root) << 22 | int(entry) << 12
        assert (access, kind) in [row[4:] for row in table]
        seen[kind] = seen.get(kind, "") + cells
    for row in table:
        assert len(seen.get(row[5], "")) == row[2]
    assert seen["text"][0] == "#" and seen["data"][0] == "#"
    assert seen["stack"][0] == "." and seen["stack"][-1] == "#"


# --- How memory behaves -----------------------------------------------------


def test_malloc_takes_a_freed_place_again(shell):
    """C3, C8"""
    text = shell.run("malloc")
    assert list(blocks(text)) == ["a", "b", "c", "d", "e"]
    sizes, places = zip(*blocks(text).values())
    assert sizes[:4] == (100, 200, 300, 180)
    a, b, c, d, e = places
    assert d == b
    assert len({a, b, c, e}) == 4 and all(p % 16 == 0 for p in places)
    assert "d lies where b lay" in text
    assert "a string in memory that malloc gave" in text


def heap(shell, word=""):
    """The picture of the heap as one string, and the numbers under it."""
    text = shell.run(f"heap {word}")
    picture = "".join(re.findall(r"(?m)^[0-9a-f]{8}  ([a-z#.+ -]+)$", text))
    used, blocks, mapped, _, free, _, largest, top, fragmentation = map(
        int, re.findall(r"\d+", text[text.index("used: "):]))
    return picture, {"used": used, "blocks": blocks, "mapped": mapped,
                     "free": free, "largest": largest, "top": top,
                     "fragmentation": fragmentation}


def test_heap_shows_what_is_taken_and_freed(shell):
    """C4, C7, C10, C20"""
    picture, numbers = heap(shell)
    assert picture == "" and not any(numbers.values())
    picture, _ = heap(shell, "+600")
    assert picture.count("a") in (38, 39), "a character is 16 bytes"
    heap(shell, "+500")
    picture, three = heap(shell, "+600")
    assert re.fullmatch(r"[ .]*a+b+c+-+ *", picture)
    assert three["blocks"] == 3 and 1700 <= three["used"] < 1800
    picture, hole = heap(shell, "-b")
    assert re.fullmatch(r"[ .]*a+[.]+c+-+ *", picture)
    assert hole["used"] == three["used"] - 512
    assert hole["free"] == three["free"] + 512
    assert hole["fragmentation"] == 0, "it is the only one"
    picture, again = heap(shell, "+300")
    assert re.fullmatch(r"[ .]*a+b+[.]+c+-+ *", picture)
    assert again["top"] == three["top"], "the hole was not used"
    assert shell.run("heap -all").startswith("heap +600 takes"), "not only a"
    picture, holes = heap(shell, "-a")
    assert 0 < holes["fragmentation"] < 50
    for word in ["-b", "-c"]:
        picture, last = heap(shell, word)
    assert re.fullmatch(r" *-+ *", picture)
    assert last["used"] == last["free"] == last["fragmentation"] == 0
    for wrong in ["x", "-a", "-", "-A", "+", "+x", "+-1", "+99999999999"]:
        assert shell.run(f"heap {wrong}").startswith("heap +600 takes")
    assert "NULL: out of memory" in shell.run("heap +2000000000")


def test_heap_hides_no_block_that_is_smaller_than_a_character(shell):
    heap(shell, "+100000")
    for _ in range(12):
        heap(shell, "+100")
    for letter in "bdfhjl":
        picture, _ = heap(shell, f"-{letter}")
    assert set("acegikm") <= set(picture) <= set("acegikm .-")


def test_heap_shows_large_blocks_apart(shell):
    """E13"""
    for size, apart in [(128 * 1024 - 1, False), (128 * 1024, True)]:
        text = shell.run(f"heap +{size}")
        assert apart == bool(re.search(
            r"(?m)^4[0-9a-f]{7}  a, mapped: 13\d{4} bytes$", text))
        picture, numbers = heap(shell)
        assert ("a" in picture) == (not apart)
        assert (numbers["mapped"] >= size) == apart
        assert (numbers["used"] >= size) == (not apart)
        picture, numbers = heap(shell, "-a")
        assert "a" not in picture
        assert numbers["mapped"] == numbers["used"] == 0


def test_heap_demo_goes_step_by_step(shell):
    """C3, C4, C7, C10"""
    for _ in range(2):  # it leaves nothing behind
        text = shell.run("heap demo")
        rows = [line[10:] for line in text.splitlines()[1::2]]
        forms = ["a+", "a+b+", "a+b+c+", "a+[.]+c+", "a+b+[.]+c+", "a+b+",
                 "b+", ""]
        assert len(rows) == len(forms)
        for row, form in zip(rows, forms):
            assert re.fullmatch(f"[ .]*{form}-+ *", row), (row, form)


def test_heap_demo_leaves_the_readers_blocks_alone(shell):
    before = heap(shell, "+600")
    shell.run("heap demo")
    assert heap(shell) == before


def test_box_grows_an_array_and_a_string(shell):
    """C17"""
    text = shell.run("box")
    assert re.search(r"object +[0-9a-f]{8}  \(3, 4\)", text)
    assert re.findall(r"room for +(\d+), the last: (\d+)", text) == [
        (str(n), str((n - 1) ** 2)) for n in (4, 8, 16, 32)]
    assert re.findall(r"(?m)a string +[0-9a-f]{8}  (.*) $", text) == [
        " ".join(["and on"] * n) for n in (1, 2, 3)]


def test_lazy_takes_a_frame_at_the_first_touch(shell):
    """E1, E2, E7"""
    start, reserved, first, again, last, hundred, back = steps(
        shell.run("lazy"))
    assert 0 <= start["free"] - reserved["free"] <= 2
    assert reserved["promised"] == start["promised"] + 1024
    for before, after, pages in [(reserved, first, 1), (first, again, 0),
                                 (again, last, 1), (last, hundred, 100)]:
        for field, change in [("free", -pages), ("promised", -pages),
                              ("resident", pages), ("faults", pages),
                              ("copies", 0)]:
            assert after[field] == before[field] + change
    assert back["free"] == hundred["free"] + 102
    assert back["promised"] == start["promised"]


def test_cow_copies_what_is_written(shell):
    """E11"""
    start, written, shared, one, all64, ended, alone = steps(shell.run("cow"))
    assert written["free"] <= start["free"] - 64
    assert written["free"] - shared["free"] < 16, "fork copied pages"
    assert shared["promised"] >= written["promised"] + 64
    assert one["copies"] == shared["copies"] + 1
    assert one["free"] == shared["free"] - 1
    assert all64["copies"] == shared["copies"] + 64
    assert all64["free"] == shared["free"] - 64
    assert ended["free"] == written["free"]
    assert ended["promised"] == written["promised"]
    assert alone["copies"] == ended["copies"], "a page taken over was copied"
    assert alone["free"] == ended["free"]
    assert alone["faults"] == ended["faults"] + 64


def test_oom_is_an_answer_and_all_comes_back(shell):
    """E6, C5: everything can be granted, and what was granted is there."""
    start, taken, written, freed = steps(shell.run("oom", timeout=60))
    assert taken["free"] - taken["promised"] <= 16, "malloc left pages"
    assert written["free"] < 300
    assert written["resident"] > start["free"] - 300
    assert freed["free"] > start["free"] - 100
    assert "killed" not in shell.console


def test_oom_has_room_for_what_fills_the_holes_of_the_heap(shell):
    for _ in range(26):
        shell.run("heap +131000", timeout=60)
    for letter in "acegikmoqsuwy":
        shell.run(f"heap -{letter}")
    assert "all freed" in shell.run("oom", timeout=60)
    for letter in "bdfhjlnprtvxz":
        shell.run(f"heap -{letter}")


# --- What breaks ------------------------------------------------------------

PC = r"at pc 010[0-9a-f]{5}: "
FAULTS = {
    "null": r"store to 00000000 " + PC + "nothing is mapped there",
    "text": r"store to 010[0-9a-f]{5} " + PC + "the page is not writable",
    "kernel": r"load from 80200000 " + PC + ".+",
    "stack": r"store to 7ffb[0-9a-f]{4} " + PC + "the stack overflowed",
    "exec": r"jump to (010[0-9a-f]{5}) at pc \1: the page is not executable",
    "freed": r"store to 4[0-9a-f]{7} " + PC + "nothing is mapped there",
}


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_kills_the_child_only(shell, how):
    """F2: one line of the kernel, one of the shell, and that goes on."""
    lines = shell.run(f"crash {how}").splitlines()
    assert len(lines) == 2
    assert re.fullmatch(
        r"process \d+ \(shell\) killed: " + FAULTS[how], lines[0])
    assert lines[1] == "crash was killed by signal 11"


@pytest.mark.parametrize("how", ["doublefree", "overflow"])
def test_a_heap_mistake_ends_the_child_only(shell, how):
    """C15: one line of the heap that names the block's address."""
    lines = shell.run(f"crash {how}").splitlines()
    assert len(lines) == 2
    assert re.search(r"\b01[0-9a-f]{6}\b", lines[0])
    assert re.fullmatch(r"crash ended with status [1-9]\d*", lines[1])


def test_wild_system_calls_are_errors(shell):
    """F3"""
    text = shell.run("crash syscall")
    answers = [re.split(r"  +", line) for line in text.splitlines()]
    assert answers[-1] == ["errors, and no process was killed"]
    assert len(answers) > 6
    assert {answer for _, answer in answers[:-1]} <= {
        "bad address", "bad argument", "out of memory", "no such file",
        "not permitted"}


def test_crash_alone_lists_the_ways(shell):
    ways = re.findall(r"(?m)^crash (\w+) +\w", shell.run("crash"))
    assert sorted(ways) == sorted(
        [*FAULTS, "doublefree", "overflow", "syscall"])
    text = shell.run("crash nonsense")
    assert "nonsense" in text.splitlines()[0]
    assert text.endswith("crash ended with status 1\n")


def test_stress_loses_nothing(shell):
    """B15"""
    text = shell.run("stress 10", timeout=60)
    told = re.search(r"^10 rounds: .* (\d+), after (\d+): nothing is lost$",
                     text, re.M)
    assert told and told[1] == told[2]
    for wrong in ["-1", "x", "1x", "99999999999", "100001"]:
        assert "number" in shell.run(f"stress {wrong}").splitlines()[0]


# --- The prompt -------------------------------------------------------------


def test_no_process_left_for_a_command_is_said():
    with leaf.boot(leaf.build(app="tests/programs/shell_alone.c")) as machine:
        machine.expect_prompt()
        assert machine.run("mem") == \
            "mem: no child to run it: no more processes\n"
        assert machine.run("heap +600").startswith("a = malloc(600)")


def test_exit_ends_the_machine_with_its_status(shell):
    for wrong in ["-1", "x", "3x", "3:", "2147483648", "4294967299",
                  "99999999999999999999"]:
        assert shell.run(f"exit {wrong}").startswith("exit takes a number")
    shell.type("exit 259\n")
    assert shell.status() == 3


@pytest.mark.parametrize("keys", ["exit\n", "exit 0\r", CTRL_D])
def test_exit_without_a_status(shell, keys):
    shell.type(keys)
    assert shell.status() == 0


def test_unknown_commands_and_too_many_words(shell):
    for line in ["nonsense", "HELP", "helpx", "hel", "nonsense a b c d e f g"]:
        assert shell.run(line) == \
            f"{line.split()[0]} is not a command; help lists them\n"
    for line in ["ps x", "exit 1 2", "mem a b c d e f g h", "crash null null"]:
        command = line.split()[0]
        assert re.fullmatch(f"too many words; use it as: {command}.*\n",
                            shell.run(line))
    assert shell.run("mem" + " x" * 34).startswith("too many words")
    for letter in "abcdefghijklmnopqrstuvwxyz":  # nothing was written over
        assert shell.run(f"heap -{letter}").startswith("heap +600 takes")
    assert shell.run("") == ""
    assert shell.run("    ") == ""
    assert blocks(shell.run("   malloc   "))


def test_backspace_and_clear_line(shell):
    for back in ["\x7f", "\b"]:
        lines = typed(shell, f"xyz{back * 5}hex{back}lp\n")
        assert lines[0].rstrip() == "leaf> help"
        assert lines[1].startswith("help")
    lines = typed(shell, f"nonsense{CTRL_U}no\x7f\x7f{CTRL_U}malloc\r")
    assert lines[0].rstrip() == "leaf> malloc"
    assert lines[1].startswith("a  100 bytes")


def test_a_tab_is_a_space(shell):
    lines = typed(shell, "heap\t+600\n")
    assert lines[:2] == ["leaf> heap +600", lines[1]]
    assert lines[1].startswith("a = malloc(600)")


def test_clear_screen_keeps_the_line(shell):
    shell.type(f"mal{CTRL_L}loc\n")
    shell.expect(r"\n" + leaf.PROMPT)
    lines = screen(leaf.PROMPT + shell.child.before)
    assert lines[0] == "leaf> malloc"
    assert lines[1].startswith("a  100 bytes")


def test_history(shell):
    shell.run("first")
    shell.run("second")
    shell.run("second")  # not remembered twice in a row
    shell.run("")        # nor is this

    def recalled(keys):
        lines = typed(shell, keys + "\n")
        return lines[0].rstrip()[len(leaf.PROMPT):]

    assert recalled(UP) == "second"
    assert recalled(UP + UP) == "first"
    assert recalled(UP) == "first"
    assert recalled("third draft" + UP + UP + UP + DOWN) == "second"
    assert recalled(UP + UP + DOWN + DOWN + DOWN) == ""
    assert recalled("\x1bOA\x1bOA\x7f\x7f") == "fir"  # keypad mode
    for i in range(20):
        shell.run(f"line{i}")
    assert recalled(UP + DOWN) == ""
    assert recalled(UP * 30) == "line4", "16 lines are remembered"


def test_other_keys_do_nothing(shell):
    for keys in [LEFT, "\x1b[C", "\x1b[3~", "\x1b[1;5D", "\x1b[15~", "\x1bOP",
                 "\x1b[H", "\x1bb", "\x00", "\x01", "\x1a", "\x1b\x1b[D",
                 "\x1b[\x1b[D", "\x1b[1;\x1b\x1bOD", "\xe9"]:
        lines = typed(shell, f"non{keys}sense\n")
        assert lines[:2] == [
            "leaf> nonsense",
            "nonsense is not a command; help lists them"], repr(keys)


def test_a_line_that_is_too_long_is_not_run(shell):
    long = "malloc" + "x" * 1000
    shown = typed(shell, long + "\n")
    assert shown[0] == (leaf.PROMPT + long)[:78], "the rest is not shown"
    assert shown[1] == ("not run: a line has at most 72 characters, this had "
                        "1006")
    lines = typed(shell, long + "\x7f" * 1000 + "\n")
    assert lines[0].rstrip() == "leaf> malloc"
    assert lines[1].startswith("a  100 bytes")
    assert "this had 73" in typed(shell, "y" * 73 + "\n")[1]
    shell.run("help")
    typed(shell, "z" * 75 + "\n")
    assert typed(shell, UP + "\n")[0].rstrip() == leaf.PROMPT + "help"
    full = "y" * 72
    assert typed(shell, full + "\n")[:2] == [
        leaf.PROMPT + full, full + " is not a command; help lists them"]


def test_ctrl_d_sends_a_line_that_is_not_empty(shell):
    lines = typed(shell, "malloc" + CTRL_D)
    assert lines[1].startswith("a  100 bytes")


def test_ctrl_c_kills_the_command_and_not_the_shell(shell):
    shell.type("stress 100000\n")
    shell.expect_text("\n")
    with pytest.raises(leaf.ConsoleError):
        shell.expect_prompt(timeout=1)  # it runs
    shell.type(CTRL_C)
    assert shell.expect_prompt() == "stress was killed by signal 9\n"
    assert blocks(shell.run("malloc"))


def test_ctrl_c_at_the_prompt_clears_the_line(shell):
    lines = typed(shell, f"nonsense{CTRL_C}malloc\n")
    assert lines[0].rstrip() == "leaf> malloc"


def test_lines_sent_at_once_are_all_run(shell):
    """As from a pipe: nothing typed ahead is lost."""
    shell.type("".join(f"line{i}\n" for i in range(100)))
    for i in range(100):
        assert re.search(rf"^line{i} is not a command", shell.expect_prompt(),
                         re.M)
