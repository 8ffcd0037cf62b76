#!/usr/bin/env python3
"""Fuzzes the heap until Ctrl-C, or with the arguments given to libFuzzer.

What was found interesting is kept in build/fuzz/corpus, and what fails in
build/fuzz; run again with such a file as the argument, only that is tried.
"""

import os
import sys

import heap_host


def main():
    folder = os.path.join(heap_host.ROOT, "build", "fuzz")
    corpus = os.path.join(folder, "corpus")
    os.makedirs(corpus, exist_ok=True)
    flags = heap_host.width(folder)
    program = heap_host.build("heap_fuzz", os.path.join(folder, "heap_fuzz"),
                              *flags, *heap_host.SANITIZERS,
                              "-fsanitize=fuzzer")
    print(f"the heap, built for {32 if flags else 'this machine, not 32'} "
          "bits; Ctrl-C ends it", flush=True)
    args = sys.argv[1:] or ["-max_len=400", corpus]
    os.execv(program, [program, f"-artifact_prefix={folder}/", *args])


if __name__ == "__main__":
    main()
