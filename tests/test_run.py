"""run.sh and the Makefile: what a person types, and what goes wrong then."""

import contextlib
import glob
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time

import pexpect
import pytest

import leaf

if leaf.FOREIGN:
    pytest.skip("run.sh and the Makefile are not of this tree",
                allow_module_level=True)

RUN = os.path.join(leaf.ROOT, "run.sh")
SOURCES = ("kernel.c", "kernel.h", "kernel.ld", "common.c", "common.h",
           "user.c", "user.h", "user.ld", "shell.c")
CLANGS = [name for name in
          ["clang"] + [f"clang-{number}" for number in range(14, 40)]
          if shutil.which(name)]


def environment(**more):
    """The environment that a person has: nothing of make's, no CC."""
    drop = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "CC", "SRC")
    env = {k: v for k, v in os.environ.items() if k not in drop}
    return {**env, **more}


@contextlib.contextmanager
def start(*args, **more):
    """run.sh in a group of its own, which ends with the test at the latest."""
    with subprocess.Popen(
            [RUN, *args], env=environment(**more), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True) as child:
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)


def group_runs(group):
    """Is a process of this group running? One that has ended may still be
    listed, where nobody asks for its status."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], text=True,
                            stdout=subprocess.PIPE).stdout
    return any(line.split()[0] == str(group) and line.split()[1][0] != "Z"
               for line in listed.splitlines())


def run(*args, typed="", **more):
    """Run run.sh with input from a pipe; returns status, console, messages."""
    with start(*args, **more) as child:
        try:
            out, err = child.communicate(
                typed if isinstance(typed, bytes) else typed.encode(),
                timeout=60 * leaf.PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            pytest.fail(f"run.sh hangs:\n{err.decode()}\n{out.decode()}")
    return (child.returncode, out.decode(errors="replace").replace("\r", ""),
            err.decode(errors="replace"))


def copy_tree(folder):
    os.makedirs(folder)
    for name in SOURCES:
        shutil.copy(os.path.join(leaf.ROOT, name), folder)
    return str(folder)


def write(path, text):
    path.write_text(text)
    if text.startswith("#!"):
        path.chmod(0o755)
    return str(path)


# --- Arguments ------------------------------------------------------------


def test_help_names_every_form():
    status, out, _ = run("--help")
    assert status == 0
    for form in ("N ", "N.B", "DIR", "--app", "--machine", "--strict", "--gdb",
                 "--test", "--setup", "--with", "--help", "Ctrl-A X"):
        assert form in out


@pytest.mark.parametrize("args, named", [
    (["--nonsense"], "--nonsense"),
    (["/no/such/folder"], "/no/such/folder"),
    ([os.path.join(leaf.ROOT, "tests")], "kernel.c"),
    ([leaf.ROOT, "/tmp"], "one tree"),
    ([""], "neither a chapter nor a folder"),
    ([os.path.join(leaf.ROOT, "shell.c")], "shell.c: this is a file"),
    (["--app"], "--app"),
    (["--app", os.path.join(leaf.ROOT, "shell.c"),
      "--app", os.path.join(leaf.ROOT, "tests/programs/first.c")],
     "one program"),
    (["--app", "/no/such/prog.c"], "/no/such/prog.c"),
    (["--app", os.path.join(leaf.ROOT, "LICENSE")], "one .c file"),
    (["--app", os.path.join(leaf.ROOT, "kernel.c")], "cannot have this name"),
    (["--strict"], "--strict goes with --machine"),
    (["--machine", "--gdb"], "--machine goes without --gdb"),
    (["7.3.1"], "7.3.1: there is no such folder"),
    (["--setup", "everything"], "boot, machine, test"),
])
def test_a_wrong_argument_is_named(args, named):
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert named in err
    assert "--help" in err


def test_a_chapter_that_is_not_there():
    status, out, err = run("999")
    assert (status, out) == (1, "")
    assert "chapter 999" in err


@pytest.mark.parametrize("tree", ["5", "10.4"])
def test_a_chapter_without_programs_says_so(tree):
    app = os.path.join(leaf.ROOT, "tests/programs/first.c")
    status, out, err = run(tree, "--app", app)
    assert (status, out) == (1, "")
    assert "this tree runs no programs yet" in err and "chapter 11" in err
    assert "Copy" not in err


def test_the_firmware_named_is_not_there():
    status, out, err = run(OPENSBI="/no/such/fw.bin")
    assert (status, out) == (1, "")
    assert "OPENSBI=/no/such/fw.bin" in err


# --- Input from a pipe ----------------------------------------------------


@pytest.mark.parametrize("line, expected", [
    ("exit", 0), ("exit 3", 3), ("exit 255", 255), ("exit 256", 0)])
def test_the_exit_status_is_the_first_process_s(line, expected):
    status, out, _ = run(typed=line + "\n")
    assert status == expected, out


def test_the_end_of_the_input_ends_the_shell():
    status, out, _ = run(typed="")
    assert status == 0
    assert "leaf> " in out


def test_a_last_line_without_its_newline_is_run():
    status, out, _ = run(typed="exit 5")
    assert status == 5
    status, out, _ = run(typed="help")
    assert status == 0
    assert "this list" in out


def test_a_closed_input_is_an_empty_one():
    done = subprocess.run(["sh", "-c", f"exec {shlex.quote(RUN)} <&-"],
                          env=environment(), stdout=subprocess.PIPE,
                          timeout=60 * leaf.PATIENCE)
    assert done.returncode == 0
    assert b"leaf> " in done.stdout


@pytest.mark.parametrize("machine", ["", "--machine"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&-"])
def test_a_closed_output_is_one_that_nobody_sees(closed, machine):
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(RUN)} {machine} {closed}"],
        env=environment(), input=b"exit 5\n", stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60 * leaf.PATIENCE)
    assert done.returncode == (0 if "<" in closed else 5), done.stderr
    assert b"Bad file" not in done.stderr


def test_every_byte_arrives(tmp_path):
    """More than any buffer holds, each value 16 times: Ctrl-A is QEMU's on a
    terminal only, Ctrl-C is passed on when there is only one process. The
    kernel makes CR a newline."""
    app = write(tmp_path / "bytes.c", """
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            unsigned char byte;
            for (int i = 0; i < 16 * 256; i++) {
                if (read(0, &byte, 1) != 1)
                    return 1;
                printf("%02x%s", byte, i % 32 == 31 ? "\\n" : "");
            }
            return getchar() == EOF ? 7 : 8;
        }
        """)
    sent = bytes(range(256)) * 16
    status, out, _ = run("--app", app, typed=sent)
    shown = "".join(re.findall(r"(?m)^[0-9a-f]{64}$", out))
    assert shown == sent.replace(b"\r", b"\n").hex()
    assert status == 7, "Ctrl-D follows the last byte"


@pytest.mark.parametrize("machine", [[], ["--machine"]])
@pytest.mark.parametrize("before", ["", "help\n"])
def test_g2_ctrl_c_may_be_typed_ahead(machine, before):
    """It arrives before the shell has read the command that it is to end."""
    status, out, _ = run(*machine, typed=f"{before}stress 90000\nx\3\nexit 5\n")
    assert "stress was killed by signal 9" in out
    assert status == 5


def test_a_byte_that_follows_another_does_not_wait_for_a_tick(tmp_path):
    app = write(tmp_path / "count.c", """
        #include "user.h"

        static unsigned now(void) {
            unsigned time;
            __asm__ volatile("rdtime %0" : "=r"(time));
            return time;
        }

        int main(void) {
            unsigned start = now();
            for (int i = 0; i < 3000; i++) getchar();
            printf("%u ticks\\n", (now() - start) / 100000);
        }
        """)
    _, out, _ = run("--app", app, typed="x" * 3000)
    assert int(re.search(r"(\d+) ticks", out)[1]) < 3000 / 4


def test_what_is_typed_while_a_program_computes_is_taken_many_a_tick(tmp_path):
    app = write(tmp_path / "spin.c", """
        #include "user.h"

        static char typed[4000];

        int main(void) {
            struct procinfo me = {0};
            while (me.ticks < 200) procinfo(0, &me);
            printf("%d of %u\\n", read(0, typed, sizeof typed), me.ticks);
        }
        """)
    _, out, _ = run("--app", app, typed="x" * 4000)
    took, ticks = map(int, re.search(
        r"(?m)^(\d+) of (\d+)\s*$", out).groups())
    assert took > 8 * ticks


def test_a_pipe_held_open_does_not_hold_it_back():
    with start() as child:
        child.stdin.write(b"exit 3\n")
        child.stdin.flush()
        assert child.wait(60 * leaf.PATIENCE) == 3
        ended = time.monotonic()
        child.stdout.read()
        child.stderr.read()
        assert time.monotonic() - ended < 2, "somebody kept its output open"


@pytest.mark.parametrize("number, group", [
    (signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGTERM, True)])
def test_nothing_is_left_behind(tmp_path, number, group):
    """Neither files nor processes, when it is killed alone, or with all that
    it started, as timeout and a terminal do."""
    with start(TMPDIR=str(tmp_path)) as child:
        child.stdin.write(b"help\n")
        child.stdin.flush()
        while b"Ctrl-D" not in child.stdout.readline():
            pass
        assert os.listdir(tmp_path)
        if group:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)
        child.stdout.read()
        child.wait(20 * leaf.PATIENCE)
        for _ in range(100):
            if not group_runs(child.pid):
                break
            time.sleep(0.1)
        else:
            pytest.fail("a process is left")
        assert not os.listdir(tmp_path)


def test_it_ends_when_nobody_reads_its_output():
    """As `yes | head -n 1` does; QEMU alone would not notice."""
    done = subprocess.run(
        ["bash", "-c", f"yes help | {shlex.quote(RUN)} | head -n 1;"
                       'echo "${PIPESTATUS[1]}"'],
        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=60 * leaf.PATIENCE)
    assert done.stdout.splitlines()[-1] == "141"
    assert "signal" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT,
                                    signal.SIGTERM])
def test_a_signal_is_no_success(number):
    with start() as child:
        while b"leaf" not in child.stdout.readline():
            pass
        child.send_signal(number)
        child.stdout.read()
        assert child.wait(20 * leaf.PATIENCE) == 128 + number


def test_qemu_told_to_end_is_no_success():
    """It says 0 itself."""
    with start() as child:
        while b"leaf" not in child.stdout.readline():
            pass
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,comm="], text=True,
            stdout=subprocess.PIPE).stdout
        [qemu] = [int(line.split()[0]) for line in listed.splitlines()
                  if line.split()[1] == str(child.pid) and "qemu" in line]
        os.kill(qemu, signal.SIGTERM)
        child.stdout.read()
        assert child.wait(20 * leaf.PATIENCE) == 143


def test_a_reset_by_the_guest_is_not_done(tmp_path):
    """QEMU would start it again: a kernel that resets would never end."""
    tree = copy_tree(tmp_path / "tree")
    text = (tmp_path / "tree" / "kernel.c").read_text()
    text, found = re.subn(
        r"(?m)^(.*\bkernel_main\(.*\) \{)$",
        r'\1 register unsigned a7 __asm__("a7") = 0x53525354, '
        r'a6 __asm__("a6") = 0, a0 __asm__("a0") = 1, a1 __asm__("a1") = 0; '
        r'__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) '
        r': "r"(a6), "r"(a7) : "memory");', text)
    assert found == 1
    write(tmp_path / "tree" / "kernel.c", text)
    status, out, _ = run(tree)
    assert status == 0
    assert "leaf> " not in out
    assert out.count("OpenSBI v") == 1


def test_a_panic_is_255_within_a_second(tmp_path):
    tree = copy_tree(tmp_path / "tree")
    with open(os.path.join(tree, "kernel.c")) as file:
        text = file.read()
    text, found = re.subn(r"(?m)^(.*\bkernel_main\(.*\) \{)$",
                          r'\1 PANIC("as asked");', text)
    assert found == 1
    with open(os.path.join(tree, "kernel.c"), "w") as file:
        file.write(text)
    run(tree)  # builds it
    for _ in range(3):  # the machine may be busy
        before = time.monotonic()
        with start(tree) as child:  # with the pipe open
            assert child.wait(20 * leaf.PATIENCE) == 255
            took = time.monotonic() - before
            assert "as asked" in child.stdout.read().decode()
        if took < 3:
            break
    assert took < 3 * leaf.PATIENCE, "set-up's look and QEMU's start included"


# --- A terminal -----------------------------------------------------------


@pytest.fixture
def terminal():
    children = []

    def spawn(*args, command=RUN, **more):
        child = pexpect.spawn(command, list(args), env=environment(**more),
                              encoding="utf-8", timeout=60 * leaf.PATIENCE)
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


def test_it_says_how_to_leave(terminal):
    child = terminal()
    child.expect("Ctrl-A X")
    child.expect("leaf> ")
    child.send("\x01x")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 143, "leaf did not power off by itself"


def test_ctrl_c_is_the_kernel_s(terminal):
    child = terminal()
    child.expect("leaf> ")
    child.send("\x03")
    time.sleep(0.2)
    child.send("\x15exit 4\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 4


def test_at_a_terminal_too_it_ends_when_nobody_reads(terminal):
    child = terminal("-c", f"{shlex.quote(RUN)} | head -n 1;"
                           "echo status ${PIPESTATUS[0]}", command="bash")
    child.expect("status (\\d+)")
    assert child.match.group(1) == "141"


# --- Trees and programs ---------------------------------------------------


def test_an_own_tree(tmp_path):
    """Its path may hold what make cannot read, or the linker's flags."""
    tree = copy_tree(tmp_path / "my kernel #1")
    with open(os.path.join(tree, "shell.c"), "w") as file:
        file.write('#include "user.h"\n'
                   'int main(void) { puts("mine"); return 9; }\n')
    comma = shutil.copytree(tree, tmp_path / "mine,too")
    for name in (tree, os.path.relpath(tree), comma):
        status, out, err = run(name)
        assert status == 9, err
        assert "\nmine\n" in out


