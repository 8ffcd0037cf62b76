"""Playing a session on a machine, and where page and tree part."""

import functools
import os
import re
import subprocess
import time

from .basics import ENDLESS, LINE_TIME, PROMPT, Parted
from .sessions import Machine

BARE = PROMPT.rstrip()
RECORDED_WITH = "14"  # the clang that made the figures of the sessions


@functools.lru_cache(maxsize=None)
def compiler():
    """The version of clang here, of which there may be any number."""
    try:
        said = subprocess.run(
            [os.environ.get("CC") or "clang", "-dumpversion"], check=False,
            capture_output=True, text=True).stdout
    except OSError:
        said = ""
    return said.split(".")[0].strip() or "of another version"


class Likeness:
    """Do lines agree with the page's? Addresses, which are hexadecimal numbers
    of eight digits, or of seven after 0x, need not be equal, but must
    correspond one to one over the session; `…` stands for any digits, and
    spaces beside it for any number of spaces. What follows the name of a
    register without addresses in it is no address."""

    TOKEN = re.compile(r"(?:(?<=0x)[0-9a-fA-F]{7,8}|(?<![0-9A-Za-z_])"
                       r"[0-9a-fA-F]{8})(?![0-9A-Za-z_])| *… *")
    # Of sstatus only SIE, SPP, FS and SD: the others may be as they are.
    REGISTER = re.compile(r"\b(scause|sstatus|sie|sip) $")
    BITS = {"sstatus": 0x80006102}

    def __init__(self):
        self.there = {n * 8: n * 8 for n in "0f"}  # null is null everywhere
        self.back = dict(self.there)

    def differ(self, want, got):
        """None, or why these lines do not agree."""
        pattern, done, numbers = "", 0, []
        for token in self.TOKEN.finditer(want):
            pattern += re.escape(want[done:token.start()])
            done = token.end()
            if "…" in token[0]:
                left, right = token[0].split("…")
                pattern += (" +" * bool(left) + "[0-9a-fA-F]+"
                            + " +" * bool(right))
            else:
                register = self.REGISTER.search(want[:token.start()])
                numbers.append((token[0], register and register[1]))
                pattern += f"([0-9a-fA-F]{{{len(token[0])}}})"
        found = re.fullmatch(pattern + re.escape(want[done:]), got)
        for (mine, register), other in zip(numbers,
                                           found.groups() if found else ()):
            if register:
                bits = self.BITS.get(register, 0xffffffff)
                if (int(mine, 16) ^ int(other, 16)) & bits:
                    return f"{register} is {other}, and the page's is {mine}"
            elif self.there.setdefault(mine, other) != other:
                return (f"the page's {mine} was {self.there[mine]} here "
                        f"before, and is {other} now")
            elif self.back.setdefault(other, mine) != mine:
                return (f"{other} stood for the page's {self.back[other]} "
                        f"before, and for {mine} here")
        return None if found else "the lines differ"


NUMBER = re.compile(r"(?<![\w@])-?(?:\d[\d,]*|…)+(?![\w@])")


def shape(line):
    """A line's words, without its addresses, figures and blanks. A row of a
    picture is an address and then no words."""
    line = Likeness.TOKEN.sub(
        lambda found: found[0] if "…" in found[0] else "@", line)
    if re.fullmatch(r"@ +[^ ]*", line) and len(line) > 40:
        return "@ a picture"
    line = re.sub(r"@( @)+", "@", line)  # a backtrace's length may vary
    return " ".join(NUMBER.sub("#", line).split())


class Difference:
    """One place where page and tree part. Kinds: words and figures differ,
    addresses do not correspond, lines are missing or more than expected, or
    it ends there: it hangs, or the machine goes off."""

    def __init__(self, session, kind, n, want, got, why, report=None):
        self.session, self.kind, self.n = session, kind, n
        self.place = session.block.at(n + 1)
        self.want, self.got, self.why = want, got, why
        self.excuse = None  # why it need not be a mistake
        self.report = report  # with the console around it
        self.typed = next(
            (line[len(PROMPT):].split(" ")[0] for line, keys in
             zip(session.shown[n::-1], session.keys[n::-1]) if keys), "")

    def is_the_compilers(self):
        """May this be because another compiler makes other code?"""
        return (self.kind in ("figures", "addresses")
                and compiler() != RECORDED_WITH)

    def __str__(self):
        if self.report:
            return self.report
        why = f": {self.why}" if self.why else ""
        if self.kind == "more":
            return f"{self.place}{why}\n    got:      {self.got}"
        return (f"{self.place}{why}\n    expected: {self.want}\n"
                f"    got:      {self.got}")


