"""Judging a tree."""

from .basics import Parted
from .play import check_session
from .sessions import sessions, set_up
from .trees import somebodys_tree


def call_check(book, args):
    """boots a chapter, or your tree, and tries its sessions

    Types what the chapter's sessions type, and says the first place where
    what is printed is not what they show. Addresses may be others than the
    chapter's, but the same ones must be the same.
    """
    number, block = book.find(args.name)
    page, tree = book.chapter(number), book.tree(number, block)
    found, wrong = sessions(book, page), 0
    if args.folder or block:
        found = [session for session in found
                 if session.is_of(book, number, block)]
    if args.folder:
        lack = set(tree) - set(somebodys_tree(args.folder))
        if lack:
            print(f"{args.folder} has no {' '.join(sorted(lack))}; the "
                  "chapter has.")
    set_up()
    for session in found:
        try:
            check_session(session, args.folder)
            print(f"{session}: right.")
        except Parted as parted:
            print(parted)
            wrong += 1
    print(f"{len(found) - wrong} of {len(found)} sessions are as in the book.")
    return 1 if wrong else 0