def test_a_program_in_place_of_the_shell(tmp_path):
    os.mkdir(tmp_path / "with space")
    app = write(tmp_path / "with space" / "hello.c", """
        #include <assert.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
            char *text = malloc(100);
            assert(text);
            strcpy(text, "plain C");
            printf("hello from %s\\n", text);
            free(text);
            return 6;
        }
        """)
    status, out, err = run("--app", app)
    assert status == 6, err
    assert "\nhello from plain C\n" in out


def test_a_program_s_name_and_folder_may_begin_with_a_dash(tmp_path):
    (tmp_path / "-d").mkdir()
    for name in ("-x.c", "-d/-y.c"):
        write(tmp_path / name, "int main(void) { return 4; }\n")
        done = subprocess.run([RUN, "--app", name], cwd=tmp_path,
                              env=environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60 * leaf.PATIENCE)
        assert done.returncode == 4, done.stderr


@pytest.mark.parametrize("name", ["my prog.c", "a#b.c", "a%b.c", "a'b.c",
                                  "a$b.c", "a:b.c", "a;b.c", "a*b.c", "a=b.c"])
def test_a_name_that_make_cannot_take_is_refused_in_a_sentence(name, tmp_path):
    path = write(tmp_path / name, "int main(void) { return 4; }\n")
    status, out, err = run("--app", path)
    assert (status, out) == (2, "")
    assert "letters, digits and _ . + -" in err
    said = path.replace("$", "$$")
    for words, sentence in (
            (["run", f"APP={said}"], "cannot have this name"),
            ([f"APP={said}"], "make cannot take this name"),
            ([f"SRC={said}"], "make cannot take this name"),
            (["test", f"SRC={said}"], "make cannot take this name")):
        with pytest.raises(leaf.BuildError) as error:
            leaf.make(*words)
        lines = str(error.value).splitlines()[1:]
        assert f"{path}: " in lines[0] and sentence in lines[0]
        assert "warning" not in str(error.value)


