"""The calls for writers: unroll makes a commit for each block, fold goes the
way back, record fills in sessions. A commit's subject begins with the numbers
of its chapter and of its block: 7.3 Walking"""

import difflib
import functools
import os
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from .basics import (BOOK, BUILD_TIME, ENDLESS, LINE_TIME, PROMPT, QUIET, SOURCES,
                     TOP, Parted, Trouble, write)
from .diffs import apply, git, make_diff, parse
from .pages import Book, Page
from .play import Likeness, check_session
from .sessions import EDITS, Machine, answer_sessions, sessions, set_up
from .trees import read_tree, stands_at, write_tree

LABEL = re.compile(r"(\d+)\.(\d+)(?:\s+(.*))?")


def call_unroll(book, args):
    """makes a git repository with a commit for each block

    A fix is made where it belongs, with git rebase; then fold writes it back.
    git blame says which block a line comes from. See book/README.md.
    """
    folder, stream = args.folder, []
    if os.path.isdir(folder) and os.listdir(folder):
        raise Trouble(f"{folder} is not empty. Fold it first if it holds "
                      "changes, then remove it.")
    for page in book.chapters:
        tree = book.tree(page.number - 1)
        for block in page.of("diff"):
            stream += commit(block, tree, tree := apply(tree, block))
    os.makedirs(folder, exist_ok=True)
    git(folder, "init", "-q")
    git(folder, "symbolic-ref", "HEAD", "refs/heads/book")
    git(folder, "config", "user.name", "book")
    git(folder, "config", "user.email", "book@leaf")
    if stream:
        git(folder, "fast-import", "--quiet", input="".join(stream))
        git(folder, "reset", "-q", "--hard")
    print(f"{folder} has a commit for each block. book/README.md says how to "
          "change one.")


def commit(block, before, after):
    """What git fast-import reads for a block. Its number is the author's
    name too, so that git blame shows it."""
    label = f"{block.page.number}.{block.number}"
    when = f"<book@leaf> {1700000000 + 60 * block.page.number} +0000\n"
    yield f"commit refs/heads/book\nauthor {label} {when}committer book {when}"
    yield data(f"{label} {block.heading}\n")
    for name in SOURCES:
        if name in after and after[name] != before.get(name):
            yield f"M 100644 inline {name}\n" + data(after[name])
        elif name in before and name not in after:
            yield f"D {name}\n"


def data(text):
    return f"data {len(text.encode())}\n{text}\n"


def read_commits(folder):
    """The commits of an unrolled book: (subject, body, tree before, tree
    after) each."""
    hidden = os.path.join(folder, ".git")
    if not os.path.isdir(hidden):
        raise Trouble(f"{folder} is no git repository: book/chapter unroll "
                      "makes one.")
    if {"rebase-merge", "rebase-apply"} & set(os.listdir(hidden)):
        raise Trouble(f"{folder}: a rebase is not finished. git -C {folder} "
                      "status says what it waits for.")
    if git(folder, "status", "--porcelain", "--untracked-files=no"):
        raise Trouble(f"{folder} has changes that are in no commit.")
    if git(folder, "rev-list", "--merges", "HEAD"):
        raise Trouble(f"{folder} has merges: blocks stand one after the "
                      "other, and so must commits (git rebase).")
    log = git(folder, "log", "--reverse", "--format=%H%x00%s%x00%b%x01")
    steps, before, blobs = [], {}, {}
    for entry in log.split("\x01")[:-1]:
        name, subject, body = entry.strip("\n").split("\0")
        after = commit_tree(folder, name, blobs)
        steps.append((subject, body.strip(), before, after))
        before = after
    return steps


def commit_tree(folder, name, blobs):
    """The sources in a commit; blobs keeps the texts that were read."""
    tree = {}
    for line in git(folder, "ls-tree", name).split("\n")[:-1]:
        info, name = line.split("\t")
        if name in SOURCES:
            blob = info.split()[2]
            if blob not in blobs:
                blobs[blob] = git(folder, "cat-file", "blob", blob)
            tree[name] = blobs[blob]
    return tree


