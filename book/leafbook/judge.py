"""check: does somebody's tree do what a chapter shows?"""

import functools
import json
import os
import re
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .basics import TOP, WORK, Parted, Unbuilt
from .known import is_known, remember, session_facts
from .lessons import lessons
from .others import describe, original
from .play import (NUMBER, RECORDED_WITH, Likeness, check_session, compiler,
                   play, shape)
from .sessions import PROMPT, Machine, environment, sessions, set_up
from .trees import somebodys_tree, write_tree

MACHINE = os.path.join(TOP, "build", "machine", "machine")
HEAP_COMMANDS = ("heap", "malloc", "box")  # what they print is malloc's
MEMORY_COMMANDS = ("mem", "lazy", "cow", "oom", "ps", "stress")
FEW, MANY = 16, 1000  # page frames
ALARM = re.compile(r"PANIC|killed|trap \d|NOT THE SAME|^heap: ")
UNFIT = ("It does not fit this tree.", "")  # a quick test
AS_SHOWN, MAY_BE, PARTED = "as in the book", "may be otherwise", "differs"


def call_check(book, args):
    """boots a chapter, or your tree, and says what differs

    Types what the chapter's sessions type, holds what is printed against
    what they show, and runs the quick tests of book/checks. Addresses may be
    others than the chapter's, but the same ones must be the same. Figures
    that depend on a program's size, on how many pages a kernel takes or on
    how malloc does it, and lines in between, are named and not held against a
    tree. It ends with what was not looked at. 7.3 is the tree after chapter
    7's third block.

    --first stops at the first mistake, which is several times faster; --quick
    leaves the sessions out and runs the quick tests alone. --json
    prints the same as one object: its "verdict" is "as shown", "differs",
    "does not build" or "another kernel".
    """
    number, block = book.find(args.name)
    tree = somebodys_tree(args.folder) if args.folder else None
    if tree and original(tree):
        told = describe(tree, args.folder)
        print(json.dumps({"verdict": "another kernel", "says": told})
              if args.json else told)
        return 1
    set_up()
    verdict = Verdict(book, number, block, args)
    if not args.json:
        verdict.say = print
    verdict.reach()
    if args.json:
        print(json.dumps(verdict.report(), indent=2))
    return 0 if verdict.good else 1


class Enough(Exception):
    """The first mistake was found, and no other is asked for."""