def test_make_run_takes_a_folder_with_any_name(tmp_path):
    tree = copy_tree(tmp_path / "my kernel #1")
    assert re.search(r"(?m)^leaf> ", leaf.make("run", f"SRC={tree}"))
    tree = copy_tree(tmp_path / "bücher")
    assert leaf.make("-n", f"SRC={tree}")


def test_a_program_that_faults_is_named(tmp_path):
    app = write(tmp_path / "faults.c",
                "int main(void) { return *(volatile int *) 8; }\n")
    status, out, _ = run("--app", app)
    assert status == 139
    assert re.search(r"process 1 \(faults\) killed: load from 00000008 at pc "
                     r"[0-9a-f]{8}: nothing is mapped there\n", out)


def test_several_at_once():
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(start()) for _ in range(4)]
        for number, child in enumerate(children):
            child.stdin.write(f"exit {number + 1}\n".encode())
            child.stdin.flush()
        assert [child.wait(60 * leaf.PATIENCE) for child in children] == [
            1, 2, 3, 4]


# --- Where it is called from, and with what environment ---------------------


def called(*command, cwd=None, typed="exit 5\n", **more):
    """Like run(), for a command of one's own."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(**more), input=typed, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=60 * leaf.PATIENCE)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix",
                                   "bash"])
def test_g13_any_shell_may_run_it(shell):
    if not shutil.which(shell.split()[0]):
        pytest.skip(f"missing: {shell.split()[0]}")
    status, out, err = called(*shell.split(), "run.sh", cwd=leaf.ROOT)
    assert status == 5, err


def test_g13_without_bash_it_says_so(tmp_path):
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    status, out, err = called(str(tmp_path / "sh"), RUN, PATH=str(tmp_path))
    assert status != 0
    assert "bash is missing" in err


def test_g13_through_a_link(tmp_path):
    (tmp_path / "leaf").symlink_to(RUN)
    (tmp_path / "again").symlink_to("leaf")
    status, out, err = called(str(tmp_path / "again"), cwd="/")
    assert status == 5, err
    assert sorted(os.listdir(tmp_path)) == ["again", "leaf"]


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_g13_sourced_it_leaves_the_shell_alone(tmp_path, shell):
    if not shutil.which(shell):
        pytest.skip(f"missing: {shell}")
    (tmp_path / "leaf").symlink_to(RUN)
    for path in (RUN, str(tmp_path / "leaf")):
        status, out, err = called(shell, "-c", f". {shlex.quote(path)} --help;"
                                  "echo $? $-; false; echo alive")
        assert re.fullmatch(r"1 ?[^eu\s]*\nalive\n", out), out + err
        assert err == "run.sh is to be run, not sourced: ./run.sh\n"


def test_g13_cdpath_does_not_lead_astray(tmp_path):
    copy_tree(tmp_path / "kernel")
    write(tmp_path / "seven.c", "int main(void) { return 7; }\n")
    root = os.path.relpath(leaf.ROOT, tmp_path)
    for args, expected in ([["kernel"], 5], [["--app", "seven.c"], 7]):
        status, out, err = called(os.path.join(root, "run.sh"), *args,
                                  cwd=tmp_path, CDPATH=".")
        assert status == expected, err


def test_g13_cdpath_leads_nobody_into_another_folder(tmp_path):
    """A path that begins with a name is one that cd looks for in CDPATH."""
    clone(str(tmp_path / "clone"))
    for folder in ("sub", "elsewhere/sub", "elsewhere/clone"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    write(tmp_path / "sub" / "seven.c", "int main(void) { return 7; }\n")
    for places in (".", str(tmp_path / "elsewhere")):
        for args, expected in ([], 5), (["--app", "sub/seven.c"], 7):
            status, out, err = called("clone/run.sh", *args, cwd=tmp_path,
                                      CDPATH=places)
            assert status == expected, err


def test_g13_a_relative_firmware(tmp_path):
    shutil.copy(leaf.firmware(), tmp_path / "fw.bin")
    status, out, err = called(RUN, cwd=tmp_path, OPENSBI="fw.bin")
    assert status == 5, err


@pytest.mark.parametrize("name", ["a,b", "not there"])
def test_g13_an_odd_tmpdir(name, tmp_path):
    (tmp_path / "a,b").mkdir()
    for folder in (str(tmp_path / name), name):
        status, out, err = called(RUN, cwd=tmp_path, TMPDIR=folder)
        assert status == 5, err
        end = time.monotonic() + 10 * leaf.PATIENCE  # a guard clears up later
        while os.listdir(tmp_path / "a,b"):
            assert time.monotonic() < end, os.listdir(tmp_path / "a,b")
            time.sleep(0.05)


def clone(folder, *config):
    subprocess.run(["git", *config, "clone", "-q", leaf.ROOT, folder],
                   check=True)
    return os.path.join(folder, "run.sh")


def test_g13_a_clone_made_as_on_windows(tmp_path):
    """Git for Windows would write CRLF, which bash under WSL cannot read."""
    path = clone(str(tmp_path / "clone"), "-c", "core.autocrlf=true")
    status, out, err = called(path)
    assert status == 5, err
    crlf = subprocess.run(["git", "grep", "-lI", "\r$"],
                          cwd=tmp_path / "clone", stdout=subprocess.PIPE)
    assert crlf.stdout == b""


def test_g13_a_folder_that_cannot_be_written(tmp_path):
    """Made with sudo, or somebody else's. root can write everywhere."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("missing: setpriv")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder.stat().st_mode & 0o7:
            break
        folder.chmod(0o755)
    path = clone(str(tmp_path / "clone"), "-c", "safe.directory=*")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid():
        nobody = []
        (tmp_path / "clone").chmod(0o555)
    status, out, err = called(*nobody, path, HOME="/")
    assert (status, out) == (1, "")
    assert re.fullmatch(r"run.sh: \S+/clone/\S+ cannot be written by \w+\..*"
                        r"chown.*\n", err)
    status, out, err = called(path)  # who may build, builds
    assert status == 5, err
    build = tmp_path / "clone" / "build"
    build.chmod(0o777)
    for folder in ("leaf", "chapters", "common", "libc", "links", "machine", "."):
        (build / folder).mkdir(exist_ok=True)
        (build / folder).chmod(0o555)
        status, out, err = called(*nobody, path, HOME="/")
        assert (status, out) == (1, ""), folder
        name = os.path.normpath(f"build/{folder}")
        assert re.fullmatch(rf"run.sh: \S+/clone/{name} cannot be written by "
                            rf"\w+\..*\n", err)
        (build / folder).chmod(0o777)