class Edits:
    """Changes to pages, made all at once so that the numbers of lines hold
    until then; and what is to be said about them."""

    def __init__(self):
        self.made, self.notes = {}, []

    def replace(self, page, start, end, lines):
        self.made.setdefault(page.path, []).append((start, end, lines))

    def rewrite(self, block, lines):
        """Give a block other lines, if they are others."""
        if lines != block.lines:
            self.replace(block.page, block.line, block.end, lines)
            self.notes.append(f"{block} ({block.at(0)}) is rewritten.")

    def done(self, page):
        """The page with its changes."""
        lines, at = [], 0
        made = sorted(self.made.get(page.path, ()), key=lambda it: it[:2])
        for start, end, new in made:
            lines += page.lines[at:start] + new
            at = end
        return Page(page.path, lines + page.lines[at:])


def place_commits(book, steps, edits):
    """Bring the commits to the blocks they belong to; returns the pages."""
    pages, seen, at, anchor = list(book.chapters), set(), (0, 0), None
    for subject, body, before, after in steps:
        label = LABEL.fullmatch(subject)
        here = (int(label[1]), int(label[2])) if label else at
        page = page_for(pages, here, at, subject)
        blocks = page.of("diff")
        if here[0] != at[0]:
            anchor = len(page.lines) - (page.lines[-1] == "")
        if before == after:
            edits.notes.append(f"The commit \"{subject}\" changes none of "
                               "the sources: left out.")
        elif here != at and here[1] <= len(blocks):
            block = blocks[here[1] - 1]
            edits.rewrite(block, fold_block(block, before, after))
            seen.add(block)
            anchor = block.end + 1
        else:
            text = body or (label[3] or "" if label else subject)
            edits.replace(page, anchor, anchor, [
                "", *text.split("\n"), "", "```diff",
                *make_diff(before, after), "```"])
            edits.notes.append(f"{page.short}: a new block after line "
                               f"{anchor}, \"{subject}\": its prose is yours "
                               "to write.")
        at = here
    drop_unseen(pages, seen, edits)
    return [edits.done(page) for page in pages]


def page_for(pages, here, at, subject):
    """The page for a commit's number, made if it is the next chapter's."""
    if subject.startswith(("fixup!", "squash!")):
        raise Trouble(f"The commit \"{subject}\" is not squashed yet: "
                      "git rebase -i --autosquash --root")
    if here < at:
        raise Trouble(f"The commit \"{subject}\" comes after {at[0]}.{at[1]}."
                      " Prose cannot follow: give the commits their old "
                      "order; or move block and prose in the page, and the "
                      "numbers in the commits' subjects.")
    if not here[0]:
        raise Trouble(f"The commit \"{subject}\" is the first and has no "
                      "number: which block is it? (\"1.1 A heading\")")
    if here[0] > len(pages) + 1:
        raise Trouble(f"The commit \"{subject}\" is for chapter {here[0]}, "
                      f"but the book has {len(pages)}.")
    if here[0] > len(pages):
        title = subject.partition(" ")[2] or "Untitled"
        slug = re.sub(r"\W+", "-", title.lower()).strip("-")
        path = os.path.join(BOOK, f"{here[0]:02}-{slug}.md")
        pages.append(Page(path, [f"# {title}", ""]))
    return pages[here[0] - 1]


def drop_unseen(pages, seen, edits):
    """Blocks without a commit go, but not a whole chapter's; an empty one
    stays, for a commit that is still to come."""
    for page in pages:
        full = [block for block in page.of("diff") if block.lines]
        gone = [block for block in full if block not in seen]
        if gone and gone == full:
            raise Trouble(f"No commit is for a block of {page}. To end a "
                          "chapter, remove its page.")
        for block in gone:
            blank = page.lines[block.end + 1:block.end + 2] == [""]
            edits.replace(page, block.line - 1, block.end + 1 + blank, [])
            edits.notes.append(f"{block} ({block.at(-1)}) has no commit any "
                               "more: removed; its prose is still there.")


def fold_block(block, before, after):
    """The lines that make one tree of the other: the block's own as long as
    they do."""
    try:
        if apply(before, block) == after and all(
                hunk.heading in before.get(name, "")
                for name, _, _, hunks in parse(block) for hunk in hunks):
            return block.lines
    except Trouble:
        pass
    return make_diff(before, after, re.findall(
        r"^\+\+\+ b/(.*)$", "\n".join(block.lines), re.M))


