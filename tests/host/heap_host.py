"""Builds user.c for the host, beside the host's C library: for its tests, and
for `make fuzz`."""

import os
import re
import subprocess

HOST = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HOST))
CC = os.environ.get("CC") or "clang"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def names():
    """Every function and variable of user.h, and printf, whose lines the
    tests of the mistakes read."""
    with open(os.path.join(ROOT, "user.h")) as file:
        text = re.sub(r"(?s)/\*.*?\*/", "", file.read())
    return ["errno", "printf",
            *re.findall(r"(?m)^(?!#)[\w ]+?[ *](\w+)\(", text)]


def build(harness, program, *flags, user=os.path.join(ROOT, "user.c")):
    """Compiles tests/host/HARNESS.c and user.c into a program."""
    flags = ["-O1", "-g", "-Wall", "-Wextra", "-Werror", *flags]
    renamed = program + ".o"
    commands = [
        [CC, *flags, "-std=gnu11", "-ffreestanding", f"-I{ROOT}",
         *(f"-D{name}=leaf_{name}" for name in names()),
         f'-DUSER_C="{user}"', "-c", os.path.join(HOST, "heap_leaf.c"),
         "-o", renamed],
        [CC, *flags, "-std=gnu11", os.path.join(HOST, harness + ".c"),
         os.path.join(HOST, "heap_world.c"), renamed, "-o", program]]
    for command in commands:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(" ".join(command) + "\n" + done.stdout)
    return program


def width(folder):
    """["-m32"] where this machine can build and run that, as leaf is; else
    [], for its own width."""
    source, program = (os.path.join(folder, n) for n in ("width.c", "width"))
    with open(source, "w") as file:
        file.write("#include <stdio.h>\nint main(void) { return 0; }\n")
    done = subprocess.run([CC, "-m32", *SANITIZERS, source, "-o", program],
                          stderr=subprocess.DEVNULL)
    if done.returncode or subprocess.run([program]).returncode:
        return []
    return ["-m32"]