class Verdict:
    """What was looked at in a tree, and what came of it."""

    def __init__(self, book, number, block, args):
        self.book, self.number, self.block = book, number, block
        self.name, self.whose = args.name, args.folder
        self.first, self.quick, self.stopped = args.first, args.quick, False
        self.say = lambda text: None
        self.unbuilt, self.lacks, self.earlier, self.strict = None, [], [], []
        self.found, self.tests = [], []
        self.not_seen, self.not_tested = [], []
        tree = book.tree(number, block)
        if self.whose:
            self.folder = self.whose
            self.lacks = sorted(set(tree) - set(somebodys_tree(self.whose)))
        else:
            self.folder = place_tree(tree, args.name)

    @property
    def good(self):
        return not self.unbuilt and not self.strict and all(
            state != PARTED for _, state, _ in self.found) and not any(
            lack for _, lack in self.tests)

    def reach(self):
        """Look at everything, and say what comes of it."""
        if self.lacks:
            self.say(f"{self.folder} has no {' '.join(self.lacks)}; the "
                     "chapter has.")
        page = self.book.chapter(self.number)
        everything = sessions(self.book, page)
        own = [session for session in everything
               if session.is_of(self.book, self.number, self.block)]
        whole = self.block in (None, len(self.book.blocks(self.number)))
        between = []
        if not self.whose and not self.block:
            own = everything
        elif self.whose:
            between = [it for it in everything
                       if whole and it not in own and self.at_prompt(it)]
            self.note_unseen(everything, own + between)
            own = [it for it in own if it.block.name != "example"]
        tests = lessons(self.number if whole else self.number - 1)
        mine = [test for test in tests if test.chapter == self.number]
        if self.quick:
            self.not_seen, own, between = [], [], []
        try:
            if self.try_sessions(own):
                self.try_tests(mine)
                self.try_between(between)
                self.try_tests([test for test in tests if test not in mine])
                self.try_strictly(own)
                if own and not self.good and self.whose and self.number > 1:
                    self.look_earlier()
        except Enough:
            self.stopped = True
        self.conclude()

    def at_prompt(self, session):
        """Is it one of the shell's, of a tree within the chapter?"""
        number, block = session.named or (session.block.page.number,
                                          session.block.after)
        return (number == self.number and block is not None
                and not session.edits and not session.app
                and not session.settings
                and session.block.name != "example"
                and any(line.startswith(PROMPT) for line in session.shown))

    def note_unseen(self, everything, tried):
        """Which sessions cannot be tried on somebody's tree."""
        edited = sum(bool(session.edits) for session in everything)
        if edited:
            self.not_seen.append(f"the {edited} on what breaks")
        others = len([session for session in everything if session not in tried
                      and not session.edits])
        if others:
            self.not_seen.append(f"the {others} of trees in between")
        examples = [it for it in tried if it.block.name == "example"]
        if examples:
            self.not_seen.append(f"{len(examples)} that another tree may "
                                 "answer otherwise")

    # ---- Sessions --------------------------------------------------------

    def try_sessions(self, own):
        """Try them all, the first one alone; false if it does not build."""
        for session in own[:1]:
            self.tell(session, self.try_one(session))
        if self.unbuilt and self.blames_the_tree():
            return False
        self.go_on()
        for session, came in side_by_side(self.try_one, own[1:]):
            self.tell(session, came)
            self.go_on()
        return True

    def try_between(self, between):
        """Try what the shell shows of a tree within the chapter, wherever the
        chapter's whole tree shows the same."""
        tree = self.book.tree(self.number, self.block)
        reference = place_tree(tree, self.name)
        others = 0
        for session, came in side_by_side(self.try_one, between):
            if came and (isinstance(came, Unbuilt) or
                         not passes(session, tree, reference)):
                others += 1
                continue
            if came:  # a tick may have come just there
                came = self.try_one(session)
            self.tell(session, came)
            self.go_on()
        if others:
            self.not_seen.append(
                f"the {others} that a later block answers otherwise")

    def go_on(self):
        """Raise Enough if there is a mistake and one is enough."""
        if self.first and not self.good:
            raise Enough

    def try_one(self, session):
        """A session's differences, or what does not build."""
        folder = self.folder if self.whose else session.place()
        strict = not self.whose and not session.edits
        try:
            with Machine(session, folder, strict) as machine:
                return play(session, machine)
        except Unbuilt as unbuilt:
            return unbuilt

    def blames_the_tree(self):
        """Is it the tree's own files that do not build?"""
        return not re.search(r"programs/[^ ]*\.c:\d+:\d+: error", self.unbuilt)

    def tell(self, session, came):
        """Note a session's outcome and say it."""
        if isinstance(came, Unbuilt):
            text = str(came)
            again = self.unbuilt is not None
            self.unbuilt = self.unbuilt or text
            self.found.append((session, PARTED, []))
            self.say(f"{session}: does not build either." if again else text)
            return
        self.look_for_excuses(session, came)
        hard = [it for it in came if not it.excuse]
        state = PARTED if hard else MAY_BE if came else AS_SHOWN
        self.found.append((session, state, came))
        if not came:
            self.say(f"{session}: right, {AS_SHOWN}.")
            return
        for n, difference in enumerate((hard or came)[:6]):
            if n and difference.kind != "end":
                difference.report = None
            text = str(difference)
            if not n and not difference.report:
                text = f"{session}: they part at {text}"
            if difference.excuse:
                text = (f"{session}: {difference.place} may be otherwise: "
                        f"{difference.excuse}."
                        f"\n    the book's: {difference.want}"
                        f"\n    this tree's: {difference.got}")
            self.say(text if not n else "and at " + text
                     if not difference.excuse else text)
        if len(hard or came) > 6:
            self.say(f"and at {len(hard or came) - 6} more places.")

    def look_for_excuses(self, session, came):
        """Note of each difference why it need not be a mistake."""
        at_boot = taken_at_boot(came)
        counts = self.whose and counts_alike(session, came)
        for difference in came:
            difference.excuse = self.excuse(session, difference, at_boot) or (
                counts and excuse_count(session, difference))

    def excuse(self, session, difference, at_boot):
        """Why a difference need not be a mistake; or None. at_boot: how many
        frames more than the chapter's this kernel takes for good."""
        if difference.is_the_compilers() and (
                not self.whose or difference.n in self.compilers(session)):
            return (f"it is so with clang {compiler()}; the book's figures "
                    f"are clang {RECORDED_WITH}'s")
        if not self.whose:
            return None
        want, got = difference.want, difference.got
        if difference.kind == "more":
            again = {text for text in session.shown if text}
            if ALARM.search(got) or got in again:
                return None
            if difference.n < len(session.shown):
                return None if "exit" in difference.typed else \
                    "another message in between"
            if shape(got) in map(shape, session.shown) or \
                    are_a_programs(got, session, self.folder):
                return None
            return "another message before it goes off"
        if difference.kind == "words" and tells_the_place(session, want, got):
            return "a heap may find another place for a block"
        if difference.typed == "ps" and without_turns(want) == \
                without_turns(got):
            return "after fork, parent or child may be the first to run"
        if difference.kind not in ("figures", "addresses"):
            return None
        if difference.kind == "figures" and \
                without_places(want) == without_places(got):
            return "it names a line of the source"
        if want.startswith("called from:"):
            return "which functions are inlined is the compiler's choice"
        if difference.typed in HEAP_COMMANDS or uses_malloc(session):
            return "a heap may do it otherwise: a header of another size, " \
                "other steps"
        if difference.kind == "figures":
            return (self.excuse_frames(want, got, at_boot)
                    or self.excuse_size(session, want, got))
        if are_other_frames(want, got):
            return "which of the free frames comes first is the allocator's " \
                "choice"
        return None

    def excuse_frames(self, want, got, at_boot):
        """Do figures differ by as much as the kernel takes at boot, or as its
        stacks are larger?"""
        steps = changes(want, got)
        if not steps:  # blanks, or digits that are no number
            return None
        if at_boot and all(abs(step) in (abs(at_boot), 4 * abs(at_boot))
                           for step in steps):
            return (f"this kernel takes {abs(at_boot)} frames "
                    f"{'more' if at_boot > 0 else 'fewer'} at boot, for "
                    "records of another size, say")
        pages = stack_pages(self.folder)
        if pages and "frames for their stacks" in want and all(
                b == pages * a for a, b in zip(figures(want), figures(got))
                if a != b):
            return f"a kernel stack has {pages} pages here"
        return None

    def excuse_size(self, session, want, got):
        """Do figures differ by as much as the program's size?"""
        steps = changes(want, got)
        sizes = self.sizes(session)
        for pages in sizes:
            if pages and steps and all(abs(step) in (abs(pages), 4 * abs(pages))
                             for step in steps):
                return (f"the image is {abs(pages)} pages "
                        f"{'larger' if pages > 0 else 'smaller'} than the "
                        "chapter's")
        return None

    @functools.lru_cache(maxsize=None)
    def compilers(self, session):
        """The lines of a session that the compiler here makes the book's own
        tree say otherwise."""
        with Machine(session, session.place(), False) as machine:
            return {difference.n for difference in play(session, machine)
                    if difference.is_the_compilers()}

    @functools.lru_cache(maxsize=None)
    def sizes(self, session):
        """By how many pages this tree's program and kernel are larger."""
        mine = image_pages(session, session.place())
        theirs = image_pages(session, self.folder)
        kernel, program = (b - a for a, b in zip(mine, theirs))
        return kernel, program, kernel + program

    # ---- Quick tests, the strict machine, the chapter before -------------

    def try_tests(self, tests):
        """Run the quick tests of this chapter and of those before."""
        def run(test):
            try:
                return test.run(self.folder)
            except Unbuilt as unbuilt:
                if test.is_kernel:  # its parts may have other names here
                    return UNFIT
                return ("It does not build with this tree.",
                        str(unbuilt).split("\n", 1)[1])
        for test, lack in side_by_side(run, tests):
            if lack is UNFIT:
                self.not_tested.append(os.path.relpath(test.path, TOP))
                continue
            self.tests.append((test, lack))
            if lack:
                self.say(f"{test}: {lack[0]}\n{lack[1]}")
            self.go_on()

    def try_strictly(self, own):
        """Run the sessions on the strict machine, if it has been built."""
        if not os.access(MACHINE, os.X_OK):
            self.not_seen.append(
                "what QEMU hides, a missing sfence.vma or a page's A and D "
                "bits (make machine builds a machine that shows it)")
            return
        for session in own:
            if session.edits or session.printf or (
                    not self.whose and session.named is None):
                continue
            complaint = strict_complaint(
                session, self.folder if self.whose else session.place())
            if complaint and complaint not in self.strict:
                self.strict.append(complaint)
                self.say(f"{session}, on the strict machine: {complaint}")
                self.go_on()

    def look_earlier(self):
        """Which sessions of the chapter before, which this chapter's tree
        still passes, does the tree fail?"""
        tree = self.book.tree(self.number, self.block)
        page = self.book.chapter(self.number - 1)
        reference = place_tree(tree, self.name)
        for session in sessions(self.book, page):
            if not session.is_of(self.book, self.number - 1, None):
                continue
            if not passes(session, tree, reference):
                continue
            came = self.try_one(session)
            if not isinstance(came, Unbuilt):
                self.look_for_excuses(session, came)
                came = [it for it in came if not it.excuse]
            if came:
                self.earlier.append(str(session))
        for session in self.earlier:
            self.say(f"It fails already {session}: look there first.")

    # ---- The end ---------------------------------------------------------

    def conclude(self):
        """Say what was looked at, what not, and what looks further."""
        failed = [s for s, state, _ in self.found if state == PARTED]
        lacking = [test for test, lack in self.tests if lack]
        soft = sum(state == MAY_BE for _, state, _ in self.found)
        what = f"chapter {self.name}"
        self.say("")
        counts = [] if self.quick else [
            f"{len(self.found) - len(failed)} of {len(self.found)} sessions "
            "are as in the book" + f", {soft} of them but for what may be "
            "otherwise" * bool(soft)]
        if self.tests or self.quick:
            counts.append(f"{len(self.tests) - len(lacking)} of "
                          f"{len(self.tests)} quick tests hold")
        self.say("; ".join(counts) + ".")
        whose = "This tree" if self.whose else "The chapter's tree"
        if self.unbuilt:
            self.say(f"{whose} does not build.")
        elif self.good:
            looked = "the quick tests" if self.quick else "its sessions"
            self.say(f"As far as {looked} look, {whose.lower()} does what "
                     f"{what} shows.")
        else:
            self.say(f"{whose} does not do what {what} shows.")
        if self.whose:
            for text in self.not_looked_at():
                self.say(f"Not looked at: {text}.")
            self.say(f"What looks further: make test SRC={self.whose}")

    def not_looked_at(self):
        sessions_not = [text for text in self.not_seen
                        if not text.startswith("what QEMU")]
        rest = [text for text in self.not_seen if text.startswith("what Q")]
        if self.unbuilt:
            return ["everything after the build"]
        if self.stopped:
            return ["everything after the first mistake"]
        return ["the chapter's sessions"] * self.quick + [
            "of the chapter's sessions " + ", ".join(sessions_not)] * bool(
            sessions_not) + [
            f"what {' and '.join(self.not_tested)} test, whose names this "
            "tree's kernel.c does not have"] * bool(self.not_tested) + rest + [
            "code that no session and no quick test runs"]

    def report(self):
        """The same for programs."""
        return {
            "chapter": self.name, "folder": self.whose,
            "verdict": "does not build" if self.unbuilt else
                       "as shown" if self.good else "differs",
            "files_lacking": self.lacks,
            "compiler": self.unbuilt,
            "sessions": [{
                "session": str(session), "place": session.block.at(0),
                "state": state, "differences": [{
                    "place": it.place, "kind": it.kind, "expected": it.want,
                    "got": it.got, "may_be_because": it.excuse}
                    for it in came]} for session, state, came in self.found],
            "quick_tests": [{
                "test": test.title, "file": os.path.relpath(test.path, TOP),
                "holds": not lack, "says": lack[0] if lack else None}
                for test, lack in self.tests],
            "strict_machine": self.strict,
            "fails_already": self.earlier,
            "not_looked_at": self.not_looked_at(),
            "further": f"make test SRC={self.whose}" if self.whose else None,
        }


