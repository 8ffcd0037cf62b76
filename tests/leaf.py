"""What every suite that boots leaf uses: build an image, boot it, type, expect.

    image = leaf.build()                              # the shell
    image = leaf.build(app="tests/programs/first.c")  # another program
    with leaf.boot(image) as machine:
        machine.expect_prompt()
        print(machine.run("mem"))                  # what the command printed
        machine.type("exit 3\\n")
        assert machine.status() == 3

Nothing waits forever: everything has a time-out. A test that fails shows the
whole console of every machine it booted (conftest.py).

LEAF_SRC=DIR      the tree to test, in place of the repository's own. What its
                  kernel lacks is skipped as "missing: ...", not failed.
LEAF_SEED=N       the seed of what is random; by default another one each time.
                  The console of such a test shows it.
LEAF_PATIENCE=N   all time-outs times N, for slow machines.
LEAF_MACHINE=1    boot on leaf's own machine in place of QEMU (machine/);
                  LEAF_MACHINE=strict: on the strict one. What only QEMU can
                  do is skipped.
OPENSBI=FILE      the firmware; `make test` sets it to what run.sh found.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import random
import re
import subprocess
import time

import pexpect
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SRC = os.path.abspath(os.environ.get("LEAF_SRC") or ROOT)
FOREIGN = SRC != ROOT
PRODUCTS = os.path.join(ROOT, "build", "tests")
PATIENCE = float(os.environ.get("LEAF_PATIENCE") or 1)
MACHINE = os.environ.get("LEAF_MACHINE") or ""
PROMPT = "leaf> "
SEED = int(os.environ.get("LEAF_SEED") or random.randrange(1, 1 << 31))

booted = []  # the machines of the test that runs now, for its report


def missing(what):
    """End the test: the tree under test has not got `what`."""
    pytest.skip(f"missing: {what}")


# --- Building -------------------------------------------------------------


class Image:
    """What a build made."""

    def __init__(self, folder, app):
        self.folder = folder
        self.kernel = os.path.join(folder, "kernel.elf")
        self.app = os.path.splitext(os.path.basename(app or "shell.c"))[0]


class BuildError(AssertionError):
    """make failed; the message holds all it printed."""


@contextlib.contextmanager
def locked(path):
    """Hold the file `path` locked: one worker builds, the others wait."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(*args, timeout=120):
    """Run make in the repository; returns what it printed."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    done = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory", *args], env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=timeout * PATIENCE)
    if done.returncode:
        raise BuildError(f"make {' '.join(args)}\n{done.stdout}")
    return done.stdout


def clang_version():
    """The number of the compiler's release, as text."""
    return subprocess.run(
        [os.environ.get("CC") or "clang", "-dumpversion"], check=True,
        stdout=subprocess.PIPE, text=True).stdout.split(".")[0].strip()


def products(name, *made_of):
    """The folder for what is made of all that."""
    key = hashlib.sha1("\0".join(made_of).encode()).hexdigest()[:8]
    return os.path.join(PRODUCTS, f"{name}-{key}")


def build(app=None, defines="", kernel=None, src=None, strict=True,
          listings="", debug=False):
    """Build an image: of the program `app` in place of the shell, with
    `kernel` in place of kernel.c (paths from the repository's top), and with
    the compiler's flags `defines` for all of it.

    Warnings are errors, but in somebody else's tree they are theirs, and a
    program that does not build there is missing something. strict=False: a
    BuildError is left to the caller there too. listings: ".sym", ".dis" or
    both. debug: with what a debugger reads, and the linker for its messages.
    """
    src = os.path.abspath(src or SRC)
    name = os.path.basename(kernel or app or "shell.c").replace(".c", "")
    folder = products(name, src, app or "", defines, kernel or "")
    args = [f"SRC={src}", f"BUILD={folder}",
            f"SHARED={products('common', src, defines)}",
            f"LISTINGS={listings}"]
    if app:
        args.append(f"APP={os.path.join(ROOT, app)}")
    if kernel:
        args.append(f"KERNEL={os.path.join(ROOT, kernel)}")
    if not debug:
        defines += " -g0"  # is built faster
    if defines:
        args.append(f"DEFINES={defines}")
    if src == ROOT:
        args.append("WERROR=1")
    with locked(folder + ".lock"):
        try:
            make(*args)
        except BuildError as error:
            if src == ROOT or not strict or not (app or kernel):
                raise
            why = re.search(r"error: (.*)", str(error))
            missing(f"{app or kernel} does not build in this tree: "
                    f"{why.group(1) if why else error}")
    return Image(folder, app)


