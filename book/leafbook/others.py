"""Kernels that are not leaf's: readers of *Operating System in 1,000 Lines*
have nine files with the same names."""

import re

MARKS = ("PROCS_MAX", "kernel_entry", "_binary_shell_bin", "virtio_blk",
         "struct sbiret", "handle_trap", "handle_syscall", "proc_a_entry")

# What a chapter of leaf's makes, and what it is called there.
HAS = (
    (1, "the console by SBI", r"\bsbi_call\b"),
    (2, "printf", r"\bvoid printf\b|\bint printf\b"),
    (3, "panic and traps", r"\bhandle_trap\b"),
    (4, "page frames, never given back", r"\balloc_pages\b"),
    (5, "page tables", r"\bmap_page\b"),
    (6, "frames that are given back", r"\bfree_pages?\b"),
    (7, "a kernel heap", r"\bkmalloc\b"),
    (9, "processes and the switch", r"\bswitch_context\b"),
    (10, "the clock", r"\bSTIE\b|\bset_timer\b|\brdtime\b"),
    (11, "user mode and a linked program", r"\buser_entry\b|USER_BASE"),
    (12, "system calls and a shell", r"\bhandle_syscall\b"),
    (13, "sbrk", r"\bsbrk\b"),
    (14, "malloc and free", r"\bmalloc\s*\("),
)


def original(tree):
    """Is it such a kernel?"""
    text = tree.get("kernel.c", "")
    return sum(mark in text for mark in MARKS) >= 3


def describe(tree, folder):
    """What it has, and from where on it can be held against leaf."""
    text = "\n".join(tree.values())
    there = [(n, what) for n, what, name in HAS if re.search(name, text)]
    lacks = [(n, what) for n, what, name in HAS if not re.search(name, text)]
    lines = [f"{folder} is a kernel of \"Operating System in 1,000 Lines\". "
             "It has, with leaf's chapter beside it:",
             *(f"    {n:2}  {what}" for n, what in there)]
    if lacks:
        first, what = lacks[0]
        lines += ["It has nothing yet of:",
                  *(f"    {n:2}  {what}" for n, what in lacks)]
    if "malloc and free" in (what for _, what in lacks):
        lines += [
            "Its console says other things than leaf's, and its Makefile and "
            "files are put together otherwise, so no",
            "session can be tried. It can be compared from chapter "
            f"{first} on ({what}): book/chapter tree {first - 1} DIR is",
            "where leaf stands before that, and book/chapter check "
            f"{first} DIR judges what you make of it.",
            "book/your-kernel.md gives it sbrk and malloc as it stands, in "
            "four steps."]
    else:
        lines += [
            "Its heap can be compared from chapter 14 on: book/chapter diff "
            f"-wc 14 {folder} user.c. Its console says",
            "other things than leaf's, so no session can be tried."]
    return "\n".join(lines)
