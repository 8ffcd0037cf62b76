"""Pages of Markdown: their blocks, and the book that they make."""

import os
import re

from .basics import BOOK, TOP, Trouble
from .diffs import apply

FENCE = re.compile(r"(`{3,}|~{3,})\s*(.*?)\s*")
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*\s*")

# What patch or git would take for a piece of a diff, outside of diff blocks.
DIFF_LIKE = re.compile(
    r"[ \tX]*(--- |\+\+\+ |\*\*\* |@@ -|diff -|Index:|Prereq:|index [0-9a-f]+"
    r"\.\.|\d+(,\d+)?[acdis](\d+(,\d+)?)?\s*$)")


class Block:
    """A fenced block: what its first line says, and the lines in it."""

    def __init__(self, page, info, line, heading):
        self.page, self.heading = page, heading
        self.kind, self.name = (info.split() + ["", ""])[:2]
        self.number = 1 + len(page.of(self.kind))
        self.unfinished = info.split() == ["diff", "unfinished"]
        self.after = len(page.of("diff"))  # how many diffs stand above it
        self.line = line  # of the page; its lines are page.lines[line:end]
        self.lines = []

    def __str__(self):
        kind = "" if self.kind == "diff" else self.kind + " "
        return f"{self.page}, {kind}block {self.number}"

    @property
    def end(self):
        return self.line + len(self.lines)

    @property
    def label(self):
        """A diff block's number in the book: 7.3"""
        return f"{self.page.number}.{self.number}"

    def at(self, index):
        """The place of one of its lines, as compilers write it."""
        return f"{self.page.short}:{self.line + 1 + index}"


class Page:
    """A chapter, or the answers to one."""

    def __init__(self, path, lines=None):
        self.path, self.short = path, os.path.relpath(path, TOP)
        number = re.match(r"\d+", os.path.basename(path))
        self.number = int(number[0]) if number else 0  # 0: no chapter
        self.answers = os.path.basename(os.path.dirname(path)) == "answers"
        self.title, self.blocks = "", []
        self.prose = []  # (number, line) of those outside of blocks
        self.stray = []  # the numbers of lines that look like a diff
        if lines is None:
            with open(path, encoding="utf-8") as file:
                lines = file.read().split("\n")
        self.lines = lines
        self.read()

    def __str__(self):
        return (f"{'answers to ' * self.answers}chapter {self.number}"
                if self.number else self.short)

    def read(self):
        """Find the blocks, the title and what must not be there."""
        block, fence, heading = None, "", ""
        for number, line in enumerate(self.lines, 1):
            mark = FENCE.fullmatch(line)
            if block and mark and mark[1].startswith(fence) and not mark[2]:
                block = None
            elif not block and mark:
                block, fence = Block(self, mark[2], number, heading), mark[1]
                self.blocks.append(block)
            elif block:
                block.lines.append(line)
            else:
                self.prose.append((number, line))
                if HEADING.fullmatch(line):
                    heading = HEADING.fullmatch(line)[1]
                    self.title = self.title or heading
            if DIFF_LIKE.match(line) and not (block and block.kind == "diff"):
                self.stray.append(number)
        if block:
            raise Trouble(f"{self.short}:{block.line}: this block has no "
                          "closing fence.")

    def of(self, kind):
        """The blocks of a kind, in order."""
        return [block for block in self.blocks if block.kind == kind]

    def sections(self):
        """The diffs and sessions under each heading: an answer each."""
        found = {}
        for block in self.blocks:
            if block.kind in ("diff", "console"):
                found.setdefault(block.heading, []).append(block)
        return found.values()


class Book:
    """The chapters and the trees that they make."""

    def __init__(self, pages=None):
        if pages is None:
            pages = sorted((Page(os.path.join(BOOK, name))
                            for name in os.listdir(BOOK)
                            if re.fullmatch(r"\d\d+-.*\.md", name)),
                           key=lambda page: (page.number, page.short))
        for number, page in enumerate(pages, 1):
            if page.number != number:
                raise Trouble(f"{page.short}: chapters are numbered from 01 "
                              f"without a gap; this should be {number:02}.")
        self.chapters = pages
        self.trees = {(0, 0): {}}

    def chapter(self, number):
        if not 1 <= number <= len(self.chapters):
            raise Trouble(f"There is no chapter {number}: the book has "
                          f"{len(self.chapters) or 'none yet'}.")
        return self.chapters[number - 1]

    def blocks(self, number):
        """A chapter's diff blocks."""
        return self.chapter(number).of("diff") if number else []

    def tree(self, number, block=None):
        """The sources after a block of a chapter, or at its end: texts by
        file name. Before its first block they are those of the chapter
        before."""
        blocks = self.blocks(number)
        block = len(blocks) if block is None else block
        if not 0 <= block <= len(blocks):
            raise Trouble(f"There is no {number}.{block}: chapter {number} "
                          f"has {len(blocks) or 'no'} diff blocks.")
        if (number, block) not in self.trees:
            self.trees[number, block] = (
                apply(self.tree(number, block - 1), blocks[block - 1])
                if block else self.tree(number - 1))
        return self.trees[number, block]

    def find(self, name):
        """What 7 or 7.3 names: the chapter's number, and the block's or
        None."""
        number, _, block = name.partition(".")
        found = int(number), int(block) if block else None
        self.chapter(found[0])
        if block and not 1 <= found[1] <= len(self.blocks(found[0])):
            raise Trouble(f"There is no {name}: chapter {number} has "
                          f"{len(self.blocks(found[0])) or 'no'} diff blocks.")
        return found

    def appendices(self):
        """The pages that are no chapters: their sessions are run too."""
        return [Page(os.path.join(BOOK, name))
                for name in sorted(os.listdir(BOOK))
                if name.endswith(".md") and name != "README.md"
                and not re.match(r"\d\d+-", name)]

    def last(self):
        """The last chapter's tree."""
        return self.tree(len(self.chapters))

    def answers(self, number):
        """The page of answers to a chapter, or None."""
        path = os.path.join(BOOK, "answers", f"{number:02}.md")
        return Page(path) if os.path.exists(path) else None
