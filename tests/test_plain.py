"""leaf's own machine does what QEMU with OpenSBI does (feature G8): to the
byte of the console, and the exit status. As WebAssembly it does what it does
natively."""

import os
import re
import resource
import shutil
import signal
import subprocess
import time

import pexpect
import pytest

import leaf

import cases
import permissions

FOLDER = os.path.join(leaf.PRODUCTS, "random")
HERE = os.path.join(leaf.ROOT, "tests", "machine")
CLANG = os.environ.get("CC") or "clang"

# What QEMU's processor has and this machine has not.
EXTENSIONS = ("f d h v zba zbb zbc zbs sstc zawrs zfa zicbom zicboz zihintntl "
              "zihintpause zicond svadu").split()

# Each mistake that such programs have found in the machine, put back into it,
# is found by one of these seeds.
#   1   an invalid entry of the TLB that a misaligned address hits; a reservation
#       that outlives a trap; a store that asks only one of its two pages; a
#       time that user mode may not read; memory that is the firmware's alone,
#       asked for too late, also by the walk
#   7   a misaligned load that asks for both its pages first
#   18  an sc.w that does not look at the value
#   19  a console call for no bytes that looks at the address
SEEDS = (1, 7, 18, 19)
NEW_SEEDS = range(leaf.SEED, leaf.SEED + 3)


# --- Random programs, held against QEMU -----------------------------------


def assemble(source, name):
    """An image of a file of assembly, which it is given to write."""
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, name)
    with open(path + ".S", "w") as file:
        file.write(source)
    subprocess.run(
        [CLANG, "--target=riscv32-unknown-elf", "-march=rv32ima",
         "-mno-relax", "-nostdlib", "-static", "-fuse-ld=lld",
         f"-Wl,-T,{HERE}/program.ld", path + ".S", "-o", path + ".elf"],
        check=True, timeout=60 * leaf.PATIENCE)
    return path + ".elf"