# --- Booting --------------------------------------------------------------


def firmware():
    """The 32-bit OpenSBI that run.sh found."""
    if "OPENSBI" not in os.environ:  # pytest was not called by make test
        os.environ["OPENSBI"] = subprocess.run(
            ["./run.sh", "--with", "boot", "printenv", "OPENSBI"], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            check=True, timeout=600).stdout.strip()
    return os.environ["OPENSBI"]


def emulator():
    """leaf's own machine, built if need be."""
    with locked(os.path.join(PRODUCTS, "machine.lock")):
        make("machine")
    return os.path.join(ROOT, "build", "machine", "machine")


def command(image, extra=(), machine=MACHINE):
    """The command that boots an image, as a list. machine: "" for QEMU, or
    what LEAF_MACHINE can be; extra: QEMU's arguments."""
    if machine:
        if extra and list(extra) != ["-icount", "shift=0"]:  # as it is anyway
            pytest.skip(f"only QEMU knows {' '.join(extra)}")
        strict = ["--strict"] if machine == "strict" else []
        return [emulator(), *strict, image.kernel]
    return ["qemu-system-riscv32", "-machine", "virt", "-smp", "1",
            "-m", "128M", "-bios", firmware(), "-display", "none",
            "-chardev", "stdio,id=console,signal=off",
            "-serial", "chardev:console", "-monitor", "none", "--no-reboot",
            "-kernel", image.kernel, *extra]


class ConsoleError(AssertionError):
    """The console did not say what was expected of it."""


class Machine:
    """A booted leaf and its console."""

    def __init__(self, image, extra=(), timeout=20, machine=None):
        self.image = image
        self.timeout = timeout
        self.log = io.StringIO()
        self.born = time.monotonic()
        self.own = MACHINE if machine is None else machine
        argv = command(image, extra, self.own)
        self.child = pexpect.spawn(
            argv[0], argv[1:], encoding="utf-8", codec_errors="replace",
            timeout=timeout * PATIENCE, dimensions=(24, 80))
        self.child.logfile_read = self.log
        self.child.delaybeforesend = None
        booted.append(self)

    @property
    def console(self):
        """All that was printed since the machine was switched on."""
        return self.log.getvalue().replace("\r", "")

    def fail(self, what):
        raise ConsoleError(f"{self.image.app}: {what}")

    def expect(self, pattern, timeout=None):
        """Wait for a regular expression (or the first of several); returns
        its match object."""
        timeout = (timeout or self.timeout) * PATIENCE
        try:
            self.child.expect(pattern, timeout=timeout)
            return self.child.match
        except pexpect.EOF:
            self.fail(f"the machine went off before {pattern!r}")
        except pexpect.TIMEOUT:
            self.fail(f"no {pattern!r} in {timeout:g} seconds")

    def expect_text(self, text, timeout=None):
        """Wait for these very characters."""
        return self.expect(re.escape(text), timeout)

    def expect_prompt(self, timeout=None):
        """Wait for the shell's prompt; returns what was printed before it."""
        self.expect(r"(?m)^" + re.escape(PROMPT), timeout)
        return self.child.before.replace("\r", "")

    def type(self, text):
        """Type on the console."""
        if self.own:  # at a terminal Ctrl-A is for the machine
            text = text.replace("\x01", "\x01\x01")
        self.child.send(text)

    def run(self, line, timeout=None):
        """Type a command at the prompt; returns what it printed."""
        self.type(line + "\n")
        printed = self.expect_prompt(timeout)
        return printed.partition("\n")[2]  # without the echo

    def status(self, timeout=None):
        """Wait until the machine is off; returns QEMU's exit status."""
        self.expect(pexpect.EOF, timeout)
        self.child.close()
        if self.child.signalstatus:
            self.fail(f"QEMU ended by signal {self.child.signalstatus}")
        return self.child.exitstatus

    def finish(self, timeout=None):
        """Wait until the machine is off; returns status and console."""
        return self.status(timeout), self.console

    def off(self):
        """Pull the plug."""
        if self.child.isalive():
            self.child.close(force=True)