# --- Other trees, another machine -------------------------------------------


def test_a_tree_of_os_in_1000_lines(tmp_path):
    """Its shell is a raw binary between two symbols; its disk is made of what
    lies in disk/, or is disk.tar or lorem.txt."""
    tree = tmp_path / "tree"
    shutil.copytree(os.path.join(leaf.ROOT, "tests/lines"), tree)

    def begins():
        status, out, err = run(str(tree))
        assert status == 7, err
        assert "a shell from a raw binary\n" in out
        assert "warning" not in err
        return re.findall(r"(?m)^the disk begins with (.*)$", out)

    assert begins() == ["hello.txt"]
    write(tree / "disk" / "aaa.txt", "first\n")
    assert begins() == ["aaa.txt"]
    shutil.rmtree(tree / "disk")
    assert begins() == []
    write(tree / "lorem.txt", "Lorem ipsum".ljust(512, "."))
    assert begins() == ["Lorem ipsum........."]
    write(tree / "disk.tar", "a tar".ljust(1024, "."))
    assert begins() == ["a tar..............."]


def test_its_program_can_be_another(tmp_path):
    app = write(tmp_path / "nine.c", "int main(void) { return 9; }\n")
    status, out, err = run(os.path.join(leaf.ROOT, "tests/lines"), "--app", app)
    assert status == 9, err


