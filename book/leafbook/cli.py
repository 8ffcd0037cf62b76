"""The command line."""

import argparse
import inspect
import os
import re
import sys

from .basics import UNROLLED, Trouble
from .judge import call_check
from .pages import Book
from .readers import call_diff, call_list, call_tree
from .verify import call_verify
from .writing import call_fold, call_record, call_unroll


def tree_name(text):
    """A chapter's number, with a block's perhaps: 7 or 7.3."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(
            f"{text}: a tree is 7, chapter 7's, or 7.3, after its block 3")
    return text


ARGUMENTS = {
    "N[.B]": {"dest": "name", "type": tree_name,
              "help": "the chapter's number, and perhaps a block's: 7 or 7.3"},
    "N?": {"dest": "name", "type": tree_name, "nargs": "?", "metavar": "N",
           "help": "the blocks of this chapter"},
    "N*": {"dest": "numbers", "type": int, "nargs": "*", "metavar": "N",
           "help": "only these chapters"},
    "DIR": {"dest": "folder", "help": "your tree"},
    "DIR?": {"dest": "folder", "nargs": "?", "metavar": "DIR",
             "help": "the tree; left out, it is the chapter's own"},
    "REPO?": {"dest": "folder", "nargs": "?", "metavar": "DIR",
              "default": UNROLLED, "help": f"the repository ({UNROLLED})"},
    "FILE?": {"dest": "file", "nargs": "?", "metavar": "FILE",
              "help": "only this file"},
    "--force": {"help": "overwrite files that are there"},
    "-w --ignore-space": {"help": "white space does not matter"},
    "-c --ignore-comments": {"help": "comments do not matter"},
    "--no-sessions": {"help": "leave the sessions as they are"},
    "--afresh": {"help": "try what was right before, too"},
    "--first": {"help": "stop at the first mistake"},
    "--quick": {"help": "run the quick tests alone"},
    "--json": {"help": "for programs: all of it as one object"},
    "--sources": {"help": "overwrite the repository's sources in any case"},
}

CALLS = (
    (call_list, "N?"),
    (call_tree, "N[.B]", "DIR?", "--force"),
    (call_diff, "N[.B]", "DIR", "FILE?", "-w --ignore-space",
     "-c --ignore-comments"),
    (call_check, "N[.B]", "DIR?", "--first", "--quick", "--json"),
    (call_verify, "N*", "--afresh"),
    (call_unroll, "REPO?"),
    (call_fold, "REPO?", "--no-sessions", "--sources"),
    (call_record, "N*"),
)


def command_line():
    """The calls and their arguments."""
    parser = argparse.ArgumentParser(
        prog="book/chapter", formatter_class=argparse.RawTextHelpFormatter,
        description="Turns the chapters of leaf's book into source trees, "
        "and back.", epilog="book/chapter CALL --help says more. Status 1 "
        "means: not the same;\n2: it could not be tried.")
    calls = parser.add_subparsers(metavar="CALL", required=True)
    for function, *names in CALLS:
        text = inspect.getdoc(function)
        call = calls.add_parser(
            function.__name__[5:], help=text.split("\n")[0], description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        call.set_defaults(function=function)
        for name in names:
            details = dict(ARGUMENTS[name])
            if name.startswith("-"):
                call.add_argument(*name.split(), action="store_true",
                                  **details)
            else:
                details.setdefault("metavar", name)
                call.add_argument(**details)
    return parser


def main():
    args = command_line().parse_args()
    try:
        return args.function(Book(), args) or 0
    except Trouble as trouble:
        print(f"book/chapter: {trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in: book/chapter diff ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
