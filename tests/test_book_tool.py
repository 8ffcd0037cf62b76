"""book/chapter, tried on a toy book of three chapters (tests/book/), each of
which boots. Every call, and everything that it refuses."""

import importlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time

import pytest

import leaf

TOY = os.path.join(leaf.ROOT, "tests", "book")
TOOL = os.path.join(leaf.ROOT, "book", "chapter")
PACKAGE = os.path.join(leaf.ROOT, "book", "leafbook")
EMPTY = "```diff\n```\n"


class Toy:
    """A repository of its own, with the toy's book in it."""

    def __init__(self, folder):
        self.folder = str(folder)
        shutil.copytree(TOY, self.path("book"))
        shutil.copy(TOOL, self.path("book"))
        shutil.copytree(PACKAGE, self.path("book", "leafbook"))
        for name in ("Makefile", "run.sh", "compile_flags.txt"):
            shutil.copy(os.path.join(leaf.ROOT, name), self.path(name))
        shutil.copytree(os.path.join(leaf.ROOT, "tools"), self.path("tools"))
        self.good("tree", 3, ".")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as file:
            return file.read()

    def write(self, text, *names):
        os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
        with open(self.path(*names), "w", encoding="utf-8") as file:
            file.write(text)

    def edit(self, old, new, *names, count=1):
        text = self.read(*names)
        assert text.count(old) == count, f"{old!r} in {names}"
        self.write(text.replace(old, new), *names)

    def snapshot(self):
        """All that a round trip must not change."""
        return {name: self.read(name) for name in (
            "kernel.c", "kernel.h", "kernel.ld", "book/01-hello.md",
            "book/02-ears.md", "book/03-numbers.md", "book/answers/03.md")}

    def call(self, *args, patience=0.5, **env):
        """Run the tool; returns its status and what it printed. It waits for
        lines that never come: half as long as for a reader."""
        env = dict(os.environ, OPENSBI=leaf.firmware(), **env)
        env["LEAF_PATIENCE"] = str(patience * leaf.PATIENCE)
        done = subprocess.run(
            [sys.executable, self.path("book", "chapter"), *map(str, args)],
            cwd=self.folder, env=env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=300 * leaf.PATIENCE)
        return done.returncode, done.stdout

    def good(self, *args, **options):
        status, printed = self.call(*args, **options)
        assert status == 0, printed
        return printed

    def fails(self, status, *args, **options):
        got, printed = self.call(*args, **options)
        assert got == status, printed
        assert "Traceback" not in printed, printed
        return printed

    def students(self, chapter, old=None, new="", name="kernel.c"):
        """A student's tree: a chapter's, with one thing changed."""
        self.good("tree", chapter, "student", "--force")
        if old:
            self.edit(old, new, "student", name)
        return "student"

    def git(self, *args, status=0):
        done = subprocess.run(
            ["git", "-C", self.path("build/unrolled"), *args], text=True,
            env=dict(os.environ, GIT_EDITOR="true",
                     GIT_SEQUENCE_EDITOR=os.environ.get("SEQUENCE", "true")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == status, done.stdout
        return done.stdout

    def fake(self, script):
        """A run.sh that only plays leaf: fast, and as odd as we like."""
        self.write("#!/usr/bin/env python3\nimport os, sys, time\n"
                   "'--with' in sys.argv and sys.exit()\n"
                   "print('\\nOpenSBI v1\\nBoot HART MEDELEG : 0')\n"
                   + script, "run.sh")
        os.chmod(self.path("run.sh"), stat.S_IRWXU)


@pytest.fixture
def toy(tmp_path):
    return Toy(tmp_path / "leaf")


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    """A toy all of which is known to be right."""
    whole = Toy(tmp_path_factory.mktemp("verified") / "leaf")
    whole.good("verify")
    return whole


def tool(name):
    """A module of the tool, for what no call shows alone."""
    sys.dont_write_bytecode = True
    if os.path.dirname(PACKAGE) not in sys.path:
        sys.path.append(os.path.dirname(PACKAGE))
    return importlib.import_module("leafbook." + name)


# --- Help -----------------------------------------------------------------


@pytest.mark.parametrize(
    "call", "list tree diff check verify unroll fold record".split())
def test_every_call_has_a_help_that_says_more(toy, call):
    overview = toy.good("--help")
    assert f"    {call} " in overview
    assert len(toy.good(call, "--help").split("\n")) > 6


def test_a_wrong_call_is_refused(toy):
    assert "CALL" in toy.fails(2)
    toy.fails(2, "tree", "seven")
    toy.fails(2, "bind")


# --- list, tree, diff -----------------------------------------------------


def test_list_shows_lines_and_blocks(toy):
    lines = [line.split() for line in toy.good("list").split("\n")]
    assert lines[1] == "1 2 32 60 1.9 2 75% 32 3 Hello".split()
    assert lines[4][:3] == "all 6 86".split()


def test_list_counts_as_git_does(toy):
    toy.good("unroll")
    shown = toy.git("log", "--numstat", "--format=")
    plus = sum(int(line.split()[0]) for line in shown.split("\n") if line)
    assert plus == int(toy.good("list").split("\n")[-2].split()[2])


def test_tree_writes_a_chapter_and_nothing_of_later_ones(toy):
    toy.good("tree", 3, "here")
    assert sorted(os.listdir(toy.path("here"))) == [
        "kernel.c", "kernel.h", "kernel.ld"]
    toy.good("tree", 1, "here", "--force")
    assert sorted(os.listdir(toy.path("here"))) == ["kernel.c", "kernel.ld"]
    assert "put_hex" not in toy.read("here/kernel.c")


def test_a_tree_after_a_block(toy):
    toy.good("tree", "2.1", "here")
    assert "SBI_PUT" in toy.read("here/kernel.c")
    assert "read_line" not in toy.read("here/kernel.c")
    toy.good("tree", "2.2", "here", "--force")
    assert toy.good("diff", 2, "here") == toy.good("diff", "2.2", "here") == ""
    assert "-static const char *read_line" in toy.fails(
        1, "diff", 2, toy.students("2.1"))
    assert "build/book/02.1" in toy.good("tree", "2.1")
    said = toy.fails(2, "tree", "2.3")
    assert "There is no 2.3: chapter 2 has 2 diff blocks." in said
    toy.fails(2, "tree", "2.0")
    toy.fails(2, "tree", "2.x")


def test_list_names_the_blocks_of_a_chapter(toy):
    lines = toy.good("list", 2).split("\n")
    assert [line.split() for line in lines[1:3]] == [
        "2.1 8 5 Names for numbers".split(),
        "2.2 29 38 A line is read".split()]


def test_tree_leaves_right_files_untouched(toy):
    toy.good("tree", 3, "here")
    os.utime(toy.path("here/kernel.c"), (1, 1))
    toy.good("tree", 3, "here")
    assert os.stat(toy.path("here/kernel.c")).st_mtime == 1


def test_tree_does_not_overwrite_somebodys_work(toy):
    student = toy.students(3, '"what is ', '"what was ')
    said = toy.fails(2, "tree", 3, student)
    assert "student has another kernel.c" in said and "--force" in said
    assert "what was" in toy.read("student/kernel.c")


def test_tree_has_a_place_of_its_own(toy):
    assert "build/book/02" in toy.good("tree", 2)
    assert "read_line" in toy.read("build/book/02/kernel.c")


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_chapter_that_does_not_exist(toy, number):
    for call in (["tree"], ["check"], ["verify"], ["record"]):
        said = toy.fails(2, *call, "--", number)
        assert f"There is no chapter {number}: the book has 3." in said
    said = toy.fails(2, "diff", "--", number, ".")
    assert f"There is no chapter {number}" in said


def test_a_book_without_chapters(toy):
    for name in ("01-hello.md", "02-ears.md", "03-numbers.md"):
        os.remove(toy.path("book", name))
    assert "none yet" in toy.fails(2, "tree", 1)
    toy.fails(1, "verify")
    toy.good("list")


def test_diff_of_the_same_says_nothing(toy):
    assert toy.good("diff", 3, toy.students(3)) == ""


def test_diff_shows_chapter_and_student(toy):
    student = toy.students(3, '"what is ', '"what was ')
    said = toy.fails(1, "diff", 3, student)
    assert '-        put("what is ");\n+        put("what was ");\n' in said
    assert "--- chapter 3/kernel.c\n+++ student/kernel.c\n" in said
    assert said.count("@@ line") == 1
    toy.good("diff", 3, student, "kernel.h")
    toy.fails(1, "diff", 3, student, "kernel.c")


def test_diff_ignores_what_it_is_told_to(toy):
    student = toy.students(3, "static void put(const char *s) {",
                           "/* Says\n * s. */\n\n"
                           "static void put( const char  *s ) { // so")
    assert "/* Says" in toy.fails(1, "diff", 3, student)
    assert "-static" in toy.fails(1, "diff", "-c", 3, student)
    toy.fails(1, "diff", "-w", 3, student)
    assert toy.good("diff", "-wc", 3, student) == ""


def test_diff_knows_strings_from_comments(toy):
    student = toy.students(3, '"leaf> "', '"leaf> /* no comment */"')
    assert "no comment" in toy.fails(1, "diff", "-wc", 3, student)


def test_diff_names_a_file_that_only_one_has(toy):
    student = toy.students(3)
    os.remove(toy.path("student/kernel.h"))
    assert "Only one has it: chapter 3/kernel.h" in toy.fails(
        1, "diff", 3, student)


@pytest.mark.parametrize("call", ["diff", "check"])
def test_a_tree_without_the_expected_files(toy, call):
    assert "there is no such folder" in toy.fails(2, call, 3, "nowhere")
    os.makedirs(toy.path("empty"))
    said = toy.fails(2, call, 3, "empty")
    assert "empty has no kernel.c" in said and "kernel.ld" in said
    if call == "diff":
        assert "a tree has" in toy.fails(2, call, 3, ".", "main.c")


# --- check ----------------------------------------------------------------


def test_check_of_a_chapter_and_of_a_right_tree(toy):
    assert "2 of 2 sessions are as in the book" in toy.good("check", 1)
    said = toy.good("check", 2, toy.students(2))
    assert "2 of 2 sessions are as in the book" in said
    assert "As far as its sessions look, this tree does what" in said
    assert "Not looked at: code that no session and no quick test" in said
    assert "What looks further: make test SRC=student" in said


def test_check_says_what_it_leaves_out(toy):
    said = toy.good("check", 1, toy.students(1))
    assert "1 of 1 sessions" in said
    assert "Not looked at: of the chapter's sessions the 1 on what" in said


def test_check_goes_on_after_a_difference(toy):
    toy.edit("leaf> hm\nwhat is hm?\n", "leaf> hm\nwhat is hm?\nleaf> ho\n"
             "what is ho?\nleaf> ha\nwhat is ha?\n", "book/02-ears.md")
    student = toy.students(2, '        put("what is ");\n',
                           '        put(line[1] == \'o\' ? "what is " : '
                           '"what was ");\n')
    said = toy.fails(1, "check", 2, student)
    assert "expected: what is hm?" in said
    assert "and at book/02-ears.md:100" in said
    assert "expected: what is ha?\n    got:      what was ha?" in said
    assert "expected: what is ho?" not in said


def test_check_stops_at_the_first_mistake_if_told_to(toy):
    student = toy.students(2, '        put("what is ");\n',
                           '        put("what was ");\n')
    said = toy.fails(1, "check", 2, student)
    assert said.count("they part at") == 2
    said = toy.fails(1, "check", "--first", 2, student)
    assert said.count("they part at") == 1
    assert "Not looked at: everything after the first mistake." in said
    assert "2 of 2 sessions" in toy.good("check", "--first", 1)
    said = toy.good("check", "--quick", 2, student)  # no session, so no mistake
    assert said.startswith("\n0 of 0 quick tests hold.\nAs far as the quick")
    assert "Not looked at: the chapter's sessions." in said


def test_check_allows_messages_in_between(toy):
    student = toy.students(2, '        put("what is ");\n',
                           '        put("let me see\\n");\n'
                           '        put("what is ");\n')
    said = toy.good("check", 2, student)
    assert "another message in between" in said
    assert "this tree's: let me see" in said
    alarm = toy.students(2, '        put("what is ");\n',
                         '        put("PANIC\\n");\n'
                         '        put("what is ");\n')
    assert "got:      PANIC" in toy.fails(1, "check", 2, alarm)
    twice = toy.students(2, '        put("what is ");\n',
                         '        put("leaf, a toy\\n");\n'
                         '        put("what is ");\n')
    toy.fails(1, "check", 2, twice)


def test_check_tells_programs(toy):
    student = toy.students(2, '"what is ', '"what was ')
    told = json.loads(toy.fails(1, "check", "--json", 2, student))
    assert told["verdict"] == "differs" and told["chapter"] == "2"
    first = told["sessions"][0]
    assert first["state"] == "differs"
    assert first["differences"][0]["expected"] == "what is hm?"
    assert first["differences"][0]["got"] == "what was hm?"
    told = json.loads(toy.good("check", "--json", 2, toy.students(2)))
    assert told["verdict"] == "as shown" and told["not_looked_at"]
    broken = toy.students(2, "put(line);", "put(line)")
    told = json.loads(toy.fails(1, "check", "--json", 2, broken))
    assert told["verdict"] == "does not build"
    assert "expected ';'" in told["compiler"]


def test_check_of_another_books_kernel(toy):
    toy.write("struct sbiret { long error; };\n#define PROCS_MAX 8\n"
              "void kernel_entry(void);\nextern char "
              "_binary_shell_bin_start[];\nvoid handle_trap(void);\n"
              "paddr_t alloc_pages(uint32_t n);\nvoid map_page(void);\n",
              "theirs/kernel.c")
    toy.write("ENTRY(boot)\n", "theirs/kernel.ld")
    said = toy.fails(1, "check", 3, "theirs")
    assert "a kernel of \"Operating System in 1,000 Lines\"" in said
    assert " 4  page frames, never given back" in said
    assert "It has nothing yet of:" in said
    told = json.loads(toy.fails(1, "check", "--json", 3, "theirs"))
    assert told["verdict"] == "another kernel"


def test_check_says_that_the_chapter_before_fails_already(toy):
    student = toy.students(3, '"what is ', '"what was ')
    toy.edit("leaf> where\nboot", "leaf> hm\nwhat is hm?\nleaf> where\nboot",
             "book/03-numbers.md", count=2)
    said = toy.fails(1, "check", 3, student)
    assert "It fails already chapter 2, session 1" in said
    student = toy.students(3, "boot is at", "boot was at")
    assert "fails already" not in toy.fails(1, "check", 3, student)


def test_check_leaves_out_examples(toy):
    toy.edit("```console\n$ printf", "```console example\n$ printf",
             "book/02-ears.md")
    said = toy.good("check", 2, toy.students(2))
    assert "1 of 1 sessions" in said
    assert "1 that another tree may answer otherwise" in said
    assert "2 of 2 sessions" in toy.good("check", 2)


def test_check_asks_the_strict_machine(toy):
    toy.write("#!/bin/sh\n[ \"$1\" = --strict ] && [ -s \"$2\" ] || exit 3\n"
              "echo 'machine: a fence is missing' >&2\nexit 254\n",
              "build/machine/machine")
    os.chmod(toy.path("build/machine/machine"), stat.S_IRWXU)
    said = toy.fails(1, "check", 2, toy.students(2))
    assert "on the strict machine: a fence is missing" in said
    assert said.count("a fence is missing") == 1
    assert "QEMU hides" not in said


def test_check_runs_the_quick_tests(toy):
    toy.fake("""
if "--app" in sys.argv:
    sys.exit(int(open(sys.argv[2]).read().split("return ")[1][0]))
print("leaf")
""")
    session(toy, "$ ./run.sh 2", "leaf")
    toy.write("/*\n * Threes.\n *\n * 3: it is a three: or\n * so.\n"
              " * else: it died.\n */\nint main(void) { return 3; }\n",
              "book/checks/02-three.c")
    toy.write("/*\n * Later.\n *\n * else: never.\n */\nreturn 1;\n",
              "book/checks/03-later.c")
    said = toy.fails(1, "check", 2, toy.students(2))
    assert "quick test \"Threes\" (book/checks/02-three.c): it is a three: " \
        "or so." in said
    assert "0 of 1 quick tests hold" in said and "never" not in said
    toy.edit("return 3", "return 4", "book/checks/02-three.c")
    assert "it died." in toy.fails(1, "check", 2, "student")
    toy.edit("return 4", "return 0", "book/checks/02-three.c")
    assert "1 of 1 quick tests hold" in toy.good("check", 2, "student")


@pytest.fixture
def other_clang(toy):
    for version in "14", "99":
        toy.write(f"#!/bin/sh\necho {version}.0.1\n", "clang-" + version)
        os.chmod(toy.path("clang-" + version), stat.S_IRWXU)
    return toy.path("clang-99")


def test_figures_may_be_another_compilers(toy, other_clang):
    toy.fake("print('leaf', 7 if '2' in sys.argv[1] else 8, 'bytes\\nleaf>')")
    session(toy, "$ ./run.sh 2", "leaf 6 bytes")
    assert "expected: leaf 6 bytes" in toy.fails(
        1, "verify", 2, CC=toy.path("clang-14"))
    assert "Figures, addresses and examples were not compared" in toy.good(
        "verify", 2, CC=other_clang)
    said = toy.good("check", 2, toy.students(2), CC=other_clang)
    assert "it is so with clang 99" in said
    session(toy, "$ ./run.sh 2", "leaf 8 bits")
    assert "expected: leaf 8 bits" in toy.fails(1, "verify", 2, CC=other_clang)


def test_figures_that_only_the_students_tree_says_are_looked_at(
        toy, other_clang):
    toy.fake("print('leaf', 7 if 'student' in sys.argv[1] else 6, 'bytes')")
    session(toy, "$ ./run.sh 2", "leaf 6 bytes")
    toy.good("verify", 2, CC=other_clang)
    assert "expected: leaf 6 bytes" in toy.fails(
        1, "check", 2, toy.students(2), CC=other_clang)


def test_check_lets_addresses_be_others(toy):
    student = toy.students(3, "static char get(void) {",
                           "char room[5000];\n\nstatic char get(void) {")
    toy.fails(1, "diff", 3, student)
    assert "session 1 (book/03-numbers.md:60): right" in toy.good(
        "check", 3, student)


def test_check_wants_the_same_addresses_to_be_the_same(toy):
    student = toy.students(3, "put_hex((unsigned) __stack_top)",
                           "put_hex((unsigned) __stack_top + n++)")
    toy.edit("void kernel_main(void) {\n",
             "void kernel_main(void) {\n    static unsigned n;\n",
             "student/kernel.c")
    said = toy.fails(1, "check", 3, student)
    assert "they part at book/03-numbers.md:65" in said
    assert "before, and is" in said


def test_check_says_where_they_part(toy):
    student = toy.students(2, '"what is ', '"what was ')
    said = toy.fails(1, "check", 2, student)
    assert "they part at book/02-ears.md:96: the lines differ" in said
    assert "expected: what is hm?" in said
    assert "got:      what was hm?" in said
    assert "    | leaf> hm\n    > what was hm?\n" in said
    assert "0 of 2 sessions" in said


def test_check_of_a_tree_that_does_not_build(toy):
    student = toy.students(2, "put(line);", "put(line)")
    said = toy.fails(1, "check", 2, student)
    assert "it does not build or boot" in said
    assert "student/kernel.c:" in said and "expected ';'" in said
    assert said.count("expected ';'") == 1  # once, and not for each session
    assert "This tree does not build." in said


def test_check_of_a_tree_that_hangs(toy):
    student = toy.students(2, 'put("what is ");', "for (;;);")
    said = toy.fails(1, "check", 2, student, patience=0.25)
    seconds = f"{2.5 * leaf.PATIENCE:g}"
    assert f"nothing more in {seconds} seconds: it hangs, or waits" in said
    assert "expected: what is hm?" in said


def test_check_of_a_tree_that_hangs_before_it_says_a_word(toy):
    student = toy.students(2, 'put("\\nleaf, a toy\\n");', "for (;;);")
    said = toy.fails(1, "check", 2, student, patience=0.25)
    assert "expected: leaf, a toy" in said and "it hangs" in said


def test_check_of_a_tree_that_talks_without_end(toy):
    student = toy.students(2, 'put("what is ");', 'for (;;) put("x");')
    said = toy.fails(1, "check", 2, student, patience=0.25)
    assert "expected: what is hm?" in said


def test_check_of_a_tree_that_goes_off(toy):
    student = toy.students(2, 'put("what is ");', "sbi_call(SBI_OFF, 0);")
    said = toy.fails(1, "check", 2, student)
    assert "the machine went off with status 0" in said


def test_check_of_a_tree_that_does_not_go_off(toy):
    student = toy.students(2, "line[0] == 'e' ||", "")
    said = toy.fails(1, "check", 2, student, patience=0.25)
    assert "expected: the machine goes off" in said


def test_check_of_a_tree_that_says_more(toy):
    student = toy.students(2, "sbi_call(SBI_OFF, 0)",
                           '(put("oops\\n"), sbi_call(SBI_OFF, 0))')
    said = toy.good("check", 2, student)
    assert "another message before it goes off" in said
    assert "this tree's: oops" in said


@pytest.mark.parametrize("more", ["PANIC: oops", "what is hm?"])
def test_check_of_a_tree_that_says_what_no_tree_should(toy, more):
    student = toy.students(2, "sbi_call(SBI_OFF, 0)",
                           f'(put("{more}\\n"), sbi_call(SBI_OFF, 0))')
    said = toy.fails(1, "check", 2, student)
    assert "expected: the machine goes off" in said
    assert f"got:      {more}" in said


def test_check_of_a_tree_without_a_prompt(toy):
    student = toy.students(2, '"leaf> "', '"> "')
    said = toy.fails(1, "check", 2, student, patience=0.25)
    assert "expected: leaf> hm" in said and "got:      " in said


def test_check_names_files_that_the_tree_lacks(toy):
    student = toy.students(2)
    os.remove(toy.path("student/kernel.h"))
    said = toy.fails(1, "check", 2, student)
    assert "student has no kernel.h; the chapter has." in said
    assert "kernel.h' file not found" in said


def test_check_without_a_fit_qemu(toy):
    toy.write("#!/bin/sh\necho 'QEMU emulator version 6.0.0'\n",
              "bin/qemu-system-riscv32")
    os.chmod(toy.path("bin/qemu-system-riscv32"), stat.S_IRWXU)
    path = toy.path("bin") + os.pathsep + os.environ["PATH"]
    said = toy.fails(2, "check", 1, PATH=path)
    assert "version 6.0" in said and "Nothing can be booted here" in said


def test_check_without_run_sh(toy):
    os.remove(toy.path("run.sh"))
    assert "./run.sh could not be started" in toy.fails(2, "check", 1)


def test_check_leaves_no_machine_behind(toy):
    toy.good("check", 1)  # its sessions do not shut down
    shown = subprocess.run(["ps", "-eo", "args"], text=True,
                           stdout=subprocess.PIPE).stdout
    assert toy.folder not in shown


# --- verify ---------------------------------------------------------------


def test_verify_of_a_right_book(toy):
    lines = toy.good("verify").split("\n")
    assert [line.split()[:3] for line in lines[:3]] == [
        ["ok", "1", "Hello"], ["ok", "2", "Ears"], ["ok", "3", "Numbers"]]
    assert lines[3] == "ok   the last chapter's tree is the repository's"


def test_verify_of_one_chapter(toy):
    assert toy.good("verify", 2).startswith("ok    2 Ears")


WRONG = {  # what is changed in which page: what verify must say of it
    "a line that stands otherwise": (
        "02-ears.md", "-        sbi_call(1, *s++);",
        "-        sbi_call(one, *s++);",
        "chapter 2, block 1, hunk 2 (book/02-ears.md:14) does not apply to "
        "kernel.c.\n         line 12 should be: '        sbi_call(one, "
        "*s++);'\n         there stands:   '        sbi_call(1, *s++);'"),
    "an offset": (
        "02-ears.md", "@@ -9,7 +10,7 @@", "@@ -8,7 +9,7 @@",
        "Its old lines stand at line 9, and its header says -8."),
    "a new line number": (
        "02-ears.md", "@@ -9,7 +10,7 @@", "@@ -9,7 +11,7 @@",
        "its new lines begin at line 10, not 11"),
    "the end of the file": (
        "03-numbers.md", "@@ -13,6 +13,11 @@", "@@ -99,6 +99,11 @@",
        "Its old lines stand at line 13"),
    "a hunk that promises more": (
        "03-numbers.md", "@@ -13,6 +13,11 @@", "@@ -13,7 +13,12 @@",
        "promises 7 old and 12 new lines; after 6 and 11 comes the block's"),
    "a hunk that promises less": (
        "03-numbers.md", "@@ -13,6 +13,11 @@", "@@ -13,5 +13,10 @@",
        "here should be a file's '--- a/' and '+++ b/' lines or a hunk's"),
    "another file": (
        "01-hello.md", "+++ b/kernel.ld", "+++ b/main.ld", "FILE one of"),
    "a new file that is there": (
        "02-ears.md", "--- /dev/null\n+++ b/kernel.h\n@@ -0,0 +1,6 @@",
        "--- /dev/null\n+++ b/kernel.c\n@@ -0,0 +1,6 @@",
        "kernel.c is there already"),
    "a file that is not there": (
        "02-ears.md", "--- /dev/null\n+++ b/kernel.h\n@@ -0,0 +1,6 @@",
        "--- a/kernel.h\n+++ b/kernel.h\n@@ -0,0 +1,6 @@",
        "kernel.h is not there yet"),
    "prose that patch would take for a diff": (
        "01-hello.md", "Now it speaks", "--- a/kernel.c\nNow it speaks",
        "outside of a diff block this line looks like a diff"),
    "an ed command in a block": (
        "01-hello.md", "Now it speaks", "```\n3,4d\n```\nNow it speaks",
        "looks like a diff"),
    "a transcript that is not so": (
        "02-ears.md", "what is hm?", "what was hm?",
        "got:      what is hm?"),
    "a status that is not so": (
        "02-ears.md", "$ echo $?\n0", "$ echo $?\n3",
        "ends with status 3, this with 0"),
    "an answer that does not apply": (
        "answers/03.md", "             sbi_call(SBI_OFF, 0);\n+",
        "             sbi_call(SBI_ON, 0);\n+",
        "answers to chapter 3, block 1, hunk 1"),
    "an answer that does otherwise": (
        "answers/03.md", "exit\ngood-bye", "exit\nadieu",
        "got:      good-bye"),
    "lines left out that stand nowhere": (
        "01-hello.md", '    put("nothing to do\\n");\n```',
        '    put("nothing");\n```', "stand once in kernel.c, and stand there "
        "0 times"),
    "lines left out of no file": (
        "01-hello.md", "```without kernel.c", "```without", "which file?"),
    "a session of another chapter": (
        "02-ears.md", "$ ./run.sh 2\nleaf, a toy\nleaf> hm",
        "$ ./run.sh 3\nleaf, a toy\nleaf> hm",
        "3 is later than this page. Its first line must be '$ ./run.sh 2'"),
    "a failure that the chapter's own tree cannot show": (
        "01-hello.md", "$ ./run.sh ~/mykernel", "$ ./run.sh 1",
        "It must end in ~/mykernel"),
    "a session of a block that is not there": (
        "02-ears.md", "$ ./run.sh 2\nleaf, a toy\nleaf> hm",
        "$ ./run.sh 2.3\nleaf, a toy\nleaf> hm",
        "There is no 2.3: chapter 2 has 2 diff blocks"),
    "a number that nothing shows": (
        "02-ears.md", "The same from a pipe:", "The same `77` times:",
        "book/02-ears.md:102: 77: no block of this page"),
    "an address that nothing shows": (
        "03-numbers.md", "## Exercises", "At `0x80200004`.",
        "0x80200004: no block of this page"),
    "a line that no session shows": (
        "02-ears.md", "The same from a pipe:", "Line 186, from a pipe:",
        "186: no session here shows it"),
    "a plain number that the section does not show": (
        "02-ears.md", "The same from a pipe:",
        "It is 12 <!-- shown: 12 -->, from a pipe:",
        "12: no session of this section shows it"),
    "a link to nowhere": (
        "02-ears.md", "The same from a pipe:", "[So](03-ears.md):",
        "03-ears.md: there is no book/03-ears.md"),
    "a link to no heading": (
        "02-ears.md", "The same from a pipe:", "[So](01-hello.md#there):",
        "no heading of book/01-hello.md has this anchor"),
    "a line left open": (
        "02-ears.md", "leaf, a toy\nleaf> one", "…\nleaf> one",
        "… alone on its line"),
    "a word left open": (
        "02-ears.md", "leaf, a toy\nleaf> one", "leaf, a t…\nleaf> one",
        "… inside a word"),
    "a block that does not build": (
        "02-ears.md", '+#include "kernel.h"', '+#include "ears.h"',
        "chapter 2, block 1 (book/02-ears.md:6): the tree after it: it does "
        "not build"),
    "a fence that is not closed": (
        "03-numbers.md", "leaf> ^D\n```\n", "leaf> ^D\n",
        "no closing fence"),
    "a program that the page has not": (
        "03-numbers.md", "$ ./run.sh 3", "$ ./run.sh --app demo.c 3",
        "a block that begins with ```c demo.c"),
}


@pytest.mark.parametrize("what", [w for w in WRONG if WRONG[w][3]])
def test_verify_says_what_is_wrong(toy, verified, what):
    page, old, new, message = WRONG[what]
    shutil.copytree(verified.path("build/book"), toy.path("build/book"))
    toy.edit(old, new, "book", page)
    status, said = toy.call("verify")
    assert status in (1, 2) and message in said, said
    assert "Traceback" not in said


def test_numbers_that_are_shown_may_be_named(toy):
    toy.edit("The same from a pipe:", "See `64`, `25`, 80201630 and line 4 "
             "<!-- not shown: 25, 4 -->, [there](01-hello.md#what-it-says) "
             "or [here](#a-line-is-read):", "book/02-ears.md")
    toy.good("verify", 2)


def test_verify_wants_each_block_to_boot_as_far(toy):
    """Block 3.1 garbles the prompt, 3.2 mends it."""
    toy.edit("@@ -13,6 +13,11 @@ static void put(const char *s) {\n"
             "         sbi_call(SBI_PUT, *s++);\n",
             "@@ -13,6 +13,11 @@ static void put(const char *s) {\n"
             "-        sbi_call(SBI_PUT, *s++);\n"
             "+        sbi_call(SBI_PUT, *s++ + 1);\n", "book/03-numbers.md")
    toy.edit("@@ -13,7 +13,7 @@ static void put(const char *s) {\n"
             "         sbi_call(SBI_PUT, *s++);\n",
             "@@ -13,7 +13,7 @@ static void put(const char *s) {\n"
             "-        sbi_call(SBI_PUT, *s++ + 1);\n"
             "+        sbi_call(SBI_PUT, *s++);\n", "book/03-numbers.md")
    said = toy.fails(1, "verify", 3)
    assert "chapter 3, block 1 (book/03-numbers.md:4): after it the kernel " \
        "says something; before it asks for a command." in said


def test_a_block_may_be_unfinished(toy):
    toy.edit("+#define SBI_PUT 1", "+#define SBI_PUT (1", "book/02-ears.md")
    toy.edit(" #define SBI_PUT 1", "-#define SBI_PUT (1\n+#define SBI_PUT 1",
             "book/02-ears.md")
    assert "block 1" in toy.fails(1, "verify", 2)
    toy.edit("## Names for numbers\n\n```diff", "## Names for numbers\n\n"
             "```diff unfinished", "book/02-ears.md")
    toy.good("verify", 2)
    assert "Names for numbers (unfinished)" in toy.good("list", 2)


def test_few_blocks_may_be_unfinished(capsys):
    class Few:
        def __init__(self, count):
            self.chapters = [self]
            self.blocks = [tool("pages").Block(self, "diff unfinished", 1, "")
                           for _ in range(count)]
            self.number = 1

        def of(self, _):
            return getattr(self, "blocks", [])
    assert tool("verify").few_unfinished(Few(5))
    assert not tool("verify").few_unfinished(Few(6))
    assert "6 blocks are unfinished, and 5 may be" in capsys.readouterr().out


def test_verify_tries_again_only_what_changed(toy):
    toy.fake("open('boots', 'a').write('x')\nprint('leaf')\n")
    session(toy, "$ ./run.sh 2", "leaf")
    toy.good("verify", 2)
    first = len(toy.read("boots"))
    assert first > 0
    toy.good("verify", 2)
    assert len(toy.read("boots")) == first
    session(toy, "$ ./run.sh 2", "leaflet")
    assert "got:      leaf" in toy.fails(1, "verify", 2)
    session(toy, "$ ./run.sh 2", "leaf")
    again = len(toy.read("boots"))
    toy.good("verify", "--afresh", 2)
    assert len(toy.read("boots")) == again + first


def test_the_place_named_is_the_nearest(toy):
    """The hunk's old lines stand twice: the nearer is meant."""
    toy.edit("@@ -2,5 +2,3 @@\n #define SBI_PUT 1\n #define SBI_GET 2\n"
             " #define SBI_OFF 8\n-\n-void fail(const char *why);\n",
             "@@ -5,1 +5,1 @@\n-int twice;\n+int once;\n",
             "book/02-ears.md")
    toy.edit("@@ -0,0 +1,6 @@\n+/* What the toy's parts share. */\n",
             "@@ -0,0 +1,9 @@\n+/* What the toy's parts share. */\n"
             "+int twice;\n+\n", "book/02-ears.md")
    toy.edit("+void fail(const char *why);\n",
             "+void fail(const char *why);\n+int twice;\n", "book/02-ears.md")
    assert "Its old lines stand at line 2, and its header says -5." in \
        toy.fails(1, "verify", 2)
    toy.edit("@@ -5,1 +5,1 @@", "@@ -8,1 +8,1 @@", "book/02-ears.md")
    assert "Its old lines stand at line 9, and its header says -8." in \
        toy.fails(1, "verify", 2)


def test_an_offset_of_patch_is_refused(toy):
    if not shutil.which("patch"):
        pytest.skip("missing: patch")
    toy.write(f"#!/bin/sh\necho 'Hunk #1 succeeded at 9 (offset 1 line).'\n"
              f"exec {shutil.which('patch')} \"$@\"\n", "bin/patch")
    os.chmod(toy.path("bin/patch"), stat.S_IRWXU)
    said = toy.fails(1, "verify", 2, PATH=toy.path("bin") + os.pathsep
                     + os.environ["PATH"])
    assert "patch does not make the same" in said and "offset" in said


def test_the_users_git_settings_do_not_count(toy):
    toy.write("[diff]\n\tnoprefix = true\n\tcontext = 0\n"
              "\texternal = false\n\talgorithm = patience\n"
              "[apply]\n\twhitespace = error-all\n[commit]\n"
              "\tgpgsign = true\n[core]\n\tautocrlf = true\n", "gitconfig")
    settings = {"GIT_CONFIG_GLOBAL": toy.path("gitconfig"),
                "GIT_EXTERNAL_DIFF": "false"}
    toy.edit("leaf, a toy\\n", "leaf, a toy \\n ", "book/01-hello.md")
    toy.edit("leaf, a toy \\n ", "leaf, a toy\\n", "book/01-hello.md")
    before = toy.snapshot()
    toy.good("unroll", **settings)
    assert toy.good("fold", "--no-sessions", **settings) == ""
    assert toy.snapshot() == before
    fix(toy, "1.2", "    return a0;", "    return a0; /* may be negative */")
    toy.good("fold", "--no-sessions", **settings)
    assert "@@ -0,0 +1,25 @@" in toy.read("book/01-hello.md")
    toy.good("verify", 1, **settings)


def test_pages_are_written_in_one_step(toy):
    """A reader, or a second link, has the old page or the new one whole."""
    os.link(toy.path("book/01-hello.md"), toy.path("link.md"))
    old = toy.read("link.md")
    toy.good("unroll")
    fix(toy, "1.2", "    return a0;", "    return a0; /* may be negative */")
    toy.good("fold", "--no-sessions")
    assert toy.read("link.md") == old != toy.read("book/01-hello.md")
    assert sorted(name for name in os.listdir(toy.path("book"))
                  if name.endswith("md") or "md." in name) == [
        "01-hello.md", "02-ears.md", "03-numbers.md"]


def test_verify_says_it_in_the_chapter_where_it_is(toy):
    toy.edit("-        sbi_call(1, *s++);", "-        sbi_call(2, *s++);",
             "book", "02-ears.md")
    said = toy.fails(1, "verify")
    assert said.startswith("ok    1 Hello") and "FAIL  2 Ears" in said
    assert "Not tried" in said.split("FAIL  3")[1]


def test_verify_refuses_a_warning(toy):
    toy.edit("@@ -0,0 +1,25 @@\n", "@@ -0,0 +1,26 @@\n+static int idle;\n",
             "book/01-hello.md")
    said = toy.fails(1, "verify", 1)
    assert "unused variable 'idle'" in said


def test_verify_refuses_other_sources(toy):
    toy.edit('"what is ', '"what was ', "kernel.c")
    said = toy.fails(1, "verify")
    assert "FAIL kernel.c: the last chapter's differs from the " \
           "repository's at line 59" in said


def test_verify_refuses_a_gap_in_the_numbers(toy):
    os.rename(toy.path("book/03-numbers.md"), toy.path("book/04-numbers.md"))
    assert "this should be 03" in toy.fails(2, "verify")


def test_verify_wants_a_session(toy):
    text = toy.read("book/03-numbers.md")
    start = text.index("```console")
    toy.write(text[:start] + text[text.index("## Exercises"):],
              "book/03-numbers.md")
    os.remove(toy.path("book/answers/03.md"))
    assert "chapter 3 has no session" in toy.fails(1, "verify", 3)


def test_verify_wants_a_session_after_what_is_left_out(toy):
    text = toy.read("book/01-hello.md")
    toy.write(text[:text.index("it says less:")], "book/01-hello.md")
    assert "no session follows" in toy.fails(1, "verify", 1)


def test_an_answer_without_a_session_must_build_and_boot(toy):
    text = toy.read("book/answers/03.md")
    start = text.index("```console")
    toy.write(text[:start] + text[text.index("## 2"):], "book/answers/03.md")
    toy.good("verify", 3)
    toy.edit("good-bye\\n", 'good-bye\\n" + 1, "', "book/answers/03.md")
    said = toy.fails(1, "verify", 3)
    assert "answers to chapter 3, block 1 (book/answers/03.md:6)" in said
    assert "too many arguments" in said


@pytest.mark.parametrize("command", ["patch -s -p1 -i", "git apply"])
def test_whole_pages_are_patches(toy, command):
    if not shutil.which(command.split()[0]):
        pytest.skip(f"missing: {command.split()[0]}")
    os.makedirs(toy.path("by-hand"))
    for number, page in enumerate(
            ("01-hello.md", "02-ears.md", "03-numbers.md"), 1):
        done = subprocess.run(
            [*command.split(), toy.path("book", page)],
            cwd=toy.path("by-hand"), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0 and done.stdout == "", done.stdout
        assert toy.good("diff", number, "by-hand") == ""


# --- The sessions' rules --------------------------------------------------


@pytest.mark.parametrize("want, got, alike", [
    ("at 80200000", "at 80301234", True),
    ("at 0x80200000", "at 0x80301234", True),
    ("at 80200000", "at 8020000", False),
    ("at 00000000", "at 80200000", False),
    ("at 80200000", "at 00000000", False),
    ("80200000 80200000", "80300000 80300000", True),
    ("80200000 80200000", "80300000 80300004", False),
    ("80200000 80200004", "80300000 80300000", False),
    ("n80200000", "n80200004", False),
    ("… ticks", "17 ticks", True),
    ("… ticks", "0 ticks", True),
    ("… ticks", " ticks", False),
    ("took … ticks", "took     9 ticks", True),
    ("1… of 2", "123 of 2", True),
    ("… of 2", "x of 2", False),
    ("a.c", "abc", False),
    ("scause 0000000f  stval 80202ffc", "scause 0000000f  stval 80303ffc",
     True),
    ("scause 0000000f  stval 80202ffc", "scause 0000000d  stval 80202ffc",
     False),
    ("sstatus 00000100  satp 80080205", "sstatus 00000120  satp 80080305",
     True),
    ("sstatus 00000100", "sstatus 80006100", False),
])
def test_what_counts_as_alike(want, got, alike):
    assert (tool("play").Likeness().differ(want, got) is None) == alike


def session(toy, *lines):
    """Make these the only session of chapter 2."""
    text = toy.read("book/02-ears.md")
    text = text[:text.index("```console")]
    toy.write(text + "\n".join(["```console", *lines, "```", ""]),
              "book/02-ears.md")


def shown(toy):
    """The lines of that session."""
    return toy.read("book/02-ears.md").split("```console\n")[1].split(
        "\n```")[0].split("\n")


def test_a_session_with_a_program(toy):
    toy.fake("print('leaf runs', sys.argv[2][-6:], open(sys.argv[2]).read())")
    text = toy.read("book/02-ears.md")
    text = text[:text.index("```console")]
    toy.write(text + "```c demo.c\nint main(void);\n```\n\n```console\n"
              "$ ./run.sh --app demo.c 2\nleaf runs demo.c int main(void);\n"
              "```\n", "book/02-ears.md")
    toy.good("check", 2)
    toy.good("check", 2, toy.students(2))
    toy.edit("--app demo.c 2", "--app demo.c 2.1", "book/02-ears.md")
    toy.good("check", "2.1", toy.students("2.1"))


def test_a_session_runs_on_the_tree_that_it_names(toy):
    """Before the diffs, between them and after them."""
    toy.edit("# Ears\n", "# Ears\n\n```console\n$ ./run.sh 1\nleaf, a toy\n"
             "nothing to do\n```\n", "book/02-ears.md")
    toy.edit("## A line is read\n", "```console\n$ ./run.sh ~/mykernel\n"
             "leaf, a toy\nnothing to do\n```\n\n## A line is read\n",
             "book/02-ears.md")
    toy.edit("The same from a pipe:\n", "```console\n$ ./run.sh 2.1\n"
             "leaf, a toy\nnothing to do\n```\n\nThe same from a pipe:\n",
             "book/02-ears.md")
    toy.good("check", 2)
    toy.good("check", "2.1", toy.students("2.1"))
    said = toy.fails(1, "check", "2.1", toy.students(
        "2.1", "nothing to do", "nothing at all"))
    assert "got:      nothing at all" in said
    toy.edit("$ ./run.sh 2.1\n", "$ ./run.sh 2.2\n", "book/02-ears.md")
    assert "expected: nothing to do" in toy.fails(1, "check", 2)


def test_a_session_with_lines_put_in(toy):
    toy.edit("```without kernel.c\n    put(\"nothing to do\\n\");\n```\n\n"
             "it says less:\n\n```console\n$ ./run.sh ~/mykernel\n"
             "leaf, a toy\n",
             "```with kernel.c\n    put(\"\\nleaf, a toy\\n\");\n"
             "    put(\"and more\\n\");\n```\n\n"
             "```console\n$ ./run.sh ~/mykernel\nleaf, a toy\nand more\n",
             "book/01-hello.md")
    toy.good("check", 1)
    toy.edit("```with kernel.c\n    put(\"\\nleaf", "```with kernel.c\n    "
             "say(\"\\nleaf", "book/01-hello.md")
    assert "stand there 0 times" in toy.fails(2, "check", 1)


def test_lines_left_out_hold_for_the_readers_tree_alone(toy):
    text = toy.read("book/01-hello.md")
    toy.write(text + "\n```console\n$ ./run.sh 1\nleaf, a toy\n"
              "nothing to do\n```\n\n```console\n$ ./run.sh ~/mykernel\n"
              "leaf, a toy\n```\n\n## Put back\n\n```console\n"
              "$ ./run.sh ~/mykernel\nleaf, a toy\nnothing to do\n```\n",
              "book/01-hello.md")
    toy.good("check", 1)


def test_an_appendix_has_sessions_too(toy):
    toy.write("# What there is\n\n```console\n$ ./run.sh 1\nleaf, a toy\n"
              "nothing to say\n```\n", "book/what-there-is.md")
    said = toy.fails(1, "verify")
    assert "book/what-there-is.md, session 1" in said
    assert "got:      nothing to do" in said
    toy.edit("nothing to say", "nothing to do", "book/what-there-is.md")
    toy.good("verify")


def test_a_session_with_settings(toy):
    toy.fake("print('leaf with', os.environ['DEFINES'])")
    session(toy, "$ DEFINES=-DFAST ./run.sh 2")
    toy.good("record", 2)
    assert shown(toy)[1:] == ["leaf with -DFAST -g0"]
    toy.fails(1, "check", 2)  # there it is -Werror too


def test_a_session_with_keys(toy):
    toy.fake("""
print("leaf\\nleaf> ", end="", flush=True)
while (key := os.read(0, 1)) != b"\\r":
    print(key.decode(), end="", flush=True)
print("\\nrunning", flush=True)
print("stopped by", ord(os.read(0, 1)), end="\\nleaf> ", flush=True)
print("\\nended by", ord(os.read(0, 1)))
""")
    lines = ["$ ./run.sh 2", "leaf", "leaf> spin", "running", "^C",
             "stopped by 3", "leaf> ^D", "ended by 4"]
    session(toy, *lines)
    toy.good("check", 2)
    session(toy, *(line for line in lines if line[0] in "$l^"))
    toy.good("record", 2)
    assert shown(toy) == lines


def test_a_session_that_never_ends(toy):
    toy.fake("print('leaf')\nwhile True:\n    print('A\\nB')\n")
    session(toy, "$ ./run.sh 2", "leaf", "A", "B", "A")
    toy.good("check", 2)
    session(toy, "$ ./run.sh 2")
    toy.good("record", 2)
    assert shown(toy)[1:5] == ["leaf", "A", "B", "A"]
    assert len(shown(toy)) == 25
    began = time.monotonic()  # what ends it is its size, not its time
    session(toy, "$ ./run.sh 2")
    toy.good("record", 2, patience=20)
    assert time.monotonic() - began < 100 * leaf.PATIENCE
    toy.fake("print('leaf')\nwhile True:\n    print('A', flush=True)\n"
             "    time.sleep(0.1)\n")
    session(toy, "$ ./run.sh 2", "leaf", "A", "B")
    toy.good("record", 2, patience=0.3)
    assert shown(toy)[1:] == ["leaf", "A", "A"]
    toy.good("check", 2)


def test_the_last_line_shown_is_whole(toy):
    toy.fake("print('leaf', end='', flush=True)\ntime.sleep(0.1)\n"
             "print('let', flush=True)\ntime.sleep(60)")
    session(toy, "$ ./run.sh 2", "leaf")
    assert "got:      leaflet" in toy.fails(1, "check", 2)
    session(toy, "$ ./run.sh 2", "leaflet")
    toy.good("check", 2)


# --- record ---------------------------------------------------------------


def test_record_leaves_what_is_right(toy):
    before = toy.snapshot()
    assert toy.good("record") == ""
    assert toy.snapshot() == before


def test_record_fills_in_what_is_printed(toy):
    session(toy, "$ ./run.sh 2", "leaf> hm", "leaf> exit", "$ echo $?", "?")
    assert "console block 1" in toy.good("record", 2)
    assert shown(toy) == ["$ ./run.sh 2", "leaf, a toy", "leaf> hm",
                          "what is hm?", "leaf> exit", "$ echo $?", "0"]
    session(toy, "$ ./run.sh 2", "leaf> hm", "leaf>")
    toy.good("record", 2)
    assert shown(toy)[-2:] == ["what is hm?", "leaf>"]


def test_record_keeps_digits_that_may_vary(toy):
    toy.fake("print('leaf\\ntook', os.getpid(), 'ticks\\ndone')")
    session(toy, "$ ./run.sh 2", "leaf", "took … ticks", "never")
    toy.good("record", 2)
    assert shown(toy)[1:] == ["leaf", "took … ticks", "done"]


def test_record_says_when_the_prompt_never_comes(toy):
    toy.fake("print('leaf', flush=True)\ntime.sleep(60)")
    session(toy, "$ ./run.sh 2", "leaf> hm")
    said = toy.fails(1, "record", 2, patience=0.2)
    assert "it ends before this could be typed: leaf> hm" in said


# --- unroll and fold ------------------------------------------------------


def test_a_round_trip_changes_nothing(toy):
    before = toy.snapshot()
    toy.good("unroll")
    assert toy.good("fold") == ""
    assert toy.snapshot() == before
    toy.good("verify")


def test_a_round_trip_keeps_hunks_that_git_would_write_otherwise(toy):
    page = toy.read("book/03-numbers.md")
    toy.write(page.replace("@@ -13,6 +13,11 @@ static void put(const char *s) "
                           "{", "@@ -13,6 +13,11 @@"), "book/03-numbers.md")
    before = toy.snapshot()
    toy.good("unroll")
    toy.good("fold", "--no-sessions")
    assert toy.snapshot() == before


def test_unroll_names_blocks(toy):
    toy.good("unroll")
    assert toy.git("log", "--reverse", "--format=%an %s").split("\n")[:3] == [
        "1.1 1.1 Where it lies", "1.2 1.2 What it says",
        "2.1 2.1 Names for numbers"]
    assert "(2.2 " in toy.git("blame", "-L/read_line/,+1", "kernel.c")


def test_a_book_begins_with_commits_alone(toy):
    for name in ("book/01-hello.md", "book/02-ears.md", "book/03-numbers.md",
                 "book/answers/03.md", "kernel.h"):
        os.rename(toy.path(name), toy.path("was-" + os.path.basename(name)))
    toy.good("unroll")
    for name, message in (("kernel.ld", "1.1 Begin\n\nWith a *place*."),
                          ("kernel.c", "1.2 Speak")):
        shutil.copy(toy.path(name), toy.path("build/unrolled"))
        toy.git("add", ".")
        toy.git("commit", "-qm", message)
    toy.good("fold", "--no-sessions")
    page = toy.read("book/01-begin.md")
    assert page.startswith("# Begin\n\nWith a *place*.\n\n```diff\n---")
    assert "```\n\nSpeak\n\n```diff\n--- /dev/null\n+++ b/kernel.c" in page
    assert page.endswith("}\n```\n")


def test_unroll_overwrites_nothing(toy):
    toy.good("unroll")
    assert "is not empty" in toy.fails(2, "unroll")
    toy.good("unroll", "elsewhere")


def test_unroll_of_a_book_that_does_not_apply_leaves_nothing(toy):
    toy.edit("-        sbi_call(1, *s++);", "-        sbi_call(2, *s++);",
             "book", "02-ears.md")
    assert "does not apply" in toy.fails(2, "unroll")
    assert not os.path.exists(toy.path("build/unrolled"))


def fix(toy, label, old, new, name="kernel.c"):
    """A fix where it belongs: a fixup of a block's commit, and a rebase."""
    path = os.path.join("build/unrolled", name)
    toy.edit(old, new, path)
    toy.git("commit", "-qa", f"--fixup=:/^{label}")
    toy.git("rebase", "-q", "-i", "--autosquash", "--root")


def test_fold_of_a_fix(toy):
    toy.good("unroll")
    fix(toy, "1.2", "    return a0;", "    return a0; /* may be negative */")
    said = toy.good("fold")
    assert "chapter 1, block 2 (book/01-hello.md:25) is rewritten." in said
    assert "+    return a0; /* may be" in toy.read("book/01-hello.md")
    assert "/* may be" in toy.read("kernel.c")
    toy.good("verify")


def test_fold_moves_the_line_numbers_of_later_blocks(toy):
    toy.good("unroll")
    fix(toy, "1.2", "static void put(", "/* Prints s. */\nstatic void put(")
    toy.good("fold", "--no-sessions")
    assert "@@ -10,7 +11,7 @@" in toy.read("book/02-ears.md")
    toy.good("verify")


def test_fold_records_sessions_anew(toy):
    toy.good("unroll")
    fix(toy, "3.2", "boot is at", "boot lies at")
    said = toy.good("fold")
    assert "chapter 3, console block 1" in said
    assert toy.read("book/03-numbers.md").count("\nboot lies at 802") == 2
    toy.good("verify")


def test_fold_tries_sessions_from_the_first_change_on(toy):
    toy.edit("leaf, a toy\nleaf> hm", "leaf, the toy\nleaf> hm",
             "book/02-ears.md")
    toy.good("unroll")
    fix(toy, "3.2", "boot is at", "boot lies at")
    toy.good("fold")
    assert "leaf, the toy\nleaf> hm" in toy.read("book/02-ears.md")
    assert "boot lies at 802" in toy.read("book/03-numbers.md")
    shutil.rmtree(toy.path("build/unrolled"))
    toy.good("unroll")
    fix(toy, "2.1", "#define SBI_GET 2", "#define SBI_GET 2L", "kernel.h")
    toy.good("fold")
    assert "leaf, a toy\nleaf> hm" in toy.read("book/02-ears.md")


def test_a_chapter_without_a_diff_goes_round(toy):
    toy.write("# Where next\n\nTo [numbers](03-numbers.md).\n\n```console\n"
              "$ ./run.sh 1\nleaf, a toy\nnothing to do\n```\n",
              "book/04-next.md")
    toy.good("unroll")
    assert toy.good("fold") == ""
    toy.good("verify", 4)
    toy.good("diff", 4, ".")
    for name in ("01-hello.md", "02-ears.md", "03-numbers.md", "04-next.md"):
        os.rename(toy.path("book", name), toy.path("book", "0" + name))
    toy.edit("03-numbers", "003-numbers", "book/004-next.md")
    toy.good("verify", 4)


def test_fold_of_a_rename(toy):
    """A name born in chapter 1, used in every later one, in lines left out
    and in an answer: an ordinary rebase."""
    toy.edit("The firmware prints", "With put the firmware prints",
             "book/01-hello.md")
    toy.good("unroll")
    toy.git("rebase", "-q", "--root", "-X", "theirs", "--exec",
            "perl -pi -e 's/\\bput\\b/say/g' * && "
            "git commit -qa --amend --no-edit")
    toy.edit('put("good-bye', 'sbi_call(1, 0); // put("good-bye',
             "book/answers/03.md")
    said = toy.good("fold", "--no-sessions")
    assert "book/01-hello.md:22 still speaks of put." in said
    assert "chapter 1, without block 1" in said
    assert "answers to chapter 3, block 1 (book/answers/03.md:6) is" in said
    assert '    say("nothing to do\\n");\n```' in toy.read("book/01-hello.md")
    text = "".join(toy.snapshot().values())
    assert text.count("put") == text.count("put_hex") + text.count(
        "Input") + 2
    toy.good("verify", 1, 2)


def test_fold_of_a_change_that_meets_an_answer(toy):
    toy.good("unroll")
    fix(toy, "3.2", "if (line[0] == 'e' || line[0] == 0)",
        "if (line[0] == 0 || line[0] == 'e')")
    said = toy.call("fold")[1]
    assert "By hand: answers to chapter 3, block 1" in said


def test_fold_of_an_added_commit(toy):
    toy.good("unroll")
    toy.edit('"what is ', '"so what is ', "build/unrolled/kernel.c")
    toy.git("commit", "-qam", "So\n\nOne word more.")
    said = toy.good("fold")
    assert "03-numbers.md: a new block after line" in said
    page = toy.read("book/03-numbers.md")
    assert "\n\nOne word more.\n\n```diff\n--- a/kernel.c\n" in page
    assert "so what is" in toy.read("kernel.c")
    toy.good("verify")


def test_fold_of_a_split_commit(toy):
    toy.good("unroll")
    toy.git("reset", "-q", "HEAD^")
    toy.edit("put(line);", "put(line); // so", "build/unrolled/kernel.c")
    toy.git("commit", "-qam", "3.2 Numbers")
    toy.edit("// so", "// say so", "build/unrolled/kernel.c")
    toy.git("commit", "-qam", "3.2 The same again")
    toy.good("fold")
    page = toy.read("book/03-numbers.md")
    assert page.count("```diff") == 3
    assert "\n\nThe same again\n\n```diff\n--- a/kernel.c\n" in page
    toy.good("verify")


def test_fold_of_a_new_chapter(toy):
    toy.good("unroll")
    toy.edit('"what is ', '"so what is ', "build/unrolled/kernel.c")
    toy.git("commit", "-qam", "4.1 Say so")
    toy.good("fold")
    page = toy.read("book/04-say-so.md")
    assert page.startswith("# Say so\n\n") and page.count("```diff") == 1
    toy.good("diff", 4, "build/unrolled")


def test_fold_of_squashed_commits(toy):
    toy.good("unroll")
    os.environ["SEQUENCE"] = "perl -pi -e 's/^pick/fixup/ if / 2\\.2 /'"
    try:
        toy.git("rebase", "-q", "-i", "--root")
    finally:
        del os.environ["SEQUENCE"]
    said = toy.good("fold", "--no-sessions")
    assert "chapter 2, block 2 (book/02-ears.md:38) has no commit" in said
    assert toy.read("book/02-ears.md").count("```diff") == 1
    toy.good("verify")


def test_fold_of_a_dropped_commit(toy):
    toy.good("unroll")
    toy.git("reset", "-q", "--hard", "HEAD^")
    said = toy.call("fold")[1]
    assert "chapter 3, block 2 (book/03-numbers.md:20) has no commit" in said
    assert "put_hex((unsigned) boot)" not in toy.read("kernel.c")


def test_fold_fills_empty_blocks(toy):
    """How a chapter is written: prose with empty blocks, and commits."""
    before = toy.snapshot()
    toy.good("unroll")
    for page in ("01-hello.md", "02-ears.md", "03-numbers.md"):
        text = toy.read("book", page)
        pieces = text.split("```diff\n")
        toy.write("```diff\n".join(pieces[:1] + [
            piece[piece.index("```\n"):] for piece in pieces[1:]]),
            "book", page)
    assert "+" not in toy.read("book/02-ears.md")
    toy.good("fold")
    assert toy.snapshot() == before


REFUSED = {
    "an order that prose cannot follow": (
        "7.9 comes after", ["commit", "-q", "--allow-empty", "-m", "2.1 x"],
        "comes after 3.2"),
    "a chapter too far": (
        "", ["commit", "-q", "--allow-empty", "-m", "9.1 x"],
        "is for chapter 9, but the book has 3"),
    "a fixup": (
        "", ["commit", "-q", "--allow-empty", "-m", "fixup! 2.1 x"],
        "is not squashed yet"),
    "no commit of a chapter": (
        "", ["reset", "-q", "--hard", "HEAD^^"],
        "No commit is for a block of chapter 3"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_fold_refuses(toy, what):
    _, command, message = REFUSED[what]
    before = toy.snapshot()
    toy.good("unroll")
    toy.git(*command)
    assert message in toy.fails(2, "fold")
    assert toy.snapshot() == before


def test_fold_refuses_what_is_no_unrolled_book(toy):
    assert "is no git repository" in toy.fails(2, "fold")
    assert "is no git repository" in toy.fails(2, "fold", "book")


def test_fold_refuses_changes_in_no_commit(toy):
    toy.good("unroll")
    toy.edit('"what is ', '"what was ', "build/unrolled/kernel.c")
    assert "changes that are in no commit" in toy.fails(2, "fold")


def test_fold_refuses_an_unfinished_rebase(toy):
    toy.good("unroll")
    toy.git("rebase", "-q", "--root", "--exec", "false", status=1)
    assert "a rebase is not finished" in toy.fails(2, "fold")


def test_fold_refuses_merges(toy):
    toy.good("unroll")
    toy.git("checkout", "-q", "-b", "side", "HEAD^")
    toy.git("commit", "-q", "--allow-empty", "-m", "side")
    toy.git("merge", "-q", "book", "-m", "merge")
    assert "has merges" in toy.fails(2, "fold")


def test_fold_refuses_a_first_commit_without_a_number(toy):
    toy.good("unroll")
    os.environ["SEQUENCE"] = "perl -pi -e 's/^pick/drop/ if $. > 1'"
    try:
        toy.git("rebase", "-q", "-i", "--root")
    finally:
        del os.environ["SEQUENCE"]
    toy.git("commit", "-q", "--amend", "-m", "Begin")
    assert "which block is it?" in toy.fails(2, "fold")


def test_fold_leaves_sources_that_are_in_no_chapter(toy):
    toy.edit('"what is ', '"what was ', "kernel.c")
    toy.good("unroll")
    assert "they stay" in toy.good("fold", "--no-sessions")
    assert "what was" in toy.read("kernel.c")
    toy.good("fold", "--no-sessions", "--sources")
    assert "what is" in toy.read("kernel.c")


def test_fold_says_which_sessions_cannot_be_had(toy):
    toy.good("unroll")
    fix(toy, "2.2", "put(line);", "put(lines);")
    said = toy.fails(1, "fold")
    assert "does not build or boot" in said and "lines" in said
    assert "what is hm?" in toy.read("book/02-ears.md")


# --- The book itself ------------------------------------------------------


def test_run_sh_boots_a_chapter(toy):
    done = subprocess.run(
        ["./run.sh", "2"], cwd=toy.folder, input="exit\n", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, OPENSBI=leaf.firmware()),
        timeout=120 * leaf.PATIENCE)
    assert done.returncode == 0 and "leaf> exit" in done.stdout, done.stdout