def side_by_side(function, things):
    """Each thing with what the function says of it, in their order, as soon as
    it is known. Who stops asking has the rest left out."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield from zip(things, pool.map(function, things))
    finally:
        pool.shutdown(cancel_futures=True)


def place_tree(tree, name):
    """Write a chapter's tree where products go."""
    folder = os.path.join(WORK, "whole-" + name)
    write_tree(tree, folder)
    return folder


def without_places(line):
    """A line without the numbers of source lines, and without addresses."""
    return Likeness.TOKEN.sub("@", re.sub(r"\b(\w+\.[chS]):\d+", r"\1", line))


def without_turns(line):
    """A line of ps, in which ready and waiting are the same."""
    return shape(re.sub(r"\b(ready|waiting)\b", "", line))


def are_other_frames(want, got):
    """Do two lines name pages of RAM and no other addresses, the second one
    as many different ones as the first?"""
    mine, theirs = (Likeness.TOKEN.findall(line) for line in (want, got))
    return (all(re.fullmatch(r"8[0-7][0-9a-f]{3}000", text)
                for text in mine + theirs if "…" not in text)
            and [mine.index(text) for text in mine]
            == [theirs.index(text) for text in theirs])


def figures(line):
    """The numbers in a line, without addresses."""
    line = Likeness.TOKEN.sub("@", line)
    return [int(text.replace(",", "")) for text in NUMBER.findall(line)
            if "…" not in text]