def run(argv, typed=b""):
    """Exit status, output, errors."""
    done = subprocess.run(argv, input=typed, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60 * leaf.PATIENCE)
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture(scope="session")
def qemu():
    """Runs an image in QEMU: the status, and what follows the firmware's
    banner."""
    version = subprocess.run(["qemu-system-riscv32", "--version"],
                             stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    if " version 7." not in version:
        pytest.skip("what specifications leave open is compared with QEMU 7; "
                    "here is " + version.split("\n")[0])
    off = list(EXTENSIONS)

    def run_in_qemu(kernel):
        while True:
            cpu = ",".join(["rv32", *(f"{x}=false" for x in off)])
            status, output, errors = run([
                "qemu-system-riscv32", "-machine", "virt", "-smp", "1", "-m",
                "128M", "-cpu", cpu, "-bios", leaf.firmware(), "-display",
                "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
                "-kernel", kernel])
            unknown = re.search(r"'?\.(\w+)' not found|\.(\w+)=false", errors)
            if not unknown or "not found" not in errors:
                break
            off.remove(unknown.group(1) or unknown.group(2))
        banner = output.rfind(b"Boot HART MEDELEG")
        return status, output[output.index(b"\n", banner) + 1:]

    return run_in_qemu


@pytest.mark.parametrize("seed", [*SEEDS, *NEW_SEEDS],
                         ids=[*map(str, SEEDS), *("new" for _ in NEW_SEEDS)])
def test_a_random_program_does_what_it_does_in_qemu(seed, qemu):
    source = subprocess.run(
        ["python3", f"{HERE}/random_program.py", str(seed)], check=True,
        stdout=subprocess.PIPE, text=True).stdout
    kernel = assemble(source, f"{seed}")
    status, console, errors = run([leaf.emulator(), kernel])
    assert not errors
    wanted, in_qemu = qemu(kernel)
    assert (status, console.strip(b"\0\r\n")) == \
        (wanted, in_qemu.strip(b"\0\r\n")), f"seed {seed}"
    os.unlink(kernel)
    os.unlink(kernel.replace(".elf", ".S"))


# --- What the specifications say, on both ------------------------------------


def in_emulator(kernel):
    status, console, errors = run([leaf.emulator(), kernel])
    assert not errors
    return status, console


@pytest.fixture(params=["machine", "qemu"])
def boots(request):
    if request.param == "machine":
        return in_emulator
    return request.getfixturevalue("qemu")


def test_single_instructions_do_what_is_written(boots):
    status, console = boots(assemble(cases.program(), "cases"))
    lines = console.decode().split()
    wrong = {cases.where(i): got for i, (got, expected)
             in enumerate(zip(lines, cases.answers())) if got != expected}
    assert wrong == ({} if boots is in_emulator else cases.QEMU_7)
    assert status == 0 and len(lines) == len(cases.answers())


def test_each_entry_allows_what_is_written(boots):
    status, console = boots(assemble(permissions.program(), "permissions"))
    told, expected = console.decode().split(), permissions.answers()
    wrong = [f"flags {flags:02x}, {how}: {got}, not {want}"
             for (flags, how, want), got in zip(expected, told) if want != got]
    assert not wrong, "\n".join(wrong[:20])
    assert status == 0 and len(told) == len(expected)


# --- As WebAssembly ---------------------------------------------------------


@pytest.mark.parametrize("strict", [[], ["--strict", "--seed", "7"]],
                         ids=["plain", "strict"])
def test_webassembly_is_the_native_machine(strict):
    if not shutil.which("node") or not shutil.which("wasm-ld"):
        pytest.skip("node or wasm-ld is not on this machine")
    leaf.make("machine-wasm")
    image = leaf.build("tests/programs/user_memory.c")
    native, wasm = (run([*argv, *strict, "--count", image.kernel]) for argv in
                    ([leaf.emulator()],
                     ["node", os.path.join(leaf.ROOT, "machine/node.mjs")]))
    assert native[0] == 0
    assert "instructions" in native[2]
    assert native == wasm


# --- In a terminal and with pipes -------------------------------------------


def test_the_same_input_gives_the_same_run():
    kernel = leaf.build().kernel
    runs = {run([leaf.emulator(), "--count", kernel], b"cow\nexit 3\n")
            for _ in range(3)}
    assert len(runs) == 1
    assert runs.pop()[0] == 3


def test_from_a_pipe_it_takes_what_the_kernel_reads_and_no_more():
    kernel = leaf.build("tests/programs/first.c").kernel
    reader, writer = os.pipe()
    os.write(writer, b"r" + b"x" * 1000)
    os.close(writer)
    done = subprocess.run([leaf.emulator(), kernel], stdin=reader,
                          stdout=subprocess.PIPE, timeout=60 * leaf.PATIENCE)
    assert done.returncode == 7
    assert len(os.read(reader, 2000)) >= 1  # the next reader finds the rest
    os.close(reader)


def test_a_long_input_arrives_whole():
    kernel = leaf.build().kernel
    lines = "".join(f"echo {i}\n" for i in range(3000))
    status, console, _ = run([leaf.emulator(), kernel],
                             lines.encode() + b"exit 5\n")
    assert status == 5
    typed = re.findall(rb"leaf> echo (\d+)\r\n", console)
    assert [int(n) for n in typed] == list(range(3000))


def test_ctrl_a_x_leaves_and_ctrl_a_alone_is_not_the_kernels():
    kernel = leaf.build().kernel
    child = pexpect.spawn(leaf.emulator(), [kernel], encoding="utf-8",
                          timeout=20 * leaf.PATIENCE)
    child.expect("leaf> ")
    child.send("\x01zmem\n")  # Ctrl-A Z means nothing
    child.expect("total")
    child.expect("leaf> ")
    child.send("\x01x")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(number):
    kernel = leaf.build().kernel
    child = subprocess.Popen([leaf.emulator(), kernel],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.read(4) == b"leaf"
    child.send_signal(number)
    assert child.wait(20 * leaf.PATIENCE) == 128 + number


def test_a_closed_output_ends_it():
    kernel = leaf.build().kernel
    child = subprocess.Popen([leaf.emulator(), kernel],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.read(4) == b"leaf"
    child.stdout.close()
    child.stdin.write(b"help\n" * 100)
    child.stdin.flush()
    assert child.wait(20 * leaf.PATIENCE) == 1


def test_idle_it_sleeps():
    image = leaf.build()
    emulator = leaf.emulator()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen([emulator, image.kernel], stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL)
    time.sleep(3)
    child.communicate(b"exit\n", timeout=20 * leaf.PATIENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert child.returncode == 0
    assert used < 0.3, f"{used:.2f} s of 3 s"


@pytest.mark.parametrize("arguments, said", [
    ([], "no kernel was named"),
    (["--loose"], "--loose: there is no such option"),
    (["/nowhere/kernel.elf"], "it cannot be read"),
    ([os.path.abspath(__file__)], "no kernel for RV32"),
])
def test_a_wrong_call_is_answered(arguments, said):
    status, _, errors = run([leaf.emulator(), *arguments])
    assert status == 2
    assert said in errors
    assert "Usage: machine" in errors