FAKE_MACHINE = """#!/bin/sh
echo "machine $*"
head -c 9 | cat -v
exit 6
"""


@pytest.mark.parametrize("args, said", [
    (["--machine"], "machine build/leaf/kernel.elf"),
    (["--strict", "--machine"], "machine --strict build/leaf/kernel.elf"),
    (["--machine", "--app", "tests/programs/first.c", "--strict"],
     r"machine --strict build/first-\d+/kernel.elf"),
])
def test_the_machine_of_leaf_s_own(args, said, tmp_path):
    """It needs neither QEMU nor firmware, and set-up asks for neither. Here
    it is one that only says how it was called."""
    tree = tmp_path / "leaf"
    tree.mkdir()
    for name in (*SOURCES, "run.sh", "compile_flags.txt"):
        shutil.copy(os.path.join(leaf.ROOT, name), tree)
    for name in ("tools", "libc", "tests/programs"):
        if os.path.isdir(os.path.join(leaf.ROOT, name)):
            shutil.copytree(os.path.join(leaf.ROOT, name), tree / name)
    with open(os.path.join(leaf.ROOT, "Makefile")) as file:
        text = file.read()
    text = re.sub(r"(?m)^-?include machine.*\n", "", text)
    write(tree / "Makefile", text + "\n.PHONY: machine\nmachine:\n"
          "\tmkdir -p build/machine && cp fake build/machine/machine\n")
    write(tree / "fake", FAKE_MACHINE)
    bin = tmp_path / "bin"
    bin.mkdir()
    for place in reversed(os.environ["PATH"].split(":")):
        for name in os.listdir(place) if os.path.isdir(place) else ():
            if not name.startswith("qemu"):
                (bin / name).unlink(missing_ok=True)
                (bin / name).symlink_to(os.path.join(place, name))
    status, out, err = called(str(tree / "run.sh"), *args, cwd=tree,
                              PATH=str(bin), OPENSBI="")
    assert status == 6, err
    assert re.search(rf"(?m)^{said}$", out)
    assert out.endswith("\nexit 5\n^D^D")