def carry_over(old, new, edits):
    """What pages say about a tree beside its diffs follows it: the lines
    left out or put in, and the answers."""
    for page in new.chapters:
        try:
            was, tree = old.tree(page.number), new.tree(page.number)
        except Trouble:
            continue  # the page was not finished
        answers = new.answers(page.number)
        for blocks in answers.sections() if answers else ():
            try:
                carry_answer(blocks, was, tree, edits)
            except Trouble as trouble:
                edits.notes.append(f"By hand: {trouble}")
        for block in page.blocks:
            if block.kind in EDITS:
                before = min(block.after, len(old.blocks(page.number)))
                try:
                    carry_lines(block, old.tree(page.number, before),
                                new.tree(page.number, block.after), edits)
                except Trouble as trouble:
                    edits.notes.append(f"By hand: {trouble}")


def carry_lines(block, was, tree, edits):
    """The lines of a `without` block, or the first of a `with` block, as
    they are in the new tree."""
    try:
        stands_at(tree, block)
        return
    except Trouble:
        start = stands_at(was, block)
    kept = block.lines if block.kind == "without" else block.lines[:1]
    end, lines = start + len(kept), []
    old, new = (it.get(block.name, "").split("\n") for it in (was, tree))
    for _, a, b, c, d in difflib.SequenceMatcher(
            None, old, new, False).get_opcodes():
        if b - a != d - c and start < b and a < end:
            raise Trouble(f"{block} ({block.at(0)}): these lines are others "
                          f"now in {block.name}.")
        lines += new[max(a, start) - a + c:max(0, min(b, end) - a + c)]
    edits.rewrite(block, lines + block.lines[len(kept):])


def carry_answer(blocks, was, tree, edits):
    """An answer's diffs, merged into the new tree."""
    blocks = [block for block in blocks if block.kind == "diff"]
    try:
        functools.reduce(apply, blocks, tree)
        return
    except Trouble:
        pass
    for block in blocks:
        wanted = apply(was, block)
        try:
            merged = {name: merge(was.get(name, ""), wanted[name],
                                  tree.get(name, "")) for name in wanted}
        except Trouble:
            raise Trouble(f"{block} ({block.at(0)}) is about lines that have "
                          "changed.") from None
        edits.rewrite(block, fold_block(block, tree, merged))
        was, tree = wanted, merged


def merge(base, theirs, ours):
    """Both changes to a text; Trouble if they meet."""
    if base in (ours, theirs):
        return theirs if base == ours else ours
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("ours", ours), ("base", base), ("theirs", theirs)):
            write(os.path.join(folder, name), text)
        return git(folder, "merge-file", "-p", "ours", "base", "theirs")


def record(session, machine):
    """What the page would show: types what was typed at each prompt, up to
    the machine's end, or to where it waits or is silent."""
    inputs = [pair for pair in zip(session.shown, session.keys) if pair[1]]
    keys, asked, endless, since = [], 0, False, None
    while machine.on and not endless:
        lines = machine.lines()
        since = since or machine.raw and time.monotonic()
        endless = len(machine.raw) > ENDLESS or bool(
            since and not inputs and time.monotonic() > since + LINE_TIME)
        asks = (lines[-1] == PROMPT.rstrip() and len(lines) > asked
                and not session.printf)
        waits = bool(inputs) and inputs[0][0].startswith(PROMPT.rstrip())
        if not asks and machine.read(
                LINE_TIME if waits else QUIET if machine.raw else BUILD_TIME):
            continue
        if not inputs or asks != waits:
            break
        shown, typed = inputs.pop(0)
        machine.type(typed)
        asked, since = len(lines), time.monotonic()
        if not typed.endswith("\r"):
            keys.append((asked - 1, asked - 1 + asks, shown))
    machine.must_have_booted()
    if inputs:
        raise Parted(f"{session}: it ends before this could be typed: "
                     f"{inputs[0][0]}")
    lines = machine.lines()
    for start, end, shown in reversed(keys):
        lines[start:end] = [shown]
    if endless:
        lines = lines[:len(session.shown) or 24]
    return as_shown(session, lines, machine)


def as_shown(session, lines, machine):
    """Recorded lines as the page has them: `…` where it had one, and QEMU's
    status if it told it."""
    old = session.shown
    if machine.on and lines[-1] == PROMPT.rstrip() and lines[-1:] != old[-1:]:
        lines.pop()
    while lines and not lines[-1]:
        lines.pop()
    loose = [line for line in old if "…" in line]
    lines = [next((want for want in loose
                   if not Likeness().differ(want, line)), line)
             for line in lines]
    if session.status is not None:
        while machine.on and machine.read(LINE_TIME):
            pass
        lines += ["$ echo $?", str(machine.status)]
    return lines


