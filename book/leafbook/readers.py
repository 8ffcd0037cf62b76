"""The calls for readers: list, tree and diff. Their first comment is what
--help says."""

import difflib
import os
import re
import statistics

from .basics import SOURCES, TOP, WORK, Trouble
from .diffs import added, removed
from .trees import somebodys_tree, write_tree


def call_list(book, args):
    """shows each chapter's blocks, lines, words and runs

    blocks, added: its diff blocks, and the lines that they add. words: of
    prose; /line: for each line added or removed. runs: its sessions; first:
    the line of the page where the first one stands, in percent of the page;
    blind: the most lines that are added from one run to the next. minutes:
    200 words or 12 added lines each. With a number: the blocks of that
    chapter, by the names that tree, diff, check and ./run.sh know them by.
    """
    if args.name:
        page = book.chapter(book.find(args.name)[0])
        print("  block  added  line  under")
        for block in page.of("diff"):
            print(f"{block.label:>7}{added(block):7}{block.line:6}  "
                  f"{block.heading}{' (unfinished)' * block.unfinished}")
        return
    print("chapter  blocks  added  words  /line  runs  first  blind  minutes"
          "  title")
    rows = [measure(page) for page in book.chapters]
    for page, row in zip(book.chapters, rows):
        print_row(page.number, row, page.title)
    if rows:
        print_row("all", [
            sum(row[i] for row in rows) if i in (0, 1, 2, 4, 7) else
            statistics.median(row[i] for row in rows) if i == 3 else
            max(row[i] for row in rows) for i in range(8)],
            f"{len(rows)} chapters; /line is the median")


def print_row(number, row, title):
    print(f"{number:>7}{row[0]:8}{row[1]:7}{row[2]:7}{row[3]:7.1f}{row[4]:6}"
          f"{row[5]:6}%{row[6]:7}{row[7]:9.0f}  {title}")


def measure(page):
    """(blocks, added lines, words, words a changed line, runs, where the
    first run stands, most lines between two, minutes) of a chapter."""
    diffs, runs = page.of("diff"), page.of("console")
    plus = sum(map(added, diffs))
    changed = sum(map(added, diffs)) + sum(map(removed, diffs))
    words = sum(len(re.findall(r"\w[\w'’-]*", line))
                for _, line in page.prose)
    blind, since = 0, 0
    for block in page.blocks:
        since = 0 if block.kind == "console" else since + (
            added(block) if block.kind == "diff" else 0)
        blind = max(blind, since)
    first = 100 * runs[0].line // len(page.lines) if runs else 100
    return (len(diffs), plus, words, words / max(1, changed), len(runs),
            first, blind, words / 200 + plus / 12)


def call_tree(book, args):
    """writes a chapter's sources

    They are the files as they stand at the chapter's end, or after one of
    its blocks: 7.3 is chapter 7's third, as list 7 counts them. ./run.sh 7
    and ./run.sh 7.3 boot them.
    """
    number, block = book.find(args.name)
    name = f"{number:02}" + (f".{block}" if block else "")
    folder = args.folder or os.path.join(WORK, name)
    products = os.path.join(os.path.realpath(TOP), "build", "")
    write_tree(book.tree(number, block), folder, force=args.force or
               os.path.realpath(folder).startswith(products))
    if not args.folder:
        what = f"{args.name}'s tree" if block else f"Chapter {number}"
        print(f"{what} is in {os.path.relpath(folder)}")


def call_diff(book, args):
    """holds a chapter's sources against your own

    Lines with - are the chapter's, those with + yours. 7.3 is the tree after
    chapter 7's third block.

        book/chapter diff -wc 7 ~/mykernel kernel.c
    """
    mine = book.tree(*book.find(args.name))
    theirs = somebodys_tree(args.folder)
    if args.file and args.file not in SOURCES:
        raise Trouble(f"{args.file}: a tree has {' '.join(SOURCES)}.")
    same = True
    for name in [args.file] if args.file else SOURCES:
        for line in compare(mine.get(name), theirs.get(name), args,
                            f"chapter {args.name}/{name}",
                            os.path.join(args.folder, name)):
            same = False
            print(line)
    return 0 if same else 1


def compare(old, new, args, old_name, new_name):
    """The lines of a diff. What args says to ignore makes no difference, but
    is printed as it stands."""
    if old is None or new is None:
        if old is not new:
            yield f"Only one has it: {old_name if new is None else new_name}"
        return
    old, new = view(old, args), view(new, args)
    groups = list(difflib.SequenceMatcher(
        None, [key for key, _, _ in old], [key for key, _, _ in new],
        False).get_grouped_opcodes(3))
    if groups:
        yield f"--- {old_name}\n+++ {new_name}"
    for group in groups:
        line, other = (lines[at][1] if lines else 0 for lines, at in (
            (old, min(group[0][1], len(old) - 1)),
            (new, min(group[0][3], len(new) - 1))))
        yield f"@@ line {line} @@ your line {other} @@"
        for what, a, b, c, d in group:
            if what != "equal":
                yield from ("-" + line for _, _, line in old[a:b])
            sign = " " if what == "equal" else "+"
            yield from (sign + line for _, _, line in new[c:d])


COMMENT_OR_STRING = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/", re.S)


def view(text, args):
    """A file's lines as (what counts, number, line), without lines in which
    nothing counts."""
    lines = text.replace("\r\n", "\n").split("\n")
    ignoring = args.ignore_comments or args.ignore_space
    keys = lines
    if args.ignore_comments:
        keys = COMMENT_OR_STRING.sub(
            lambda found: "\n" * found[0].count("\n")
            if found[0][0] == "/" else found[0], "\n".join(lines)).split("\n")
    if args.ignore_space:
        keys = ["".join(key.split()) for key in keys]
    return [(key.rstrip() if ignoring else key, number, line)
            for number, (key, line) in enumerate(zip(keys, lines), 1)
            if key.strip() or not ignoring]
