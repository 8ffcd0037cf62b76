"""tools/leaf.gdb: what its commands say of a booted leaf."""

import os
import re
import shutil
import subprocess

import pytest

import leaf

GDB = next(filter(shutil.which, ["gdb-multiarch", "riscv64-elf-gdb",
                                 "riscv64-unknown-elf-gdb"]), None)
COMMANDS = os.path.join(leaf.ROOT, "tools", "leaf.gdb")

pytestmark = pytest.mark.skipif(not GDB, reason="missing: gdb for RISC-V")


def gdb(tmp_path, *commands):
    """Boots the shell, halted, under gdb; what the commands print, each after
    a line `> COMMAND`."""
    image = leaf.build(debug=True)
    said = []
    for command in commands:
        said += ["-ex", f"echo \\n> {command}\\n", "-ex", command]
    port = str(tmp_path / "port")
    halted = ["-S", "-gdb", f"unix:{port},server=on,wait=off"]
    with leaf.boot(image, extra=halted, wait=False):
        done = subprocess.run(
            [GDB, "-nx", "-batch", "-iex", "set confirm off", image.kernel,
             "-ex", f"add-symbol-file {image.folder}/shell.elf",
             "-x", COMMANDS, "-ex", f"target remote {port}", *said],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=60 * leaf.PATIENCE)
    print(done.stdout)
    parts = re.split(r"(?m)^> (.*)\n", done.stdout)
    return dict(zip(parts[1::2], parts[2::2]))


def test_in_the_kernel(tmp_path):
    said = gdb(tmp_path, "break sys_read", "continue", "ps", "regions",
               "regions 77", "frames", "frames 5", "frames current", "bt",
               "user", "user print $a7",
               "user nonsense", "info registers pc")
    assert re.search(r"(?m)^ +1 +0 running .*\(current\)$", said["ps"])
    assert re.search(r"(?m)^01000000-\w{8} .* R-X text$", said["regions"])
    assert re.search(r"(?m)^7ffc0000-80000000 +64 pages RW- stack$",
                     said["regions"])
    assert "no such process" in said["regions 77"]
    assert "total = 16384" in said["frames"]
    assert "is no page frame" in said["frames 5"]
    assert "FRAME_HEAP" in said["frames current"]
    assert re.search(r"sys_read .*[^$]*\btrap .*[^$]*trap_entry", said["bt"])
    assert re.search(r"#0 .* read [^$]* main ", said["user"])
    assert " = 8\n" in said["user print $a7"]  # SYS_READ
    # The kernel's registers are back, also when the command went wrong.
    assert "sys_read" in said["info registers pc"] or \
        "check_buffer" in said["info registers pc"]


def test_the_page_on_debugging_shows_what_gdb_says(tmp_path):
    """Frames and line numbers; where the compiler puts things may differ."""
    if leaf.clang_version() != "14":
        pytest.skip("the page's frames are clang 14's")
    with open(os.path.join(leaf.ROOT, "book", "debugging.md")) as file:
        shown = re.search(r"```text\n(\(gdb\) b .*?)```", file.read(), re.S)[1]
    typed = re.findall(r"(?m)^\(gdb\) (.*)", shown)
    said = re.sub(r"\S*/(?=\w+\.c:)", "", "".join(gdb(tmp_path, *typed).values()))
    said, shown = (re.sub(r"0x[0-9a-f]+", "0x", " ".join(text.split()))
                   for text in (said, re.sub(r"(?m)^\(gdb\).*", "\n", shown)))
    for frame in re.split(r" (?=#)", shown):
        assert frame.strip() in said


def test_in_user_mode(tmp_path):
    said = gdb(tmp_path, "tbreak *&write", "continue", "bt", "ps", "regions",
               "print current->pid", "phys on", "print current->state",
               "phys off", "user", "x/i $pc")
    assert re.search(r"#0 .* write [^$]* main ", said["bt"])
    assert re.search(r"(?m)^ +1 +0 running .*\(current\)$", said["ps"])
    assert "stack" in said["regions"]
    assert "Cannot access memory" in said["print current->pid"]
    assert " = 1\n" in said["print current->state"]
    assert "leaf is in user mode" in said["user"]
    assert "write" in said["x/i $pc"]
