"""Sessions: the commands in a page, the machine that they boot, and what
its console must show."""

import functools
import os
import re
import select
import shlex
import signal
import subprocess
import tempfile
import time

from .basics import (BUILD_TIME, LINE_TIME, PROMPT, READERS, TOP, WORK,
                     Trouble, Unbuilt, write)
from .diffs import apply
from .trees import edit, write_tree

COMMAND = re.compile(r"\$ (?:(printf '[^']*') \| )?"
                     r"((?:\w+=(?:'[^']*'|[^\s']\S*) )*)"
                     r"\./run\.sh(?: --app (\S+))? "
                     rf"(\d+(?:\.\d+)?|{re.escape(READERS)})")
KEY = re.compile(r"\^([A-Z])")  # a line of its own, or typed at the prompt


class Session:
    """A console block: a command, what is shown, what of it was typed."""

    def __init__(self, book, block, edits=(), changed=None, answer=None):
        """edits are the without and with blocks above it that still hold;
        changed is an answer's tree, which stands for the chapter's."""
        self.block, self.edits, self.answer = block, edits, answer
        lines = block.lines[:2] if answer else block.lines
        command = COMMAND.fullmatch(lines[0] if lines else "")
        page = block.page
        if not command:
            raise Trouble(f"{self}: its first line must be '$ ./run.sh "
                          f"{page.number or 'N'}'. \"printf '...' |\" or "
                          "NAME=value may stand before it, --app FILE in "
                          f"it, {page.number or 'N'}.B or {READERS} at its "
                          "end.")
        self.printf, self.settings, self.app, name = command.groups()
        self.named = None if name == READERS else book.find(name)
        if self.named and 0 < page.number < self.named[0]:
            raise Trouble(f"{self}: {name} is later than this page. Its "
                          f"first line must be '$ ./run.sh {page.number}', "
                          "or name an earlier tree.")
        if edits and self.named:
            raise Trouble(f"{self}: ./run.sh {name} does not show what the "
                          "lines changed above it do, since it is the "
                          "reader's own tree where they are changed. It "
                          "must end in " + READERS + ".")
        if changed:
            self.tree = changed
        elif self.named:
            self.tree = book.tree(*self.named)
        elif page.number:
            self.tree = functools.reduce(
                edit, edits, book.tree(page.number, block.after))
        else:
            raise Trouble(f"{self}: this page is no chapter, so what is in "
                          f"{READERS} here? Name a chapter's tree.")
        self.shown, self.status = [line.rstrip() for line in lines[1:]], None
        if self.shown[-2:-1] == ["$ echo $?"]:
            self.status = self.shown[-1]
            del self.shown[-2:]
        self.keys = [self.typed(line) for line in self.shown]
        if self.shown[-1:] == [PROMPT.rstrip()]:
            self.keys[-1] = None  # it is where the session was left

    def __str__(self):
        if self.answer:
            return f"{self.answer} ({self.answer.at(0)})"
        return (f"{self.block.page}, session {self.block.number} "
                f"({self.block.at(0)})")

    def typed(self, line):
        """What was typed in a line: a command, or a key; or None."""
        at_prompt = (line + " ").startswith(PROMPT)
        text = line[len(PROMPT):] if at_prompt else line
        if self.printf:
            return None
        if KEY.fullmatch(text):
            return chr(ord(text[1]) - 64)
        return text + "\r" if at_prompt else None

    def argv(self, folder):
        """The command that boots the tree in a folder, and perhaps in it a
        program, which is the page's last block with that name."""
        if not self.app:
            return ["./run.sh", folder]
        page, line = self.block.page, self.block.line
        name = os.path.basename(self.app)
        found = [b for b in page.blocks if b.name == name and b.line < line]
        if not found:
            raise Trouble(f"{self}: before it should be the program, in a "
                          f"block that begins with ```c {name}")
        path = os.path.join(WORK, "programs", f"{place_name(page)}-{line}",
                            name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(path, "\n".join(found[-1].lines) + "\n")
        return ["./run.sh", "--app", path, folder]

    def place(self):
        """Write its tree where products go; returns the folder."""
        block = self.answer or self.block
        if block.page.answers or not self.named:
            name = (f"{place_name(block.page)}-"
                    f"{'answer' if block.page.answers else 'mykernel'}-"
                    f"{block.line}")
        else:
            number, after = self.named
            name = f"{number:02}" + (f".{after}" if after else "")
        write_tree(self.tree, os.path.join(WORK, name))
        return os.path.join(WORK, name)

    def is_of(self, book, number, block):
        """Is it about just this tree, with nothing changed by hand?"""
        if self.edits:
            return False
        here = self.named or (self.block.page.number, self.block.after)
        whole = len(book.blocks(number))
        return (here[0], whole if here[1] is None else here[1]) == (
            number, whole if block is None else block)


def place_name(page):
    """How the names of a page's products begin."""
    return (f"{page.number:02}" if page.number else
            os.path.basename(page.path)[:-3])


EDITS = ("without", "with")  # what a reader changes for the next session


def sessions(book, page):
    """A page's sessions. Lines left out or put in hold for the next session,
    and for later ones that boot the reader's tree, up to the next such
    block, diff or heading."""
    found, edits, used = [], [], True
    for block in page.blocks:
        if edits and (block.kind == "diff"
                      or block.heading != edits[0].heading):
            must_be_used(edits, used)
            edits, used = [], True
        if block.kind in EDITS:
            edits, used = [*([] if used else edits), block], False
        elif block.kind == "console":
            names_a_tree = used and READERS not in "".join(block.lines[:1])
            found.append(Session(book, block,
                                 () if names_a_tree else tuple(edits)))
            used = True
    must_be_used(edits, used)
    return found


def must_be_used(edits, used):
    """Trouble if lines were changed and no session shows why."""
    if not used:
        raise Trouble(f"{edits[0]} ({edits[0].at(0)}): no session follows "
                      "that would show what happens with these lines "
                      "changed.")


def answer_sessions(book, page):
    """The sessions of a chapter's answers. Each answer's diffs are applied
    to the chapter's tree; one without a session of its own must boot as far
    as the first line of the chapter's."""
    found, answers = [], book.answers(page.number)
    whole = [session for session in sessions(book, page)
             if session.is_of(book, page.number, None)] if answers else []
    for blocks in answers.sections() if answers else ():
        tree, own = book.tree(page.number), False
        for block in blocks:
            if block.kind == "diff":
                tree = apply(tree, block)
            else:
                found.append(Session(book, block, changed=tree))
                own = True
        if not own and whole:
            found.append(Session(book, whole[0].block, changed=tree,
                                 answer=blocks[-1]))
    return found


def set_up():
    """Let run.sh install what is missing: that takes what time it takes, and
    is not part of a session's. What it found it need not look for again."""
    names = ("CC", "OPENSBI", "LEAF_FOUND")
    try:
        said = subprocess.run(
            ["./run.sh", "--with", "boot", "sh", "-c", 'printf "%s\\n" ' +
             " ".join(f'"${name}"' for name in names)], cwd=TOP, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
        os.environ.update(zip(names, said.splitlines()))
    except OSError as error:
        raise Trouble(f"./run.sh could not be started: {error}") from None
    except subprocess.CalledProcessError:
        raise Trouble("Nothing can be booted here: above, run.sh says what "
                      "is missing.") from None


def environment(session):
    """What make and run.sh are told of a session. Nobody debugs what is built
    for it, nor reads its listings: without them it takes a fifth less time."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("MAKE")
           and name not in ("MFLAGS", "SRC", "APP")}
    env.update(word.split("=", 1) for word in shlex.split(session.settings))
    env["DEFINES"] = f"{env.get('DEFINES', '')} -g0".strip()
    env["LISTINGS"] = ""
    return env


class Machine:
    """A tree that run.sh builds and boots, and its console."""

    def __init__(self, session, folder, strict, command=None):
        """strict: a warning ends the build. command: what boots the folder,
        instead of run.sh."""
        env = environment(session)
        if strict:
            env["DEFINES"] += " -Werror"
        self.session, self.raw, self.on, self.status = session, b"", True, None
        self.built = command is not None
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command or session.argv(os.path.abspath(folder)), cwd=TOP,
            env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.stderr, start_new_session=True)
        if session.printf:
            self.type(subprocess.run(["sh", "-c", session.printf], check=True,
                                     capture_output=True, text=True).stdout)
            self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Pull the plug: QEMU first, so that run.sh can clean up."""
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.stderr):
            try:
                file.close()
            except BrokenPipeError:
                pass

    def type(self, keys):
        try:
            self.process.stdin.write(keys.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it went off: its last line will not be the page's

    def read(self, seconds):
        """Wait for output; false if there was none."""
        if not select.select([self.process.stdout], [], [],
                             max(0, seconds))[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        self.raw += data
        if not data:
            self.on, self.status = False, str(self.process.wait())
        return True

    def lines(self):
        """What the kernel has printed: the last line is not complete yet."""
        text = self.raw.decode("utf-8", "replace").replace("\r", "")
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        if "\nOpenSBI".startswith(text[:8]):  # the firmware's banner
            parts = re.split(r"(?m)^Boot HART MEDELEG.*\n", text, maxsplit=1)
            text = parts[1] if len(parts) == 2 else ""
        return [line.rstrip() for line in text.lstrip("\n").split("\n")]

    def line(self, index, enough=lambda text: False):
        """Wait for a line: complete, or as much of it as is enough. None if
        it does not come."""
        start, booting = time.monotonic(), not self.raw and not self.built
        while True:
            lines, size = self.lines()[index:], len(self.raw)
            if len(lines) > 1 or lines and (
                    enough(lines[0]) or lines[0] and not self.on):
                return lines[0]
            if booting and self.raw:
                start, booting = time.monotonic(), False
            limit = start + (BUILD_TIME if booting else LINE_TIME)
            if not self.on or len(self.raw) == size and \
                    not self.read(limit - time.monotonic()):
                return None

    def must_have_booted(self):
        """Parted, with what the compiler or run.sh said, if it has not."""
        if self.raw or self.on:
            return
        self.stderr.seek(0)
        lines = self.stderr.read().decode("utf-8", "replace").split("\n")
        errors = [n for n, line in enumerate(lines) if "error:" in line]
        start = errors[0] if errors else max(0, len(lines) - 9)
        said = "\n    ".join(lines[start:start + 8]).rstrip()
        raise Unbuilt(f"{self.session}: it does not build or boot. ./run.sh "
                      f"says:\n    {said}")