class Gap(Exception):
    """At a line, page and tree part."""

    def __init__(self, index, got, why, typed=False):
        super().__init__()
        self.index, self.got, self.why, self.typed = index, got, why, typed


def play(session, machine, first=False):
    """Type what was typed; returns the differences, of which the first has
    the console around it. After one, the next command begins anew, unless
    the first is enough, or nothing came for the second time."""
    found, alike, index, n, silent = [], Likeness(), 0, 0, 0
    while n < len(session.shown):
        try:
            index = step(session, machine, alike, n, index)
            n += 1
            if n == len(session.shown):
                finish(session, machine, index)
        except Gap as gap:
            if gap.why == "the end":
                n = len(session.shown)
            found.append(tell(session, machine, n, gap))
            if gap.why == "the end" and found[-1].kind == "more":
                found += [Difference(session, "more", n, "", text,
                                     "it says something more")
                          for text in machine.lines()[gap.index + 1:] if text]
            silent += gap.got is None
            if n == len(session.shown) or silent == 2 or (
                    first and not found[-1].is_the_compilers()):
                return found
            n, index = go_on(session, machine, alike, n, gap, found)
    if not session.shown:
        try:
            finish(session, machine, index)
        except Gap as gap:
            found.append(tell(session, machine, 0, gap))
    return found


def step(session, machine, alike, n, index):
    """Line n of a session, which is line index of the console's."""
    want, keys = session.shown[n], session.keys[n]
    if keys and not want.startswith(BARE):
        machine.read(0.5)  # let the program run that gets this key
        machine.type(keys)
        return index
    if keys:
        got = machine.line(index, lambda text: text == BARE)
        if got is None or not got.startswith(BARE):
            raise Gap(index, got, "the prompt is missing")
        machine.type(keys)
        want = BARE if len(keys) == 1 else want
    last = n == len(session.shown) - 1 and not keys
    got = machine.line(index, lambda text: last and not
                       alike.differ(want, text) and not machine.read(0.3))
    why = alike.differ(want, got or "")
    if got is None and want or why:
        raise Gap(index, got, why, bool(keys))
    return index + 1


def finish(session, machine, index):
    """Nothing may follow the last line shown if the machine goes off; and it
    must if the page shows its status, or ends in exit. What follows is told
    only if it ends as it should."""
    last = "".join(session.shown[-1:])
    must = session.status is not None or last.startswith(PROMPT + "exit")
    until = time.monotonic() + (LINE_TIME if must else 1)
    while machine.on and time.monotonic() < until:
        if not machine.read(LINE_TIME if must else 0.3):
            break
    if machine.on and must:
        raise Gap(index, None, "the end")
    if must and session.status not in (None, machine.status):
        raise Gap(index, f"status {machine.status}", "the end")
    more = [] if machine.on else machine.lines()[index:]
    if any(more):
        index += next(i for i, text in enumerate(more) if text)
        raise Gap(index, machine.lines()[index], "the end")


def tell(session, machine, n, gap):
    """The difference at line n, with the console around it."""
    machine.must_have_booted()
    until = time.monotonic() + 0.5
    while machine.on and time.monotonic() < until:  # a panic's report, say
        machine.read(0.1)
    lines, why, got = machine.lines(), gap.why, gap.got
    over, kind = why == "the end", "words"
    want = [*session.shown, "the machine goes off"][n]
    if over:
        why, kind = "", "end" if got is None else "more"
        if got and got.startswith("status "):
            kind, want = "words", f"status {session.status}"
            return Difference(session, kind, n, want, got, why, "\n".join([
                f"{session}: the page ends with {want}, this with "
                f"{got[7:]}.", *(f"    > {line}" for line in
                                 lines[gap.index:][:9] if line)]))
    if got is None:
        kind, why, got = "end", "", (
            f"nothing more in {LINE_TIME:g} seconds: it hangs, or waits"
            if machine.on else
            f"the machine went off with status {machine.status}")
    elif not over and shape(want) == shape(got):
        kind = "figures" if why == "the lines differ" else "addresses"
    index = gap.index
    start = max(0, index - 4)
    return Difference(session, kind, n, want, got, why, "\n".join([
        f"{session}: they part at {session.block.at(n + 1)}"
        + f": {why}." * bool(why),
        f"    expected: {want}",
        f"    got:      {got}",
        "    its console:",
        *(f"    {'>' if i == index else '|'} {line}"
          for i, line in enumerate(lines[start:index + 9], start))]))


