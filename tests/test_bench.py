"""What leaf costs: the figures that bench.py counts, which are exact and so can
be tested, and the tools that count them (C18, G1)."""

import contextlib
import os
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import bench
import leaf
from bench import debugger, tracing

pytestmark = pytest.mark.xdist_group("bench")
TRACES = Path(__file__).parent / "traces"


@pytest.fixture(scope="module", autouse=True)
def folder():
    """Products of their own, so that make bench can run beside the tests. One
    worker builds there at a time; bench.main() need not ask again."""
    os.environ.setdefault("OPENSBI", leaf.firmware())
    patch = pytest.MonkeyPatch()
    patch.setattr(bench, "BUILD", Path(leaf.PRODUCTS) / "bench")
    patch.setattr(tracing, "BUILD", Path(leaf.PRODUCTS) / "bench")
    with bench.alone():
        patch.setattr(bench, "alone", contextlib.nullcontext)
        yield bench.BUILD
    patch.undo()


def counted(what, *args):
    """A measurement; what somebody's own tree cannot do is missing there."""
    try:
        return what(Path(leaf.SRC), *args)
    except SystemExit as error:
        if leaf.FOREIGN:
            leaf.missing(str(error)[:200])
        pytest.fail(str(error))


# --- The figures ----------------------------------------------------------


def test_kernel_figures_meet_their_targets():
    if leaf.FOREIGN:
        pytest.skip("the targets are leaf's own")
    figures = counted(bench.kernel_figures)
    figures["boot"] = counted(bench.boot_figure)
    assert set(figures) == {key for key, _, _ in bench.FIGURES}
    assert bench.missed(figures) == []


def test_boot_is_counted_exactly():
    assert counted(bench.boot_figure) == counted(bench.boot_figure)