@contextlib.contextmanager
def boot(image=None, extra=(), timeout=20, wait=True, machine=None):
    """A machine that boots `image` (default: the shell), and is switched off
    at the end whatever happens."""
    machine = Machine(image or build(), extra, timeout, machine)
    try:
        if wait:  # typed any earlier, the firmware would lose it
            machine.expect(r"(?m)^leaf", 20)
        yield machine
    finally:
        machine.off()


@contextlib.contextmanager
def shell(**options):
    """A machine at the shell's first prompt."""
    with boot(build(), **options) as machine:
        machine.expect_prompt()
        yield machine


# --- Programs that hold many tests (tests/programs/check.h) ---------------


def names(app):
    """The tests that a program holds: RUN(name) in its main."""
    with open(os.path.join(ROOT, app)) as file:
        return re.findall(r"^\s*RUN\((\w+)\);", file.read(), re.M)


def written(app):
    """The tests that stand in a program: static void name(void) { ... }."""
    with open(os.path.join(ROOT, app)) as file:
        return re.findall(r"^static void (\w+)\(void\) \{", file.read(), re.M)


def params(app):
    """The same for pytest.mark.parametrize; under pytest-xdist one worker
    runs them all, so that the program is booted once."""
    group = pytest.mark.xdist_group(os.path.basename(app))
    return [pytest.param(name, marks=group) for name in names(app)]


class Program:
    """A boot of a program of tests: what each of them printed."""

    def __init__(self, app, defines="", timeout=60, kernel=None, typed="",
                 extra=()):
        self.machine = None
        self.error = None
        self.sections = {}
        image = build(app, defines, kernel)
        try:
            with boot(image, extra, timeout) as machine:
                machine.type(typed)
                self.status = machine.status()
        except ConsoleError as error:
            self.error = error
        self.machine = booted[-1]
        console = self.machine.console
        starts = [(m.group(1), m.start())
                  for m in re.finditer(r"(?m)^run (\w+)\n", console)]
        ends = [start for _, start in starts[1:]] + [len(console)]
        for (name, start), end in zip(starts, ends):
            self.sections[name] = console[start:end]

    def check(self, name):
        """One test's result, as pytest's."""
        if self.machine not in booted:
            booted.append(self.machine)
        section = self.sections.get(name)
        if section is None:
            raise ConsoleError(f"{name} was not run: {self.error or ''}")
        lack = re.search(rf"(?m)^missing {name}: (.*)$", section)
        if lack and FOREIGN:
            missing(lack.group(1))
        wrong = re.search(r"(?m)^(FAIL|missing) .*$", section)
        if wrong:
            raise ConsoleError(wrong.group(0))
        if not re.search(rf"(?m)^ok {name}$", section):
            raise ConsoleError(f"{name} did not end: {self.error or ''}")
        self.check_deaths(section)

    def check_deaths(self, section):
        """Every death that a test asked for has its line on the console, and
        there is no other."""
        # OpenSBI 1.6 says a word of its own, and ends no line, when it hands
        # an illegal instruction on.
        told = re.findall(r"(?m)^(?:system_opcode_insn: .* instruction)?"
                          r"process (\d+) \((\S+)\) killed: (.*)$", section)
        asked = re.findall(r"(?m)^died (\d+): (.*)$", section)
        for pid, how in asked:
            lines = [line for p, name, line in told
                     if p == pid and name == self.machine.image.app[:15]]
            if len(lines) != 1 or not re.match(how, lines[0]):
                raise ConsoleError(
                    f"process {pid} must be killed with one line that "
                    f"matches {how!r}; the console has {lines}")
        if len(told) != len(asked):
            raise ConsoleError(f"{len(asked)} deaths were asked for, the "
                               f"console tells of {len(told)}")


programs = {}


def program(app, defines="", **options):
    """The one boot of a program of tests in this session. One that does not
    build is not built again for each of its tests."""
    key = (app, defines, options.get("kernel"))
    if key not in programs:
        try:
            programs[key] = Program(app, defines, **options)
        except (BuildError, pytest.skip.Exception) as error:
            programs[key] = error
    if isinstance(programs[key], BaseException):
        raise programs[key]
    return programs[key]