def go_on(session, machine, alike, n, gap, found):
    """Hold what came until the next prompt against what the page shows up to
    its next command. Returns where both go on; or where the page ends, if
    nothing more can be tried."""
    end, index = len(session.shown), gap.index
    stop = next((at for at in range(n + gap.typed, end)
                 if session.keys[at] and session.shown[at].startswith(BARE)),
                None)
    late = time.monotonic() + 6 * LINE_TIME
    patience = 1 if gap.got is None and gap.why != "the end" else LINE_TIME
    while machine.on and len(machine.raw) < ENDLESS \
            and time.monotonic() < late:
        lines = machine.lines()
        asks = lines[-1] == BARE and len(lines) > index + gap.typed
        more = stop is not None or len(lines) <= index + end - n
        if stop is not None and asks or not machine.read(
                patience if more else 1):
            break
    lines = machine.lines()
    asks = lines[-1] == BARE and len(lines) > index + gap.typed
    first = found.pop()
    if stop is None or not asks:
        until = end if stop is None else stop
        rest = lines[index:][:200]
        while rest and rest[-1] in ("", BARE) and \
                rest[-1:] != session.shown[-1:]:
            rest.pop()  # what the page need not show
        compare(session, alike, n, until, rest, index, first, found)
        if stop is not None:
            found[-1].report = (found[-1].report or str(found[-1])) + (
                "\n    Nothing after that could be tried.")
        elif session.status not in (None, machine.status):
            found.append(Difference(
                session, "words", end, f"status {session.status}",
                "the machine stays on" if machine.on else
                f"status {machine.status}", "how it ends"))
        return end, index
    compare(session, alike, n, stop, lines[index:-1][:200], index, first,
            found)
    return stop, len(lines) - 1


def compare(session, alike, n, end, got, index, first, found):
    """Hold lines n to end of a session against those that came. The first
    difference keeps its report, if lines that came between do not explain
    it."""
    want = session.shown[n:end]
    before = len(found)
    pairs = align([shape(line) for line in want],
                  [shape(line) for line in got])
    for i, j in pairs:
        if j is None:
            found.append(Difference(session, "missing", n + i, want[i],
                                    "nothing like it", "it is missing"))
        elif i is None:
            at = min(n + max([i for i, b in pairs
                              if i is not None and b is not None and b < j],
                             default=-1) + 1, max(0, end - 1))
            found.append(Difference(session, "more", at, "", got[j],
                                    "it says something more"))
        else:
            why = alike.differ(want[i], got[j])
            if why:
                same = shape(want[i]) == shape(got[j])
                kind = ("words" if not same else "figures"
                        if why == "the lines differ" else "addresses")
                found.append(Difference(session, kind, n + i, want[i],
                                        got[j], why))
    new = found[before:]
    extra = {it.got for it in new if it.kind == "more"}
    for it in new:
        if it.kind == "missing" and it.want in extra:
            it.why = "it comes in another place"
    if not new or first.kind == "end" or any(
            it.n == first.n and it.kind == first.kind for it in new):
        found[before:] = [first] + [
            it for it in new if first.kind != "end" and it.n != first.n]
    else:
        new[0].report = f"{session}: they part at {new[0]}"


def align(want, got):
    """Pairs (i, j) of lines that belong together; None where there is none.
    Lines of the same shape do, and as many as possible."""
    size = [[0] * (len(got) + 1) for _ in range(len(want) + 1)]
    for i in range(len(want) - 1, -1, -1):
        for j in range(len(got) - 1, -1, -1):
            size[i][j] = (1 + size[i + 1][j + 1] if want[i] == got[j] else
                          max(size[i + 1][j], size[i][j + 1]))
    pairs, left, right, i, j = [], [], [], 0, 0
    while i < len(want) or j < len(got):
        if i < len(want) and j < len(got) and want[i] == got[j]:
            pairs += rest(left, right) + [(i, j)]
            left, right, i, j = [], [], i + 1, j + 1
        elif j == len(got) or i < len(want) and \
                size[i + 1][j] >= size[i][j + 1]:
            left, i = left + [i], i + 1
        else:
            right, j = right + [j], j + 1
    return pairs + rest(left, right)


def rest(left, right):
    """Lines between two that agree, as they come."""
    both = min(len(left), len(right))
    return (list(zip(left, right)) + [(i, None) for i in left[both:]]
            + [(None, j) for j in right[both:]])


def check_session(session, folder=None, strict=True, first=False):
    """Boot a session's tree, which may stand in a folder already; or what
    somebody made of it. Parted if it differs. strict: a warning ends the
    build, unless the page changed the tree by hand."""
    strict = strict and not session.edits
    with Machine(session, folder or session.place(), strict) as machine:
        found = [difference for difference in play(session, machine, first)
                 if not difference.is_the_compilers()]
    if found:
        raise Parted(str(found[0]))