def record_sessions(book, numbers, edits):
    """Try the sessions of these chapters and of their answers; those that
    differ are recorded anew. False if one cannot be."""
    found, good = [], True
    set_up()
    for number in numbers:
        page = book.chapter(number)
        try:
            found += sessions(book, page)
            found += answer_sessions(book, page)
        except Trouble as trouble:
            edits.notes.append(str(trouble))
            good = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for session, lines in zip(found, pool.map(try_or_record, found)):
            if isinstance(lines, str):
                edits.notes.append(lines)
                good = False
            elif lines is not None:
                edits.rewrite(session.block, session.block.lines[:1] + lines)
    return good


def try_or_record(session):
    """None if a session is as the page says, else the lines that it should
    show, or a text that says why there are none."""
    try:
        if session.shown:
            check_session(session)
            return None
    except (Parted, Trouble) as error:
        if session.answer:  # the session is not its own
            return str(error)
    try:
        with Machine(session, session.place(), False) as machine:
            return record(session, machine)
    except (Parted, Trouble) as error:
        return str(error)


def save(pages, edits):
    """Write the pages, and those of answers, with their changes; returns
    the book as it is now."""
    answers = [Book([]).answers(page.number) for page in pages]
    for page in [*pages, *filter(None, answers)]:
        lines = edits.done(page).lines
        if not os.path.exists(page.path) or lines != Page(page.path).lines:
            write(page.path, "\n".join(lines))
    for note in edits.notes:
        print(note)
    return Book()


def call_record(book, args):
    """tries sessions, and writes those anew that differ

    Types what the sessions in the pages type, and puts in what leaf prints.
    A new session needs its first line, and what is typed:

        ```console
        $ ./run.sh 7
        leaf> mem
        leaf> exit
        ```
    """
    edits = Edits()
    good = record_sessions(book, args.numbers or
                           range(1, len(book.chapters) + 1), edits)
    save(book.chapters, edits)
    return 0 if good else 1


def call_fold(book, args):
    """writes such a repository back into the chapters

    A commit "7.3 ..." becomes chapter 7's third diff block; one without a
    number becomes a new block after the one before it. Prose stays as it is.
    From the first chapter on whose code changed, sessions are tried, and
    recorded anew where they differ (record does others). The repository's
    sources follow if they were the last chapter's before.
    """
    steps, edits = read_commits(args.folder), Edits()
    new = Book(place_commits(book, steps, edits))
    if new.last() != steps[-1][3]:
        raise Trouble("The blocks do not add up to the last commit.")
    edits.made = {}  # they are in the new pages
    carry_over(book, new, edits)
    new, edits = save(new.chapters, edits), Edits()
    good = args.no_sessions or record_sessions(
        new, range(first_changed(book, new), len(new.chapters) + 1), edits)
    new = save(new.chapters, edits)
    try:
        was = book.last()
        speak_of_gone(book, new)
    except Trouble:
        was = None  # the book was not finished
    if args.sources or read_tree(TOP) in (was, new.last()):
        write_tree(new.last(), TOP)
    else:
        print("The repository's sources were not those of the last chapter: "
              "they stay. fold --sources overwrites them.")
    return 0 if good else 1


def first_changed(old, new):
    """The number of the first chapter with another tree after some block;
    one more than there are if none has."""
    for page in new.chapters:
        try:
            count = len(new.blocks(page.number))
            if len(old.blocks(page.number)) != count or any(
                    old.tree(page.number, block) != new.tree(
                        page.number, block) for block in range(count + 1)):
                return page.number
        except Trouble:  # it was not finished, or not there
            return page.number
    return len(new.chapters) + 1


def speak_of_gone(old, new):
    """Name the lines that speak of a name that no tree has any more."""
    gone = set()
    for book, change in ((old, gone.update), (new, gone.difference_update)):
        for page in book.chapters:
            for text in book.tree(page.number).values():
                change(re.findall(r"[A-Za-z_]\w+", text))
    for page in new.chapters:
        for number, line in enumerate(page.lines, 1):
            for name in gone.intersection(re.findall(r"\w+", line)):
                print(f"{page.short}:{number} still speaks of {name}.")
