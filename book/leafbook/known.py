"""What was tried before and was right: unchanged, it need not be tried
again. The notes are under build/book, named by checksums of all that counts:
the tree, the session, the tool, Makefile, compile_flags.txt, run.sh, compiler
and emulator."""

import functools
import hashlib
import os
import subprocess

from .basics import TOP, WORK, write

FRESH = []  # not empty: nothing is known


@functools.lru_cache(maxsize=None)
def tools():
    """A checksum of what builds, boots and judges."""
    found = hashlib.sha256()
    here = os.path.dirname(os.path.realpath(__file__))
    for path in (*(os.path.join(here, name)
                   for name in sorted(os.listdir(here))),
                 *(os.path.join(TOP, name) for name in
                   ("Makefile", "compile_flags.txt", "run.sh"))):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found.update(file.read())
    for command in ("clang", "ld.lld", "qemu-system-riscv32"):
        try:
            found.update(subprocess.run(
                [command, "--version"], check=False,
                capture_output=True).stdout)
        except OSError:
            pass
    for name in ("CC", "DEFINES", "OPENSBI", "LEAF_QEMU", "PATH"):
        found.update(os.environ.get(name, "").encode() + b"\0")
    return found.hexdigest()


def note(*facts):
    """The file that says that this was right."""
    name = hashlib.sha256(repr((tools(), facts)).encode()).hexdigest()
    return os.path.join(WORK, "known", name[:32])


def is_known(*facts):
    return not FRESH and os.path.exists(note(*facts))


def remember(*facts):
    path = note(*facts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write(path, "")


def session_facts(session, tree=None):
    """What a session's outcome depends on."""
    program = None
    if session.app:
        with open(session.argv("")[2], encoding="utf-8") as file:
            program = file.read()
    return ("session", sorted((tree or session.tree).items()), program,
            session.block.lines, bool(session.answer), bool(session.edits))
