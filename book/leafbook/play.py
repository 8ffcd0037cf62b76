"""Playing a session on a machine, and where the two part."""

import re
import time

from .basics import LINE_TIME, PROMPT, Parted
from .sessions import Machine


class Likeness:
    """Do lines agree with the page's? Eight-digit hexadecimal numbers need
    not be equal, but must correspond one to one over the session; `…` stands
    for any digits, and spaces beside it for any number of spaces."""

    TOKEN = re.compile(r"(?:(?<=0x)|(?<![0-9A-Za-z_]))[0-9a-fA-F]{8}"
                       r"(?![0-9A-Za-z_])| *… *")

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
                numbers.append(token[0])
                pattern += "([0-9a-fA-F]{8})"
        found = re.fullmatch(pattern + re.escape(want[done:]), got)
        for mine, other in zip(numbers, found.groups() if found else ()):
            if self.there.setdefault(mine, other) != other:
                return (f"{mine} was {self.there[mine]} before, "
                        f"and is {other} here")
            if self.back.setdefault(other, mine) != mine:
                return (f"{other} stood for {self.back[other]} before, "
                        f"and for {mine} here")
        return None if found else "the lines differ"


def play(session, machine):
    """Type what was typed; Parted at the first line that is not the page's.
    """
    alike, index = Likeness(), 0
    for n, (want, keys) in enumerate(zip(session.shown, session.keys)):
        if keys and not want.startswith(PROMPT.rstrip()):
            machine.read(0.5)  # let the program run that gets this key
            machine.type(keys)
            continue
        if keys:
            got = machine.line(index, lambda text: text == PROMPT.rstrip())
            if got is None or not got.startswith(PROMPT.rstrip()):
                part(machine, n, index, got, "the prompt is missing")
            machine.type(keys)
            want = PROMPT.rstrip() if len(keys) == 1 else want
        last = n == len(session.shown) - 1 and not keys
        got = machine.line(index, lambda text: last and not
                           alike.differ(want, text) and not machine.read(0.3))
        why = alike.differ(want, got or "")
        if got is None and want or why:
            part(machine, n, index, got, why)
        index += 1
    finish(session, machine, index)


def finish(session, machine, index):
    """Nothing may follow the last line shown if the machine goes off; and it
    must if the page shows its status, or ends in exit."""
    last = "".join(session.shown[-1:])
    must = session.status is not None or last.startswith(PROMPT + "exit")
    until = time.monotonic() + (LINE_TIME if must else 1)
    while machine.on and time.monotonic() < until:
        if not machine.read(LINE_TIME if must else 0.3):
            break
    if machine.on and must:
        part(machine, len(session.shown), index, None, "")
    if not machine.on and any(machine.lines()[index:]):
        part(machine, len(session.shown), index, machine.lines()[index], "")
    if must and session.status not in (None, machine.status):
        raise Parted(f"{session}: the page ends with status {session.status},"
                     f" this with {machine.status}.")


def part(machine, n, index, got, why):
    """Say where page and tree part, and show the console around it."""
    machine.must_have_booted()
    until = time.monotonic() + 0.5
    while machine.on and time.monotonic() < until:  # a panic's report, say
        machine.read(0.1)
    session, lines = machine.session, machine.lines()
    if got is None:
        why, got = "", (
            f"nothing more in {LINE_TIME:g} seconds: it hangs, or waits"
            if machine.on else
            f"the machine went off with status {machine.status}")
    start = max(0, index - 4)
    raise Parted("\n".join([
        f"{session}: they part at {session.block.at(n + 1)}"
        + f": {why}." * bool(why),
        "    expected: " + [*session.shown, "the machine goes off"][n],
        f"    got:      {got}",
        "    its console:",
        *(f"    {'>' if i == index else '|'} {line}"
          for i, line in enumerate(lines[start:index + 9], start))]))


def check_session(session, folder=None):
    """Boot a session's own tree, or somebody's; Parted if it differs."""
    strict = not folder and not session.edits
    with Machine(session, folder or session.place(), strict) as machine:
        play(session, machine)