def changes(want, got):
    """By how much the figures of two lines differ, where they do."""
    return {b - a for a, b in zip(figures(want), figures(got)) if a != b}


def taken_at_boot(came):
    """How many frames fewer a kernel says it has free when it begins; a record
    of one byte more for each frame costs four."""
    for it in came:
        said = [re.fullmatch(r"leaf: (\d+) of (\d+) page frames free.*", line)
                for line in (it.want, it.got)]
        if all(said) and said[0][2] == said[1][2]:
            return int(said[0][1]) - int(said[1][1])
    return 0


def stack_pages(folder):
    """How many pages a tree gives to a kernel stack, if it calls them so."""
    for name in ("kernel.h", "kernel.c"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.search(r"(?m)^#define KERNEL_STACK_PAGES +(\d+)",
                                  file.read())
            if found:
                return int(found[1])
    return 0


def uses_malloc(session):
    """Is a session about a program that asks malloc?"""
    return bool(session.app) and any(
        re.search(r"\b(malloc|calloc|realloc|heap_\w+)\(", line)
        for line in program_of(session))


def counts_alike(session, came):
    """Does each count of page frames that a session shows correspond to one
    count here? Then what came back there has come back here, too."""
    others, alike = {it.n: it.got for it in came}, {}
    for n, want in enumerate(session.shown):
        mine, theirs = figures(want), figures(others.get(n, want))
        if len(mine) == len(theirs) and any(
                alike.setdefault(a, b) != b
                for a, b in zip(mine, theirs) if a >= MANY):
            return False
    return True


def excuse_count(session, difference):
    """Are the page frames counted that a kernel and its processes take? A
    kernel with larger records, or stacks of more pages, takes some more. What
    an allocation shows between two lines is the same."""
    want, got = difference.want, difference.got
    if difference.kind != "figures" or want.startswith("total"):
        return None
    table = difference.typed == "mem"
    if not table and difference.typed not in MEMORY_COMMANDS and not (
            session.app and any("meminfo(" in line
                                for line in program_of(session))):
        return None
    steps = [(a, b) for a, b in zip(figures(want), figures(got)) if a != b]
    if all(abs(b - a) <= FEW * (4 if table else 1) and (table or a >= FEW)
           for a, b in steps):
        return "a kernel may take a few pages more or fewer for itself"
    return None


def tells_the_place(session, want, got):
    """Are these two lines a program's words for whether a block lies where
    another lay? puts(d == b ? "it lies there" : "it does not");"""
    program = "\n".join(program_of(session)) if session.app else \
        session.tree.get("shell.c", "")
    return (want, got) in re.findall(
        r' == [^?;{}]*\?\s*"([^"]*)"\s*:\s*"([^"]*)"', program)


def are_a_programs(words, session, folder):
    """Could the program of a session have said that? Then it went on where it
    should have ended."""
    source = "\n".join(program_of(session)) if session.app else ""
    path = os.path.join(folder, "shell.c")
    if not session.app and os.path.exists(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            source = file.read()
    source = re.sub(r'"\s*"', "", source)
    return any(len(part.strip()) > 3 and part.strip() in words
               for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)
               for part in re.split(r"%[-0-9.*]*[a-z]+|\\.", text))


def program_of(session):
    """The lines of a session's program on its page."""
    name = os.path.basename(session.app)
    return [line for block in session.block.page.blocks if block.name == name
            for line in block.lines]


def passes(session, tree, folder):
    """Does a tree of the book's do what a session shows?"""
    facts = session_facts(session, tree)
    if is_known(*facts):
        return True
    if is_known("parted", *facts):
        return False
    try:
        check_session(session, folder, strict=False, first=True)
    except Parted:
        remember("parted", *facts)
        return False
    remember(*facts)
    return True


def image(session, folder):
    """Where the kernel that run.sh built for a session is."""
    app = [f"APP={session.argv(folder)[2]}"] if session.app else []
    done = subprocess.run(
        ["make", "-s", "--no-print-directory", "where",
         f"SRC={os.path.abspath(folder)}", *app], cwd=TOP,
        env=environment(session), check=False, capture_output=True, text=True)
    return os.path.join(TOP, done.stdout.strip())


def image_pages(session, folder):
    """How many pages a kernel and its program take."""
    where = image(session, folder)
    if not os.path.exists(os.path.join(where, "kernel.elf")):
        with Machine(session, folder, False) as machine:
            machine.line(0)
    kernel, program = 0, 0
    for name in os.listdir(where) if os.path.isdir(where) else ():
        if name == "kernel.elf":
            kernel = loaded_pages(os.path.join(where, name), True)
        elif name.endswith(".elf"):
            program = loaded_pages(os.path.join(where, name), False)
    return kernel, program


def loaded_pages(path, as_one):
    """The pages of an ELF file's segments, or of all from first to last."""
    with open(path, "rb") as file:
        data = file.read()
    at, = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    pages = set()
    for i in range(count):
        kind, _, start, _, _, length = struct.unpack_from(
            "<6I", data, at + i * size)
        if kind == 1 and length:
            pages.update(range(start >> 12, (start + length + 4095) >> 12))
    return max(pages) - min(pages) if as_one and pages else len(pages)


def strict_complaint(session, folder):
    """What the strict machine says while it is given a session; or None."""
    kernel = os.path.join(image(session, folder), "kernel.elf")
    if not os.path.exists(kernel):
        return None
    with Machine(session, folder, False,
                 [MACHINE, "--strict", kernel]) as machine:
        try:
            play(session, machine)
        except Parted:
            pass
        machine.stderr.seek(0)
        said = machine.stderr.read().decode("utf-8", "replace")
    found = re.search(r"(?m)^machine: (?!\d+ instructions)(.*)", said)
    return found[1] if found else None
