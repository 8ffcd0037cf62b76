"""What a page says beside its diffs and sessions: numbers, links, and where
a session leaves something open."""

import functools
import os
import re

from .basics import TOP
from .pages import HEADING, Page
from .sessions import COMMAND

# A number that stands for something shown: in backquotes, or a line's.
QUOTED = re.compile(r"`(-?(?:0x)?[0-9a-fA-F][0-9a-fA-F,]*)`")
LINE = re.compile(r"(?i)\blines? (\d+(?:,\d{3})*)")
SHOWN = re.compile(r"<!-- shown: (.*?) -->")
NOT_SHOWN = re.compile(r"<!-- not shown: (.*?) -->")
LINK = re.compile(r"(?<!\\)\]\(\s*<?([^)\s>]+)>?[^)]*\)|"
                  r"^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.M)
WORD = re.compile(r"(?:0x)?[0-9a-fA-F]+(?:,[0-9]{3})*\b|\d+")


def plain(number):
    """A number without what only makes it readable."""
    return number.lower().lstrip("-").replace(",", "").replace("0x", "")


def is_number(text):
    """Is it one, and no word like `add`? Hexadecimal ones have eight
    digits, or 0x before them."""
    return (re.fullmatch(r"-?\d[\d,]*", text) or text.lstrip("-")[:2] == "0x"
            or re.fullmatch(r"[0-9a-fA-F]{8}", text)) is not None


def numbers(lines):
    """All numbers in some lines."""
    return {plain(word) for line in lines for word in WORD.findall(line)}


def unshown(book, page):
    """What is wrong with the numbers in a page's prose. One in backquotes
    must stand in a block of the page or in its chapter's sources, "line 186"
    in a session of its section, or of the page if the section has none;
    <!-- shown: 12 --> holds plain ones against the sessions of their section,
    <!-- not shown: 64 --> excepts some for the page."""
    excepted = {plain(word) for _, line in page.prose
                for found in NOT_SHOWN.finditer(line)
                for word in re.split(r"[,;]?\s+", found[1])}
    in_sessions = numbers(line for block in page.of("console")
                          for line in block.lines)
    there = numbers(line for block in page.blocks for line in block.lines)
    if page.number:
        there |= source_numbers(book, page.number)
    heading, wrong = "", []
    for number, line in page.prose:
        if HEADING.fullmatch(line):
            heading = HEADING.fullmatch(line)[1]
        here = numbers(line for block in page.of("console")
                       if block.heading == heading for line in block.lines)
        said = [(word, there, "no block of this page and no source shows it")
                for word in QUOTED.findall(line) if is_number(word)]
        said += [(word, here or in_sessions,
                  "no session here shows it")
                 for word in LINE.findall(line)]
        said += [(word, here, "no session of this section shows it")
                 for found in SHOWN.finditer(line)
                 for word in re.split(r"[,;]?\s+", found[1])]
        wrong += [f"{page.short}:{number}: {word}: {why}."
                  for word, where, why in said
                  if plain(word) not in where | excepted]
    return wrong


@functools.lru_cache(maxsize=None)
def source_numbers(book, number):
    """The numbers in a chapter's sources."""
    return numbers(line for text in book.tree(number).values()
                   for line in text.split("\n"))


def broken_links(page):
    """Links to files that are not there, or to headings that are not in
    them. Those to other sites are not followed."""
    wrong = []
    for number, line in page.prose:
        line = re.sub(r"`[^`]*`", "", line)
        for found in LINK.finditer(line):
            link = found[1] or found[2]
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            path = os.path.normpath(os.path.join(
                os.path.dirname(page.path), path)) if path else page.path
            if not os.path.exists(path):
                wrong.append(f"{page.short}:{number}: {link}: there is no "
                             f"{os.path.relpath(path, TOP)}.")
            elif anchor and path.endswith(".md") and \
                    anchor not in anchors(path):
                wrong.append(f"{page.short}:{number}: {link}: no heading of "
                             f"{os.path.relpath(path, TOP)} has this anchor.")
    return wrong


@functools.lru_cache(maxsize=None)
def anchors(path):
    """The anchors of a page's headings, as GitHub makes them."""
    found, prose = set(), Page(path).prose
    for _, line in prose:
        found.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
        if HEADING.fullmatch(line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1",
                          HEADING.fullmatch(line)[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
            again = sum(it == slug or it.startswith(slug + "-") and
                        it[len(slug) + 1:].isdigit() for it in found)
            found.add(f"{slug}-{again}" if again else slug)
    return found


def left_open(page):
    """Where a session leaves more open than digits that vary: `…` is for
    digits, in a line that says something else too."""
    wrong = []
    for block in page.of("console"):
        lines = block.lines
        for i, line in enumerate(lines):
            if "…" not in line:
                continue
            if COMMAND.match(line) or line.startswith("leaf> "):
                wrong.append(f"{block.at(i)}: … in what is typed.")
            elif not re.search(r"\w", line.replace("…", "")):
                wrong.append(f"{block.at(i)}: … alone on its line leaves all "
                             "of it open; it stands for digits.")
            elif re.search(r"[g-zG-Z]…|…[g-zG-Z]", line):
                wrong.append(f"{block.at(i)}: … inside a word; it stands for "
                             "digits.")
    return wrong


def all_wrong(book, page):
    """All of these, for a page and its answers."""
    answers = book.answers(page.number) if page.number else None
    return [*unshown(book, page), *broken_links(page), *left_open(page),
            *(broken_links(answers) + left_open(answers) if answers else ())]
