#!/usr/bin/env python3
"""Fuzzes the heap until Ctrl-C, or with the arguments given to libFuzzer.

What was found interesting is kept in build/fuzz/corpus, and what fails in
build/fuzz; run again with such a file as the argument, only that is tried.
"""

import os
import subprocess
import sys

import heap_host

INTERRUPTED = 72  # libFuzzer's status after Ctrl-C


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
    fuzzer = subprocess.Popen([program, f"-artifact_prefix={folder}/", *args])
    try:
        status = fuzzer.wait()
    except KeyboardInterrupt:  # Ctrl-C reaches the fuzzer too
        status = fuzzer.wait()
    if status == INTERRUPTED:
        print("ended: nothing found")
        status = 0
    return status


if __name__ == "__main__":
    sys.exit(main())