# --- The debugger ---------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = run("--gdb", LEAF_GDB_PORT=str(port))
    assert (status, out) == (1, "")
    assert f"port {port} is in use" in err
    assert "LEAF_GDB_PORT=" in err


@pytest.mark.parametrize("port", ["0", "65536", "99999", "9" * 20, "gdb"])
def test_what_is_no_port_is_named(port):
    status, out, err = run("--gdb", LEAF_GDB_PORT=port)
    assert (status, out) == (2, "")
    assert f"LEAF_GDB_PORT={port}: " in err
    assert "from 1 to 65535" in err


def test_a_debugger_attaches_by_the_line_shown():
    port = str(free_port())
    with socket.create_server(("127.0.0.1", 0)) as server:
        try:
            socket.create_connection(server.getsockname(), 5).close()
        except OSError as error:  # in an `unshare --net`
            pytest.skip(f"no network, not even to this machine: {error}")
    with start("--gdb", LEAF_GDB_PORT=port) as child:
        child.stdin.write(b"exit 5\n")
        child.stdin.flush()
        line = ""
        while "target remote" not in line:
            line = child.stderr.readline().decode()
            assert line, "no line that attaches a debugger"
        gdb = shlex.split(line.split("run.sh:", 1)[1])
        if not shutil.which(gdb[0]):
            pytest.skip(f"missing: {gdb[0]}")
        done = subprocess.run(
            [*gdb, "-batch", "-ex", "break kernel_main", "-ex", "continue",
             "-ex", "info symbol $pc", "-ex", "delete", "-ex", "detach"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60 * leaf.PATIENCE)
        assert re.search(r"Breakpoint 1, .*kernel_main", done.stdout)
        assert re.search(r"(?m)^kernel_main .*in section \.text",
                         done.stdout)
        assert child.wait(60 * leaf.PATIENCE) == 5


# --- The Makefile ---------------------------------------------------------


@pytest.fixture
def make(tmp_path):
    """Runs make on a copy of the tree; returns the products it made."""
    tree = copy_tree(tmp_path / "tree")
    folder = str(tmp_path / "products")

    def run_make(*args, touch=None):
        if touch:
            os.utime(os.path.join(tree, touch))
        out = leaf.make(f"SRC={tree}", f"BUILD={folder}", *args)
        return {os.path.basename(line.strip()) for line in out.splitlines()
                if line.startswith("  ")}

    return run_make


IMAGE = {"kernel.o", "kernel.elf", "kernel.dis", "kernel.sym"}
PROGRAM = {"shell.elf", "shell.stripped", "shell.dis", "shell.sym"}


def test_make_builds_only_what_changed(make):
    everything = ({"user.o", "program.o", "common.o", "kernel-common.o"} |
                  PROGRAM | IMAGE)
    assert everything <= make()
    assert make() == set()
    assert make(touch="kernel.c") == IMAGE
    assert make(touch="kernel.h") == IMAGE
    assert make(touch="kernel.ld") == IMAGE - {"kernel.o"}
    assert make("LISTINGS=", touch="kernel.ld") == {"kernel.elf"}
    assert make(touch="shell.c") == {"program.o"} | PROGRAM | IMAGE
    assert make(touch="user.c") == {"user.o"} | PROGRAM | IMAGE
    assert make(touch="user.ld") == PROGRAM | IMAGE
    assert make(touch="common.h") == everything
    assert make("DEFINES=-DTHIS") == everything
    assert make("DEFINES=-DTHIS") == set()
    assert make() == everything


def test_make_builds_another_program_when_app_changes(make, tmp_path):
    app = write(tmp_path / "other.c", "int main(void) { return 0; }\n")
    make()
    made = make(f"APP={app}")
    assert {"program.o", "other.elf", "other.stripped"} | IMAGE <= made
    assert "user.o" in made, "the flags name the program"
    assert make(f"APP={app}") == set()


def test_where_a_tree_lies_changes_no_byte_of_it(tmp_path):
    """An assertion names its file. By its whole path, a kernel would be some
    bytes longer on one computer than on another."""
    images = []
    for name in "short", "a-folder-with-a-longer-name":
        tree = copy_tree(tmp_path / name)
        products = tmp_path / name / "products"
        leaf.make(f"SRC={tree}", f"BUILD={products}")
        images.append((products / "shell.stripped").read_bytes())
    assert images[0] == images[1]


@pytest.mark.parametrize("data, segments", [
    ("", ["R E"]),
    ("const char *text = \"abc\";", ["R E", "R", "RW"]),
    ("int zero[2000];", ["R E", "RW"]),
    ("const int constant = 7;", ["R E", "R"]),
])
def test_each_segment_has_pages_of_its_own(tmp_path, data, segments):
    """Whichever of them a program has; never W and X; and where it lies in
    the file and in memory agree, so that the file's pages can be mapped."""
    tree = copy_tree(tmp_path / "tree")
    write(tmp_path / "tree" / "user.c", '#include "user.h"\nvoid _start(void)'
          "{ for (;;); }\nvoid put(const char *s, size_t n)"
          "{ (void) s; (void) n; }\n")
    write(tmp_path / "tree" / "common.c", "\n")
    write(tmp_path / "tree" / "kernel.c", """
        void *memset(void *p, int c, unsigned n) { (void) c; (void) n;
            return p; }
        __attribute__((section(".text.boot"))) void boot(void) { }
        """)
    write(tmp_path / "tree" / "shell.c", data + "\n")
    folder = tmp_path / "products"
    leaf.make(f"SRC={tree}", f"BUILD={folder}")
    shown = subprocess.run(
        ["readelf", "-lW", str(folder / "shell.stripped")], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    loads = [line.split() for line in shown.splitlines() if "LOAD" in line]
    assert [" ".join(load[6:-1]) for load in loads] == segments
    end = 0
    for load in loads:
        offset, address, _, in_file, in_memory = (int(x, 16)
                                                  for x in load[1:6])
        assert offset % 4096 == address % 4096 == 0
        assert address >= end
        end = address + in_memory
        assert in_file <= in_memory


def test_two_builds_at_once(tmp_path):
    tree = copy_tree(tmp_path / "tree")
    makes = [subprocess.Popen(
        ["make", "-C", leaf.ROOT, f"SRC={tree}", f"BUILD={tmp_path}/products"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True) for _ in range(3)]
    for child in makes:
        out, _ = child.communicate(timeout=120 * leaf.PATIENCE)
        assert child.returncode == 0, out
    left = os.listdir(tmp_path / "products")
    assert not [name for name in left if re.search(r"\.\d+(\.d)?$", name)]
    assert leaf.make(f"SRC={tree}", f"BUILD={tmp_path}/products") == ""


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3", "-Os"])
def test_every_optimization_builds(level, tmp_path):
    leaf.make(f"DEFINES={level}", f"BUILD={tmp_path}/products", "WERROR=1")


def test_the_kernel_alone_keeps_frame_pointers(tmp_path):
    leaf.make(f"BUILD={tmp_path}/products")

    def prologues(name):
        shown = (tmp_path / "products" / f"{name}.dis").read_text()
        return len(re.findall(r"\taddi?\ts0, sp, ", shown))

    assert prologues("kernel") > 50
    assert prologues("shell") < 5, "addi has other uses"


@pytest.mark.parametrize("clang", CLANGS)
def test_no_compiler_warns(clang, tmp_path):
    leaf.make(f"CC={clang}", f"BUILD={tmp_path}/products", "WERROR=1")


def test_a_tree_as_far_as_it_goes(tmp_path):
    """A kernel alone, as in the book's first chapters."""
    tree = tmp_path / "tree"
    tree.mkdir()
    write(tree / "kernel.c", """
        #ifdef PROGRAM
        #error there is no program
        #endif
        __attribute__((section(".text.boot"), naked)) void boot(void) {
            __asm__("li a7, 1\\n li a0, 'x'\\n ecall\\n"
                    "li a0, 0x100000\\n li a1, 0x5555\\n sw a1, (a0)\\n"
                    "j .\\n");
        }
        """)
    write(tree / "kernel.ld", """
        ENTRY(boot)
        SECTIONS { . = 0x80200000; .text : { *(.text.boot) *(.text) } }
        """)
    status, out, err = run(str(tree))
    assert status == 0, err
    assert out.endswith("x")


@pytest.mark.parametrize("name", ["SRC", "APP"])
def test_make_knows_where_home_is(tmp_path, name):
    """Not every shell does, in the middle of an argument."""
    tree = copy_tree(tmp_path / "mine")
    file = "mine/shell.c" if name == "APP" else "mine"
    place = leaf.make("-s", "where", f"{name}=~/{file}", f"HOME={tmp_path}")
    assert place == leaf.make("-s", "where", f"{name}={tmp_path}/{file}")
    assert place != leaf.make("-s", "where") and os.path.isdir(tree)


def test_make_says_the_flags_that_leaf_needs():
    flags = leaf.make("-s", "cflags").split()
    assert {"-fno-strict-aliasing", "-fno-delete-null-pointer-checks",
            "-std=gnu11"} <= set(flags)


def test_make_asks_a_shell_for_the_commands_of_a_shell():
    """make 3.81 runs a line without the shell if it sees nothing for one to do,
    and there is no program called command; later ones know better."""
    files = [os.path.join(leaf.ROOT, "Makefile"),
             *glob.glob(os.path.join(leaf.ROOT, "*", "*.mk"))]
    assert len(files) == 4
    for path in files:
        with open(path) as file:
            text = file.read().replace("\\\n", " ")
        assert re.findall(r"\$[({]shell\s+command\b.*", text) == [], path


def test_make_clean_removes_only_what_was_built(tmp_path):
    shutil.copy(os.path.join(leaf.ROOT, "Makefile"), tmp_path)
    build = tmp_path / "build"
    for name in ("opensbi/fw_dynamic.bin", "venv/bin/python3",
                 "unrolled/kernel.c", "leaf/kernel.elf", "libc/1/libc.a"):
        (build / name).parent.mkdir(parents=True)
        write(build / name, "")
    for _ in range(2):
        subprocess.run(["make", "-C", tmp_path, "clean"], env=environment(),
                       check=True)
        assert set(os.listdir(build)) == {"opensbi", "venv", "unrolled"}
        assert (build / "opensbi" / "fw_dynamic.bin").exists()
    shutil.rmtree(build)
    subprocess.run(["make", "-C", tmp_path, "clean"], env=environment(),
                   check=True)


@pytest.mark.parametrize("name", ["kernel.ld", "user.ld", "user.c"])
def test_a_file_that_a_tree_lacks_is_named(name, tmp_path):
    tree = copy_tree(tmp_path / "tree")
    os.remove(os.path.join(tree, name))
    status, out, err = run(tree)
    assert (status, out) == (1, "")
    assert f"{tree}/{name}: the tree lacks this file. Copy leaf's own" in err


@pytest.mark.parametrize("args, named", [
    (["SRC=/no/such/tree"], "/no/such/tree"),
    (["APP=/no/such/prog.c"], "/no/such/prog.c"),
])
def test_make_names_what_is_not_there(args, named):
    with pytest.raises(leaf.BuildError, match=re.escape(named)):
        leaf.make(*args)