def test_what_is_spent_adds_up_to_the_figure(capsys):
    counted(bench.spent, ["system_call"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    sums = sum(float(row[-2]) for row in rows if len(row) > 2 and
               row[-1].replace(".", "").isdigit())
    # The reading that ends the window is the one that figures leave out; and
    # each row is rounded.
    assert -0.5 <= counted(bench.kernel_figures)["null"] - sums <= 1


def test_g1_nothing_holds_the_machine():
    cases = counted(bench.worst_cases)
    assert len(cases) >= 30
    assert [case for case in cases if case[2] > bench.WORST] == []
    # Each tried as much as leaf's limits are: 1,024 regions and processes.
    of = {what: n for what, n, _ in cases}
    assert of["munmap of all, regions"] >= 1000
    assert of["wait with ended children"] >= 1000
    assert of["sbrk down, MiB touched"] >= 60
    assert of["fork of a program with constants, pages"] >= 58 * 256
    # A walk of all processes for each of the ended would still be within it.
    took = {what: instructions for what, _, instructions in cases}
    assert took["kill of a parent of half the ended, processes"] <= 200_000
    # An image's pages cost fork nothing.
    assert took["fork of a program with constants, pages"] <= 600_000


@pytest.fixture(scope="module")
def heaps():
    traces = bench.find_traces([])
    rows = counted(bench.heap_rows, traces, {})
    of_leaf = [row["trace"] for row in rows if row["heap"] == "leaf"
               and "sum" in row]
    assert of_leaf == [name for name, _ in traces]
    return rows


def test_c18_heap_figures_meet_their_targets(heaps):
    assert not [row for row in heaps if row["failed"]]
    figures = bench.heap_summary(heaps, "leaf")
    assert bench.missed(figures, ["worst", "generated", "recorded"]) == []
    if leaf.clang_version() in ("14", "19"):
        assert bench.missed(figures, ["instructions"]) == []
    else:
        assert figures["instructions"] <= 80


# A header of a word and blocks of 16 bytes allow 96.2 at most.
def test_c18_variants_of_the_generated_traces(heaps):
    assert bench.heap_summary(heaps, "leaf")["variants"] >= 89.5


def test_c18_heap_is_ahead_of_both_others(heaps):
    mine = bench.heap_summary(heaps, "leaf")
    for name in {row["heap"] for row in heaps} - {"leaf"}:
        other = bench.heap_summary(heaps, name)
        assert mine["instructions"] < other["instructions"]
        assert mine["worst"] < other["worst"]
        assert mine["generated"] > other["generated"]
        assert mine["variants"] > other["variants"]
        # A heap that aligns to 8 bytes wastes less on the small blocks of the
        # recorded traces than one that aligns to 16 can.
        if min(row["align"] for row in heaps if row["heap"] == name) >= 16:
            assert mine["recorded"] > other["recorded"]


# 2,000 free blocks of 528 bytes, and none of the 560 that are asked for, in one
# bin.
def test_c18_a_long_bin_is_not_walked_to_its_end():
    n = 2000
    calls = [("a", i, 200 if i % 2 else 520) for i in range(2 * n)]
    calls += [("f", i, 0) for i in range(0, 2 * n, 2)]
    calls += [("a", 2 * n + i, 555) for i in range(n // 4)]
    row, = [row for row in counted(bench.heap_rows, [("long", calls)], {},
                                   ["leaf"])]
    assert not row["failed"] and bench.worst(row) <= 350


KNOWN = """
    __asm__(".text\\n"
            ".globl malloc\\n" "malloc: nop\\n nop\\n nop\\n li a0, 0\\n ret\\n"
            ".globl realloc\\n" "realloc: li a0, 0\\n ret\\n"
            ".globl free\\n" "free: ret\\n");
"""


def test_a_call_is_counted_to_the_instruction(tmp_path):
    (tmp_path / "known.c").write_text(KNOWN)
    calls = tracing.parse("a 0 0\nr 0 0\nf 0\na 1 0\nf 1")
    row, = [row for row in counted(bench.heap_rows, [("tiny", calls)],
                                   {"known": tmp_path / "known.c"}, ["known"])]
    assert (row["malloc"], row["realloc"], row["free"]) == (2 * 5, 2, 2 * 1)
    assert (row["worst_malloc"], row["worst_free"]) == (5, 1)


def test_a_heap_may_include_what_programs_do(tmp_path):
    (tmp_path / "with.c").write_text(
        "#include <string.h>\n#include <unistd.h>\n" + KNOWN)
    row, = counted(bench.heap_rows, [("tiny", [("a", 0, 0)])],
                   {"with": tmp_path / "with.c"}, ["with"])
    assert row["malloc"] == 5


def test_heap_results_are_aligned(heaps):
    for row in heaps:
        if row["heap"] == "leaf":
            assert row["align"] >= 16, row["trace"]


# --- The host's way is the same -------------------------------------------

WASTER = """
    #include <stddef.h>
    #include <stdint.h>
    void *sbrk(intptr_t n);
    void *memcpy(void *to, const void *from, size_t n);
    void free(void *p) { (void) p; }
    void *malloc(size_t n) {
        %s
        return sbrk((n + 15) & -16u);
    }
    void *realloc(void *p, size_t n) {
        return p && n ? memcpy(malloc(n), p, %s) : malloc(n);
    }
"""


def on_host(tmp_path, name, calls, first="", copied="0"):
    (tmp_path / "other.c").write_text(WASTER % (first, copied))
    return {row["heap"]: row for row in bench.host_rows(
        Path(leaf.SRC), [(name, calls)], {"other": tmp_path / "other.c"}, 64)}


def test_host_counts_what_a_heap_asks_for(tmp_path):
    calls = tracing.parse("a 0 16\na 1 100\nf 0\na 2 16\nf 1\nf 2")
    row = on_host(tmp_path, "tiny", calls)["other"]
    assert (row["payload"], row["memory"]) == (116, 16 + 112 + 16)
    assert (row["mallocs"], row["reallocs"], row["frees"]) == (3, 0, 3)
    assert row["syscalls"] == 3


def test_a_heap_that_hands_out_memory_twice_is_found(tmp_path, capfd):
    calls = tracing.parse("a 0 16\na 1 16\na 2 16\nf 0\nf 1\nf 2")
    rows = on_host(tmp_path, "twice", calls,
                   "static void *p; if (p) return p; return p = sbrk(64);")
    assert "sum" not in rows["other"] and "sum" in rows["kr"]
    assert "a block was overwritten" in capfd.readouterr().err


def test_a_realloc_that_loses_contents_is_found(tmp_path, capfd):
    calls = tracing.parse("a 0 16\nr 0 100\nf 0")
    rows = on_host(tmp_path, "lost", calls)
    assert "sum" not in rows["other"] and "sum" in rows["kr"]
    assert "realloc lost" in capfd.readouterr().err


def bench_ends(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["bench.py", *map(str, words)])
    return bench.main()


def test_a_heap_that_fails_a_trace_is_shown(tmp_path, monkeypatch, capsys):
    (tmp_path / "t.rep").write_text("a 0 16\nr 0 100\nf 0")
    (tmp_path / "bad.c").write_text(WASTER % ("", "0"))
    words = ["host", "--bits", "64", "--src", leaf.SRC, tmp_path / "t.rep"]
    assert not bench_ends(monkeypatch, *words)
    assert "failed" not in capsys.readouterr().out
    assert bench_ends(monkeypatch, *words, "--only", "leaf", "--only", "bad",
                      f"--heap=bad={tmp_path}/bad.c")
    out = capsys.readouterr().out
    row, = [line for line in out.splitlines() if line.startswith("t ")]
    assert row.split()[-4:] == ["failed"] * 4
    assert "kr" not in out and "picolibc" not in out


def test_a_heap_that_returns_null_has_not_failed(tmp_path, monkeypatch, capsys):
    (tmp_path / "t.rep").write_text("a 0 16\na 1 4096\nf 0\nf 1")
    (tmp_path / "small.c").write_text(WASTER % ("if (n > 99) return 0;", "n"))
    words = ["host", "--bits", "64", "--src", leaf.SRC, tmp_path / "t.rep",
             "--only", "small", f"--heap=small={tmp_path}/small.c"]
    assert not bench_ends(monkeypatch, *words)
    row, = [line for line in capsys.readouterr().out.splitlines()
            if line.startswith("t ")]
    assert row.split()[3].endswith("!")


def test_leaf_may_fail_and_the_readme_is_made():
    rows = bench.all_rows([], [("t", [("a", 0, 16)])], ["leaf"])
    assert bench.compact_lines(rows)[1][-1] == "failed"
    assert bench.heap_lines(rows)[1][-1] == "failed"
    assert bench.apart_lines(rows)[1] == ["leaf", "0.0", "0.0", "0.0", "0.0"]


def test_a_students_heap_gets_a_score(tmp_path, monkeypatch, capsys):
    (tmp_path / "t.rep").write_text("a 0 16\na 1 100\nf 0\nr 1 200\nf 1")
    (tmp_path / "my_malloc.c").write_text(
        WASTER % ("", "n < 100 ? n : 100") + "int main(void) { return 7; }")
    words = ["heap", "--src", leaf.SRC, tmp_path / "t.rep", "--only", "leaf",
             "--only", "yours", f"--heap=yours={tmp_path}/my_malloc.c"]
    assert not bench_ends(monkeypatch, *words)
    out = capsys.readouterr().out
    assert re.search(r"(?m)^yours .* 0 of 1$", out)
    assert max(map(len, out.splitlines())) <= 100
    (tmp_path / "my_malloc.c").write_text(
        WASTER.replace("void free", "void release") % ("", "n"))
    with pytest.raises(SystemExit) as error:
        bench_ends(monkeypatch, *words)
    assert "my_malloc.c: it defines no free; a heap is" in error.value.code


def test_make_bench_takes_a_heap():
    said = leaf.make("-n", "bench", "HEAP=mine.c")
    assert '--heap "yours=$HEAP"' in said


@pytest.mark.parametrize("words, said", [
    (["host", "nosuch"], "nosuch: no such trace; the generated ones are: bin"),
    (["host", "bash", "bash"], "bash: two traces of this name"),
    (["spent", "nosuch"], "nosuch: no such figure; there are: "),
    (["host", "EMPTY"], "no calls in EMPTY"),
    (["host", "BINARY"], "no calls in BINARY"),
    (["host", "PROSE"], "no calls in PROSE"),
    (["host", "binary", "--only", "X"],
     "--only X: no such heap; there are: leaf, kr"),
    (["heap", "binary", "--only", "X"], "--only X: no such heap; there are: l"),
    (["heap", "--heap", "user.c"], "--heap user.c: --heap wants NAME=FILE.c"),
    (["heap", "--heap", "leaf=user.c"], "the name leaf is taken"),
    (["heap", "--heap", "a=nosuch.c"], "there is no file nosuch.c")])
def test_wrong_words_are_named(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    Path("EMPTY").touch()
    Path("BINARY").write_bytes(bytes(range(256)))
    Path("PROSE").write_text("a big dog\nf sharp\n")
    with pytest.raises(SystemExit) as error:
        bench_ends(monkeypatch, *words)
    assert said in error.value.code and "\n" not in error.value.code


# --- Traces ---------------------------------------------------------------


def unpack(data):
    """What trace.pack() makes, read back, with slots for ids."""
    calls, _ = struct.unpack_from("<II", data)
    at = 8

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n

    found = []
    for _ in range(calls):
        word = number()
        op = "arf"[word & 3]
        found.append((op, word >> 2, 0 if op == "f" else number()))
    assert at == len(data)
    return found


def test_a_packed_trace_is_the_same_calls():
    dice = random.Random(7)
    calls = tracing.random_sizes(500, 0, 1 << 20, live=40, seed=7)
    for i in range(len(calls) - 1, 0, -9):  # some reallocs among them
        op, block, _ = calls[i]
        if op == "f":
            calls.insert(i, ("r", block, dice.randrange(1 << 21)))
    tracing.check(calls, "made")
    back = unpack(tracing.pack(calls))
    tracing.check(back, "unpacked")
    assert [(op, size) for op, _, size in back] == \
        [(op, size) for op, _, size in calls]
    slot = {}
    for (op, block, _), (_, where, _) in zip(calls, back):
        assert slot.setdefault(block, where) == where


def test_course_traces_are_read():
    text = "20000\n2\n4\n1\n# a note\na 0 512\na 1 128\nr 0 640\nf 1\nf 0\n"
    assert tracing.parse(text) == [
        ("a", 0, 512), ("a", 1, 128), ("r", 0, 640), ("f", 1, 0), ("f", 0, 0)]


@pytest.mark.parametrize("text", ["f 0", "a 0 1\na 0 1", "r 3 9",
                                  "a 0 1\nf 0\nf 0"])
def test_an_impossible_trace_is_refused(text):
    with pytest.raises(SystemExit):
        tracing.check(tracing.parse(text), "text")


@pytest.mark.parametrize("name", tracing.GENERATED)
def test_generated_traces_free_all_and_repeat(name):
    calls = tracing.GENERATED[name](1)
    assert calls == tracing.GENERATED[name](1)
    tracing.check(calls, name)
    ops = [op for op, _, _ in calls]
    assert ops.count("a") == ops.count("f")


def test_recorded_traces_are_there_and_fit():
    files = sorted(TRACES.glob("*.rep.xz"))
    assert {"clang", "python"} < {tracing.name(file) for file in files}
    assert len(files) >= 4
    assert sum(file.stat().st_size for file in files) < 1_500_000
    for file in files:
        assert tracing.peak(tracing.load(file))[0] < 48 << 20


def test_a_trace_is_saved_and_loaded(tmp_path):
    calls = tracing.binary(16, 112, 50)
    for name in ("t.rep", "t.rep.xz"):
        tracing.save(calls, tmp_path / name)
        assert tracing.load(tmp_path / name) == calls


def test_the_limit_counts_headers_and_alignment():
    assert tracing.limit([("a", 0, 12)]) == 75
    assert tracing.limit([("a", 0, 13)]) == 100 * 13 / 32
    assert tracing.limit([("a", 0, 60), ("f", 0, 0)] * 3) == 100 * 60 / 64
    assert tracing.limit([("a", 0, 24)], 8) == 75
    assert tracing.limit([("a", 0, 25)], 8) == 100 * 25 / 64


def test_a_cut_trace_keeps_to_its_limits():
    calls = tracing.random_sizes(300, 1, 1000, live=100)
    assert tracing.cut(calls, 50) == calls[:50]
    kept = tracing.cut(calls, payload=20000)
    assert 0 < len(kept) < len(calls) and tracing.peak(kept)[0] <= 20000


RECORDED = """
    #include <stdlib.h>
    int main(void) {
        void *volatile p = malloc(1234567), *volatile q = calloc(3, 7);
        p = realloc(p, 7654321);
        free(q);
        q = malloc(5);
        free(p);
        return 0;
    }
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the recorder needs glibc")
def test_a_program_is_recorded(tmp_path):
    (tmp_path / "p.c").write_text(RECORDED)
    subprocess.run([os.environ.get("CC", "clang"), "-o", tmp_path / "p",
                    tmp_path / "p.c"], check=True)
    calls = tracing.record([str(tmp_path / "p")])
    first = next(i for i, call in enumerate(calls) if call[2] == 1234567)
    p = calls[first][1]
    q = calls[first + 1][1]
    assert calls[first:first + 6] == [
        ("a", p, 1234567), ("a", q, 21), ("r", p, 7654321), ("f", q, 0),
        ("a", calls[first + 4][1], 5), ("f", p, 0)]


@pytest.mark.skipif(sys.platform != "linux", reason="the recorder needs glibc")
@pytest.mark.parametrize("command, said", [
    (["--", "/nonexistent"], "/nonexistent: cannot be run: No such file"),
    (["--"], "record wants a program")])
def test_what_cannot_be_recorded_is_named(tmp_path, monkeypatch, command,
                                          said):
    monkeypatch.setattr(sys, "argv", ["trace.py", "record", "-o",
                                      str(tmp_path / "x"), *command])
    with pytest.raises(SystemExit, match=said):
        tracing.main()


def test_unknown_blocks_are_left_out_of_a_recording():
    assert tracing.calls_of([(7, 0, 0), (0, 8, 10), (9, 10, 20), (8, 0, 0)]) \
        == [("a", 0, 10), ("a", 1, 20), ("f", 0, 0)]


# --- What is shown --------------------------------------------------------


def test_figures_that_miss_are_named_with_their_numbers():
    assert bench.missed({"null": 133, "switch": 236, "recorded": 90.4}) == [
        "null system call (getpid) 133 ≤ 132 MISSED",
        "payload over heap, recorded traces, % 90.4 ≥ 91 MISSED"]
    assert bench.worst_lines([["a", 1, 1_500_000], ["b", 2, 1_500_001]])[1:] \
        == [["b", "2", "1,500,001", "MISSED"], ["a", "1", "1,500,000", ""]]


def test_the_readme_gets_its_tables(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n{bench.BEGIN}\nold\n{bench.END}\nafter\n")
    row = {"trace": "t", "heap": "leaf", "calls": 10, "sum": 500,
           "worst_malloc": 70, "worst_free": 80, "payload": 900,
           "memory": 1000, "syscalls": 2, "failed": 0, "limit": 95}
    report = {"figures": {"null": 130}, "heaps": [row],
              "worst": [["kill of a parent", 1024, 2_000_000]]}
    bench.readme(file, report)
    text = file.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "| null system call (getpid) | 130 | ≤ 132 |" in text
    assert "| t | 10 | 95 % | 50 / 90 % / 2 |" in text and "old" not in text
    assert "| kill of a parent | 1,024 | 2,000,000 | MISSED |" in text
    assert max(map(len, text.splitlines())) <= 120
    bench.front_page(file, report)
    text = file.read_text()
    assert "| a system call (`getpid`), there and back | 130 instr" in text
    assert text.startswith("before\n") and "MISSED" not in text


def test_no_table_is_wider_than_100_columns(heaps, capsys):
    bench.print_heaps(heaps, "instructions")
    bench.table(bench.worst_lines([["w" * 50, 10_000, 10_000_000]]))
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100


def test_the_heaps_lines_end_before_calloc(tmp_path):
    file = tmp_path / "user.c"
    file.write_text("int a;\n/*\n * ---- The heap ----\n * b\n */\nint c;\n"
                    "int d;\n\nvoid *calloc(int n) {\n}\n")
    assert bench.heap_code(file) == 2
    file.write_text("int a;\n")
    assert bench.heap_code(file) is None


def test_code_lines_are_those_with_code(tmp_path):
    (tmp_path / "a.c").write_text(
        '/* a\n   b */\n\nint x; // y\n  /* z */\nchar *s = "/* no */";\n')
    assert bench.code_lines(tmp_path / "a.c") == 2


def test_the_debugger_speaks_its_protocol():
    class Pair:
        sent = b""

        def sendall(self, data):
            Pair.sent += data

        def recv(self, n):
            return b"+$T05thread:01;#07"

    qemu = object.__new__(debugger.Debugger)
    qemu.socket, qemu.rest = Pair(), b""
    assert qemu.ask("c") == "T05thread:01;"
    assert Pair.sent == b"$c#63+"
