"""tools/setup and tools/firmware: what is missing on a machine and how it is
got, on simulated machines: their package managers only take notes. Bare
systems are real in tests/bare-debian."""

import os
import re
import shutil
import subprocess
import tarfile

import pexpect
import pytest

import leaf

if leaf.FOREIGN:
    pytest.skip("set-up is not of this tree", allow_module_level=True)

SYSTEM = r"apt-get|apt-cache|brew|dnf|pacman|zypper|apk|sudo|doas|id"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if text.startswith("#!"):
        path.chmod(0o755)
    return str(path)


class Simulated:
    """A machine with all the tools of this one but some, and a copy of
    run.sh, so that nothing is noted in this repository's build/."""

    def __init__(self, folder):
        self.folder, self.bin = folder, folder / "bin"
        self.log = folder / "log"
        self.tree = folder / "leaf"
        self.tree.mkdir()
        for name in ("run.sh", "Makefile", "compile_flags.txt"):
            shutil.copy(os.path.join(leaf.ROOT, name), self.tree)
        shutil.copytree(os.path.join(leaf.ROOT, "tools"), self.tree / "tools")
        self.bin.mkdir()
        self.log.write_text("")

    def lacks(self, without=r"qemu-.*"):
        """The tools whose names match, and this system's own of set-up."""
        for place in reversed(os.environ["PATH"].split(":")):
            for name in os.listdir(place) if os.path.isdir(place) else ():
                if re.fullmatch(f"{without}|{SYSTEM}", name):
                    continue
                (self.bin / name).unlink(missing_ok=True)
                (self.bin / name).symlink_to(os.path.join(place, name))
        self.fake("id", 'case $1 in -un) echo reader ;; *) echo 1000 ;; esac')
        self.fake("sudo", 'echo "sudo $*" >>"$LOG"; while :; do case $1 in '
                  '-n | env | *=*) shift ;; *) break ;; esac; done\n"$@"')
        return self

    def fake(self, name, text):
        (self.bin / name).unlink(missing_ok=True)
        write(self.bin / name, "#!/bin/sh\n" + text + "\n")

    def manager(self, name, brings="qemu-system-riscv32", packages=()):
        """A package manager that takes notes, and brings this machine's own
        tools of these names. For apt: the packages that it knows."""
        fetch = "".join(
            f"ln -sf {shutil.which(tool)} {self.bin}/{tool}\n"
            for tool in brings.split() if shutil.which(tool))
        self.fake(name, 'echo "${0##*/} $*" >>"$LOG"\n[ -z "$(cat)" ] || '
                  'echo "the input was not empty" >>"$LOG"\n'
                  f'case "$*" in *install* | *add* | *-S*) {fetch} ;; esac')
        if name == "apt-get":
            known = "".join(f"{package}) echo '  Candidate: {version}' ;;\n"
                            for package, version in dict(packages).items())
            self.fake("apt-cache", f'case $2 in\n{known}esac')
        return self

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items()
               if k not in ("CC", "PYTHON") and not k.startswith("MAKE")}
        return {**env, "PATH": str(self.bin), "LOG": str(self.log),
                "OPENSBI": leaf.firmware(), **more}

    def run(self, *args, typed="", **more):
        """run.sh without a terminal; returns status, output, messages."""
        done = subprocess.run(
            [str(self.tree / "run.sh"), *args], input=typed, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment(**more), start_new_session=True,
            timeout=60 * leaf.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def notes(self):
        return self.log.read_text().splitlines()

    def installs(self):
        return [line for line in self.notes() if not line.startswith("sudo")
                and re.search(" (install|add|-S) ", line)]


@pytest.fixture
def machine(tmp_path):
    return Simulated(tmp_path)


@pytest.fixture
def terminal(machine):
    children = []

    def spawn(command, *args):
        child = pexpect.spawn(command, list(args), encoding="utf-8",
                              env=machine.environment(),
                              timeout=60 * leaf.PATIENCE)
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


APT = {"qemu-system-misc": "7.2", "opensbi": "1.1", "clang": "1:14.0",
       "gdb-multiarch": "13.1"}

# --- What is there --------------------------------------------------------


def test_set_up_is_silent_when_all_is_there(machine):
    machine.lacks("nothing")
    assert machine.run("--setup", "boot") == (0, "", "")
    assert machine.notes() == []


def test_what_was_found_is_not_looked_for_twice(machine):
    machine.lacks("qemu-.*").fake(
        "qemu-system-riscv32",
        'echo asked >>"$LOG"; echo QEMU emulator version 8.0.0')
    again = [str(machine.tree / "run.sh"), "--setup", "boot"]
    assert machine.run("--with", "boot", *again) == (0, "", "")
    once = machine.notes()
    assert once and set(once) == {"asked"}
    machine.log.write_text("")
    elsewhere = f"PATH={machine.bin}:/nowhere"
    assert machine.run("--with", "boot", "env", elsewhere, *again) == (0, "", "")
    assert len(machine.notes()) == 2 * len(once)  # another PATH: it looks


def test_an_old_clang_is_refused_by_name(machine):
    machine.lacks("clang.*").manager("apt-get").fake("clang", "echo 13.0.1")
    status, out, err = machine.run("--setup", "boot")
    assert (status, out) == (1, "")
    assert f"{machine.bin}/clang is version 13.0.1" in err
    assert "clang 14 or newer" in err
    assert "sudo apt-get install clang" in err
    assert machine.installs() == []


def test_an_old_qemu_is_refused_by_name(machine):
    machine.lacks().manager("apt-get").fake(
        "qemu-system-riscv32", "echo QEMU emulator version 6.2.0")
    status, out, err = machine.run("--setup", "boot")
    assert (status, out) == (1, "")
    assert f"{machine.bin}/qemu-system-riscv32 is version 6.2.0" in err
    assert "QEMU 7.0 or newer" in err
    assert "Debian 12, Ubuntu 24.04 or newer" in err


@pytest.mark.parametrize("script, found", [
    ("echo 12", "version 12"),
    ("[ $1 = -dumpversion ] && echo 17.0.0 || echo x86-64", "without RISC-V"),
    (None, "not there"),
])
def test_g13_a_cc_of_the_environment_is_named(machine, script, found):
    """As conda exports one. It is not told to install a clang."""
    machine.lacks("nothing").manager("apt-get")
    if script:
        machine.fake("x86_64-conda-linux-gnu-cc", script)
    status, out, err = machine.run(
        "--setup", "boot", CC=f"{machine.bin}/x86_64-conda-linux-gnu-cc")
    assert (status, out) == (1, "")
    assert (f"x86_64-conda-linux-gnu-cc comes from the environment and is "
            f"{found}; leaf needs clang 14 or newer.") in err
    assert "This mends it: unset CC" in err
    assert "apt-get" not in err


def test_the_firmware_that_qemu_brings_is_taken(machine):
    """The first of the folders where QEMU looks that has it; but what the
    environment names goes first."""
    own = write(machine.folder / "share" /
                "opensbi-riscv32-generic-fw_dynamic.bin", "")
    machine.lacks().fake(
        "qemu-system-riscv32",
        f'case $1 in -L) echo /nowhere; echo {machine.folder}/share ;; '
        '*) echo QEMU emulator version 9.0.0 ;; esac')
    args = ("--with", "boot", "printenv", "OPENSBI")
    assert machine.run(*args, OPENSBI="") == (0, own + "\n", "")
    other = write(machine.folder / "other.bin", "")
    assert machine.run(*args, OPENSBI=other) == (0, other + "\n", "")


def test_the_machine_kind_needs_neither_qemu_nor_firmware(machine):
    machine.lacks()
    assert machine.run("--setup", "machine", OPENSBI="") == (0, "", "")


def test_the_tests_do_without_what_only_bench_shows(machine):
    python = shutil.which("python3", path="/usr/bin") or "python3"
    machine.lacks("python3.*").manager("apt-get", packages=APT).fake(
        "python3", f'case $* in *matplotlib*) exit 1 ;; esac\n'
        f'exec {python} "$@"')
    more = {"PYTHON": str(machine.bin / "python3")}
    status, _, err = machine.run("--setup", "test", **more)
    assert status == 0
    assert "matplotlib" not in err and "picolibc" not in err
    status, _, err = machine.run("--setup", "bench", **more)
    assert status == 0
    assert "matplotlib" in err


# --- Package managers -----------------------------------------------------


@pytest.mark.parametrize("name, command, qemu, shfmt", [
    ("apt-get", "sudo -n env .* apt-get -y .* install", "qemu-system-misc",
     "shfmt"),
    ("dnf", "sudo -n dnf -y install", "qemu-system-riscv", "shfmt"),
    ("pacman", "sudo -n pacman -S --needed --noconfirm", "qemu-system-riscv",
     "shfmt"),
    ("zypper", "sudo -n zypper --non-interactive install", "qemu-extra",
     "shfmt"),
    ("apk", "sudo -n apk add --update-cache", "qemu-system-riscv32", "shfmt"),
    ("brew", "brew install", "qemu", "shfmt"),
])
def test_g13_each_package_manager(machine, name, command, qemu, shfmt):
    machine.lacks("qemu-.*|shfmt").manager(
        name, brings="qemu-system-riscv32 shfmt", packages=APT)
    status, out, err = machine.run("--setup", "boot", typed="y\ny\n")
    assert (status, out) == (0, ""), err
    assert "QEMU for riscv32, 7.0 or newer" in err
    assert [line for line in machine.notes()
            if re.fullmatch(f"{command} {qemu}", line)]
    assert len(machine.installs()) == 1
    assert "the input was not empty" not in machine.notes()


def test_g13_one_call_for_all_that_a_command_needs(machine):
    machine.lacks("qemu-.*|git|patch|gdb.*|riscv.*gdb").manager(
        "apt-get", packages=APT, brings="qemu-system-riscv32 git patch gdb")
    status, out, err = machine.run("--setup", "test")
    assert (status, out) == (0, ""), err
    [line] = machine.installs()
    assert {"qemu-system-misc", "git", "patch", "gdb-multiarch"} <= set(
        line.split())


def test_g13_what_can_be_done_without_is_tried_once(machine):
    machine.lacks("gdb.*|riscv.*gdb").manager("apt-get", packages=APT)
    status, _, err = machine.run("--setup", "test")
    assert status == 0
    assert "Going on without:\nrun.sh:     gdb for RISC-V\n" in err
    assert len(machine.installs()) == 1
    assert machine.run("--setup", "test") == (0, "", "")
    assert len(machine.installs()) == 1


def test_g13_what_apt_does_not_know_and_is_not_needed_is_not_asked_for(
        machine):
    """It would make the whole call fail."""
    machine.lacks("gdb.*|riscv.*gdb|patch").manager(
        "apt-get", brings="patch", packages={})
    machine.run("--setup", "test")
    [line] = machine.installs()
    assert "patch" in line and "gdb" not in line


@pytest.mark.parametrize("version, taken", [
    ("1.1-2", False), ("1.3-1ubuntu0", False), ("1.5.1-1~bpo12+1", True),
    ("1.10-1", True)])
def test_only_an_opensbi_that_has_32_bits_is_installed(machine, version,
                                                       taken):
    """Before 1.5 the package holds 64-bit firmware alone."""
    place = "/usr/lib/riscv32-linux-gnu/opensbi/generic/fw_dynamic.bin"
    if os.path.exists(place) or not shutil.which("dpkg"):
        pytest.skip("missing: a Debian without 32-bit firmware of its own")
    machine.lacks().manager("apt-get", brings="",
                            packages={**APT, "opensbi": version})
    machine.run("--setup", "boot", OPENSBI="")
    [line] = machine.installs()
    assert ("opensbi" in line.split()) == taken


def test_g13_without_a_package_manager_it_says_what_to_get(machine, terminal):
    """At once: no question that leads nowhere."""
    machine.lacks()
    child = terminal(str(machine.tree / "run.sh"))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert "[Y/n]" not in child.before
    assert "QEMU for riscv32, 7.0 or newer" in child.before
    assert "nix-shell -p" in child.before


def test_g13_without_root_or_sudo_it_says_what_root_must_type(machine,
                                                              terminal):
    machine.lacks().manager("apt-get", packages=APT)
    (machine.bin / "sudo").unlink()
    child = terminal(str(machine.tree / "run.sh"))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert "[Y/n]" not in child.before
    assert "As root: apt-get install qemu-system-misc" in child.before
    assert child.before.count("apt-get") == 1
    assert machine.notes() == []


def test_g13_no_network_is_said_once(machine):
    machine.lacks().manager("apt-get", packages=APT).fake(
        "apt-get", 'echo "apt-get $*" >>"$LOG"; for n in 1 2 3; do\n'
        'echo "Err:$n some suite"\necho "  Temporary failure resolving"\n'
        'echo "E: Failed to fetch $n" >&2\ndone')
    status, _, err = machine.run("--setup", "boot")
    assert status == 1
    assert err.count("No network?") == 1
    assert "Failed to fetch" not in err
    assert machine.installs() == []
    assert "By hand: sudo apt-get install qemu-system-misc" in err


def test_g13_one_source_that_fails_does_not_stop_it(machine):
    machine.lacks().manager("apt-get", packages=APT)
    text = (machine.bin / "apt-get").read_text()
    machine.fake("apt-get", text + 'case $* in *update*) echo "Hit:1 main"; '
                 'echo "Err:2 other"; echo "E: other" >&2; exit 100 ;; esac')
    status, _, err = machine.run("--setup", "boot")
    assert status == 0
    assert "E: other" in err
    assert len(machine.installs()) == 1


# --- Questions ------------------------------------------------------------


@pytest.mark.parametrize("answer, yes", [
    ("\n", True), ("y\n", True), ("Yes\n", True), ("n\n", False),
    ("no\n", False), ("\x04", False)])
def test_g13_on_a_terminal_it_asks_first(machine, terminal, answer, yes):
    """And sudo may ask for its password there."""
    machine.lacks().manager("apt-get", packages=APT)
    child = terminal(str(machine.tree / "run.sh"), "--setup", "boot")
    child.expect("QEMU for riscv32")
    child.expect(r"\[Y/n\] ")
    assert machine.notes() == []
    child.send(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if yes else 1)
    assert ("nothing was installed" in child.before) == (not yes)
    assert len(machine.installs()) == yes
    assert "sudo -n" not in machine.log.read_text()
    assert ("sudo env" in machine.log.read_text()) == yes


def test_g13_it_asks_at_the_terminal_when_input_is_piped(machine, terminal):
    machine.lacks().manager("apt-get", packages=APT)
    child = terminal("sh", "-c", f"printf 'exit\\n' | {machine.tree}/run.sh "
                     "--setup boot 2>/dev/null")
    child.expect(r"\[Y/n\] ")
    child.send("\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert len(machine.installs()) == 1
    assert "sudo -n" not in machine.log.read_text()


def test_without_a_terminal_it_never_asks(machine):
    machine.lacks().manager("apt-get", brings="", packages=APT)
    status, _, err = machine.run("--setup", "boot", typed="n\nn\n")
    assert status == 1
    assert "[Y/n]" not in err
    assert "sudo -n apt-get -q" in machine.log.read_text()
    assert "the input was not empty" not in machine.notes()
    assert "Still missing:\nrun.sh:     QEMU for riscv32" in err


# --- The firmware ---------------------------------------------------------


def get_firmware(machine, apt_get, **more):
    """Calls get_firmware where apt-get is a script; returns its messages."""
    if not shutil.which("apt-config"):
        pytest.skip("missing: apt")
    machine.lacks("nothing").fake("apt-get", apt_get)
    (machine.tree / "build").mkdir()
    done = subprocess.run(
        ["bash", "-euc", "here=$PWD; . tools/setup; . tools/firmware; "
         "find_clang; get_firmware"], cwd=machine.tree, text=True,
        env=machine.environment(**more), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60 * leaf.PATIENCE)
    return done.stdout


def test_the_firmware_comes_out_of_a_package(machine):
    root = machine.folder / "package"
    place = "usr/lib/riscv32-linux-gnu/opensbi/generic/fw_dynamic.bin"
    write(root / place, "32 bits")
    write(root / place.replace("riscv32", "riscv64"), "64 bits")
    write(root / "DEBIAN/control", "Package: opensbi\nVersion: 1.5\n"
          "Architecture: all\nMaintainer: x\nDescription: x\n")
    subprocess.run(["dpkg-deb", "-b", root, machine.folder / "opensbi.deb"],
                   check=True, stdout=subprocess.DEVNULL)
    said = get_firmware(machine, 'case "$*" in *backports\\ download*) '
                        f'cp {machine.folder}/opensbi.deb . ;; '
                        '*download*) exit 1 ;; esac')
    firmware = machine.tree / "build/opensbi/fw_dynamic.bin"
    assert firmware.read_text() == "32 bits", said
    assert sorted(os.listdir(machine.tree / "build")) == [
        "opensbi", "opensbi.log"]


def test_where_no_package_has_it_the_firmware_is_built(machine):
    """As Ubuntu 24.04 needs: from the sources that apt has, by clang."""
    source = write(
        machine.folder / "opensbi-1.3/Makefile",
        "all:\n\ttest '$(LLVM) $(PLATFORM) $(PLATFORM_RISCV_XLEN)' = "
        "'1 generic 32'\n\tcommand -v ld.lld\n"
        "\tmkdir -p build/platform/generic/firmware\n\techo built "
        ">build/platform/generic/firmware/fw_dynamic.bin\n")
    with tarfile.open(machine.folder / "opensbi.tar.gz", "w:gz") as tar:
        tar.add(os.path.dirname(source), "opensbi-1.3")
    said = get_firmware(
        machine, 'case "$*" in *download*) exit 1 ;; *source*) '
        f'cp {machine.folder}/opensbi.tar.gz opensbi_1.3.orig.tar.gz ;; esac')
    firmware = machine.tree / "build/opensbi/fw_dynamic.bin"
    assert firmware.exists(), (machine.tree / "build/opensbi.log").read_text()
    assert firmware.read_text() == "built\n"
    assert "building it from its sources" in said


def test_a_firmware_that_cannot_be_had_is_asked_for(machine):
    said = get_firmware(machine, "exit 1")
    assert "OPENSBI=.../fw_dynamic.bin ./run.sh" in said
    assert os.listdir(machine.tree / "build") == ["opensbi.log"]


CODENAME = subprocess.run(
    ["sh", "-c", '. /etc/os-release; echo "$VERSION_CODENAME"'], text=True,
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
LINES = f"""\
# a comment
deb http://lines.example/debian {CODENAME} main contrib
deb [arch=amd64 signed-by=/a/key] http://options.example/d {CODENAME} main
#deb http://disabled.example/debian {CODENAME} main
deb http://security.example/debian {CODENAME}-security main
deb-src http://source.example/debian {CODENAME} main
deb http://other.example/debian another main
"""
PARAGRAPHS = f"""\
Types: deb deb-src
URIs: http://paragraph.example/debian
Suites: {CODENAME} {CODENAME}-updates
Components: main
Signed-By: /a/key

Types: deb
URIs: http://off.example/debian
Suites: {CODENAME}
Components: main
Enabled: no

# Types: deb
Types: deb-src
URIs: http://sources.example/debian
Suites: {CODENAME}
Components: main

Types: deb
Enabled: yes
URIs: http://on.example/debian
Suites: stable
Components: main
"""


@pytest.mark.parametrize("kind", ["deb", "deb-src"])
def test_only_enabled_sources_of_this_release_are_used(machine, kind):
    etc = machine.folder / "etc"
    write(etc / "sources.list", "")
    write(etc / "sources.list.d/a.list", LINES)
    write(etc / "sources.list.d/b.sources", PARAGRAPHS)
    config = write(machine.folder / "apt.conf", f'Dir::Etc "{etc}";\n')
    get_firmware(
        machine, 'case "$*" in *update*) cat build/opensbi.*/sources/* '
        '>>"$LOG"; echo ---- >>"$LOG" ;; *) exit 1 ;; esac', APT_CONFIG=config)
    used = machine.log.read_text().split("----")[kind == "deb-src"]
    assert set(re.findall(r"http://(\w+)\.", used)) == {
        "lines", "options", "paragraph", "on"}
    assert f"{kind} [arch=amd64 signed-by=/a/key] http://options" in used
    assert f" {CODENAME}-backports main universe\n" in used
    assert re.findall(r"(?m)^Types: (.*)$", used) == [kind] * 2
    assert "Signed-By: /a/key" in used


# --- Editors --------------------------------------------------------------

with open(os.path.join(leaf.ROOT, "compile_flags.txt")) as file:
    FLAGS = file.read().split("\n")[:-1]
SOURCES = subprocess.run(
    ["git", "ls-files", "*.c"], cwd=leaf.ROOT, text=True,
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.split()
# What runs on the host, which .clangd tells editors, is held by make lint.
FREESTANDING = [name for name in SOURCES if not re.match(
    r"(tests/host|bench|machine|site)/", name)]


@pytest.mark.parametrize("source", FREESTANDING)
def test_an_editor_shows_no_error(source):
    """clangd compiles each file by itself, with these flags."""
    leaf.make()
    done = subprocess.run(
        [os.environ.get("CC") or "clang", *FLAGS, "-fsyntax-only", source],
        cwd=leaf.ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
