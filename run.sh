#!/usr/bin/env bash
#
# run.sh: builds leaf, or any tree with the same file names, and boots it in
# QEMU. What that needs and this machine lacks, it installs first.
#
# From top to bottom: messages, what is needed, finding it, installing it,
# the firmware, building, booting. The last part says in which order. It
# keeps to bash 3.2 and to what BSD's tools know, for macOS has no more.

set -eu
export LC_ALL=C

CLANG_NEEDED=14
QEMU_NEEDED=7

help() {
    cat <<'END'
Usage: ./run.sh [--gdb] [--app prog.c] [N | DIR]

Builds leaf and boots it in QEMU; Ctrl-A X leaves. Input may come from a pipe:
    printf 'malloc\nexit\n' | ./run.sh
The exit status is that of the first process, or 255 after a panic.

    N             the kernel as it stands at the end of the book's chapter N
    DIR           the kernel in DIR, which has leaf's file names
    --app prog.c  runs prog.c in place of the shell
    --gdb         waits for a debugger and prints the line that attaches one
    --help        this text

    --setup KIND  only installs what is missing: for boot, test or lint
    --with KIND COMMAND...
                  does that, and runs a command that finds in its environment
                  what was found: CC, OPENSBI and PYTHON

Environment:
    CC            the compiler: clang 14 or newer
    OPENSBI       the firmware: OpenSBI's fw_dynamic.bin for 32 bits
    LEAF_QEMU     more arguments for QEMU
    LEAF_GDB_PORT the port at which --gdb waits, in place of 1234
    DEFINES       more flags for the compiler
END
}

# ---- Messages ------------------------------------------------------------
# They go to standard error: standard output is the console's.

say() {
    echo "run.sh: $*" >&2
}

die() {
    say "$@"
    exit 1
}

# A wrong call: what is wrong with it, and where to read on.
misused() {
    say "$@"
    say "./run.sh --help shows what can be said."
    exit 2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

at_a_terminal() {
    [ -t 0 ] && [ -t 2 ]
}

# ---- What is needed ------------------------------------------------------
# A line for each thing: what for, its name, the command that finds it, its
# packages for apt, its packages for Homebrew. "test?" is a thing without
# which some tests are skipped. Of a/b, apt installs the first that it knows;
# @ is the number of the clang found.

needs() {
    cat <<END
boot|clang $CLANG_NEEDED or newer|find_clang|clang|llvm
boot|lld, clang's linker|have_llvm ld.lld|lld|lld
boot|llvm, the tools beside clang|have_llvm llvm-objdump|llvm|llvm
boot|make|have make|make|make
boot|QEMU for riscv32, $QEMU_NEEDED.0 or newer|find_qemu|qemu-system-riscv/qemu-system-misc|qemu
boot|OpenSBI for 32 bits|find_firmware|opensbi>=1.5|qemu
book|python3|find_python sys|python3|python3
test|pytest, pexpect and xdist|find_python pytest pexpect xdist|python3-pytest python3-pexpect python3-pytest-xdist|python3
test?|matplotlib|have_matplotlib|python3-matplotlib|python-matplotlib
test|git|have git|git|git
test|patch|have patch|patch|gpatch
test|ps|have ps|procps|
test|sanitizers and libFuzzer|clang_links -fsanitize=address,undefined,fuzzer|libclang-rt-@-dev libclang-common-@-dev g++|llvm
test?|32-bit programs on this machine|host_32_bit|gcc-multilib g++-multilib|
test?|gdb for RISC-V|find_gdb|gdb-multiarch|riscv64-elf-gdb
test?|picolibc|have_picolibc|picolibc-riscv64-unknown-elf|
lint|clang-format|have clang-format|clang-format|clang-format
lint|clang-tidy|have_llvm clang-tidy|clang-tidy|llvm
lint|shellcheck|have shellcheck|shellcheck|shellcheck
lint|shfmt|have shfmt|shfmt|shfmt
END
}

# ---- Finding it ----------------------------------------------------------
# A tool that is there and will not do is not installed over: unfit() keeps
# what is to be said about it.

unfit=

unfit() { # tool, found, needed, command that mends it
    unfit="${unfit}run.sh: $1 is $2; leaf needs $3.
run.sh: This mends it: $4
"
}

# Where to look for clang: Homebrew's first, for macOS's own knows no RISC-V;
# then the one on the PATH, or the newest with a number in its name.
CLANGS="/opt/homebrew/opt/llvm/bin/clang /usr/local/opt/llvm/bin/clang clang
    clang-22 clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15
    clang-14"

# Sets $clang to the first of them that will do, or to $CC.
find_clang() {
    local candidate version old='' found=''
    clang=
    for candidate in ${CC:-$CLANGS}; do
        have "$candidate" || continue
        version=$("$candidate" -dumpversion 2>/dev/null </dev/null || true)
        if ! [ "${version%%.*}" -ge "$CLANG_NEEDED" ] 2>/dev/null; then
            : "${old:=$candidate}" "${found:=version ${version:-unknown}}"
        elif "$candidate" --print-targets 2>/dev/null </dev/null |
            grep -q riscv32; then
            clang=$candidate
            return 0
        elif [ -n "${CC:-}" ]; then
            old=$CC found="without RISC-V"
        fi
    done
    [ -z "${CC:-}" ] || : "${old:=$CC}" "${found:=not there}"
    [ -z "$old" ] || unfit "$(command -v "$old" || echo "CC=$old")" "$found" \
        "clang $CLANG_NEEDED or newer" "$(newer_clang)"
    return 1
}

# The command that installs the newest clang there is.
newer_clang() {
    local newest
    if have brew; then
        echo "brew install llvm lld"
        return
    fi
    newest=$(apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null |
        sed 's/^clang-\([0-9]*\).*/\1/' | sort -n | tail -n 1 || true)
    newest=${newest:+-$newest}
    echo "sudo apt-get install clang$newest lld$newest llvm$newest," \
        "and then CC=clang$newest ./run.sh"
}

# Is a tool of LLVM's there, beside this clang or on the PATH?
have_llvm() {
    [ -n "$clang" ] &&
        have "$("$clang" -print-prog-name="$1" 2>/dev/null </dev/null)"
}

# Does this clang link a program with these flags?
clang_links() {
    [ -n "$clang" ] && echo '#include <stdlib.h>
        int LLVMFuzzerTestOneInput(const char *data, size_t n);
        int LLVMFuzzerTestOneInput(const char *data, size_t n) {
            return data == 0 && n ? abs(1) : 0;
        }' | "$clang" "$@" -x c - -o /dev/null >/dev/null 2>&1
}

# Only a PC's processor runs 32-bit programs too; elsewhere none is missing.
host_32_bit() {
    [ "$(uname -sm)" != "Linux x86_64" ] ||
        clang_links -m32 -fsanitize=address,undefined,fuzzer
}

find_qemu() {
    local version
    have qemu-system-riscv32 || return 1
    version=$(qemu-system-riscv32 --version 2>/dev/null </dev/null |
        sed -n 's/.*version \([0-9.]*\).*/\1/p' || true)
    [ "${version%%.*}" -ge "$QEMU_NEEDED" ] 2>/dev/null && return 0
    unfit "$(command -v qemu-system-riscv32)" "version ${version:-unknown}" \
        "QEMU $QEMU_NEEDED.0 or newer" "$(newer_qemu)"
    return 1
}

newer_qemu() {
    if have brew; then
        echo "brew upgrade qemu"
    elif have do-release-upgrade; then
        echo "sudo do-release-upgrade, for Ubuntu 24.04 or newer"
    elif have apt-get; then
        echo "sudo apt-get full-upgrade, to Debian 12 or newer"
    else
        echo "a newer release of this system"
    fi
}

# Sets $firmware: $OPENSBI, or where QEMU itself looks, or the distribution's
# place, or the copy that get_firmware made.
find_firmware() {
    local folder
    if [ -n "${OPENSBI:-}" ]; then
        firmware=$OPENSBI
        [ -r "$firmware" ] && return 0
        unfit "OPENSBI=$OPENSBI" "not there" "OpenSBI for 32 bits" \
            "unset OPENSBI, and run.sh finds or gets one"
        return 1
    fi
    while read -r folder; do
        firmware=$folder/opensbi-riscv32-generic-fw_dynamic.bin
        [ ! -r "$firmware" ] || return 0
    done <<END
$(qemu-system-riscv32 -L help 2>/dev/null </dev/null || true)
END
    firmware=/usr/lib/riscv32-linux-gnu/opensbi/generic/fw_dynamic.bin
    [ ! -r "$firmware" ] || return 0
    firmware=$PWD/build/opensbi/fw_dynamic.bin
    [ -r "$firmware" ]
}

# Sets $python to one that has the modules. The first on the PATH need not be
# the one that the system's packages are for.
find_python() {
    local modules
    modules=$(echo "$*" | tr ' ' ,)
    for python in ${PYTHON:-build/venv/bin/python3 python3 /usr/bin/python3}; do
        if "$python" -c "import $modules" >/dev/null 2>&1 </dev/null; then
            python=$(command -v "$python")
            return 0
        fi
    done
    python=
    return 1
}

have_matplotlib() {
    "${python:-python3}" -c 'import matplotlib' >/dev/null 2>&1 </dev/null
}

# Prints a debugger that knows RISC-V, by its name.
find_gdb() {
    local name
    for name in gdb-multiarch riscv32-unknown-elf-gdb riscv64-unknown-elf-gdb \
        riscv64-elf-gdb; do
        have "$name" && echo "$name" && return 0
    done
    return 1
}

have_picolibc() {
    [ -d /usr/lib/picolibc/riscv64-unknown-elf ] ||
        [ "$(uname)" != Linux ]
}

# ---- Installing it -------------------------------------------------------

# Installs what is missing for the kinds given, and says what it cannot get.
set_up() {
    local kind
    for kind; do
        look "$kind"
        [ -n "$missing" ] || continue
        # What it could not get once, and can do without, it tries once.
        [ -n "$required" ] || ! cmp -s build/without - <<<"$missing" || continue
        install_missing
        look "$kind"
        [ -n "$missing" ] || continue
        say_list "Still missing:" "$missing"
        [ -z "$required" ] || die "it does not work without them."
        cat >build/without <<<"$missing"
    done
}

# Sets $missing to what is missing for a kind, a line each, and $required and
# $optional to its packages; ends the script if a tool is unfit.
look() {
    local kind what check apt brew
    missing='' required='' optional='' unfit=''
    while IFS='|' read -r kind what check apt brew; do
        [ "${kind%\?}" = "$1" ] || continue
        # shellcheck disable=SC2086 # a check is a command and its arguments
        $check >/dev/null </dev/null && continue
        missing="$missing$what
"
        have brew && apt=$brew
        case $kind in
        *\?) optional="$optional $apt" ;;
        *) required="$required $apt" ;;
        esac
    done <<END
$(needs)
END
    [ -z "$unfit" ] || {
        printf '%s' "$unfit" >&2
        exit 1
    }
}

# Sets up and, for --with, runs a command with what was found.
prepare() { # --setup or --with, KIND, COMMAND...
    local how=$1 kind=${2:-}
    cd "$here"
    mkdir -p build
    case $kind in
    boot) set_up boot ;;
    test) set_up boot book test ;;
    lint) set_up boot lint ;;
    *) misused "$how needs one of boot, test, lint." ;;
    esac
    [ "$how" = --with ] || return 0
    shift 2
    [ $# -gt 0 ] || misused "--with $kind needs a command."
    CC=$clang OPENSBI=$firmware PYTHON=$python exec "$@"
}

say_list() {
    local line
    say "$1"
    printf '%s' "$2" | while read -r line; do say "    $line"; done
}

install_missing() {
    say_list "Missing on this machine:" "$missing"
    if at_a_terminal; then
        printf 'run.sh: Install what is missing? [Y/n] ' >&2
        read -r answer
        case $answer in
        '' | [Yy]*) ;;
        *) die "nothing was installed." ;;
        esac
    fi
    # shellcheck disable=SC2046,SC2086 # lists of packages are split into words
    if have brew; then
        install_with brew $required
        for package in $optional; do install_with brew $package; done
    elif have apt-get; then
        update_lists
        install_with apt-get $(apt_names $required)
        for package in $optional; do
            install_with apt-get $(apt_names $package)
        done
    else
        die "this system has neither apt-get nor brew: install them with" \
            "its own packages, and run this again."
    fi
    find_clang || true
    case $missing in *OpenSBI*) find_firmware || get_firmware || true ;; esac
    case $missing in
    *pytest*) find_python pytest pexpect xdist || make_venv ;;
    esac
}

# Once a run is enough.
update_lists() {
    [ -z "$lists_are_new" ] || return 0
    lists_are_new=yes
    say "Reading the lists of packages (apt-get update)."
    as_root apt-get -q update >&2 </dev/null ||
        say "That failed; going on with the lists that are here."
}

install_with() { # apt-get or brew, packages
    local tool=$1
    shift
    [ $# -gt 0 ] || return 0
    say "Installing $*"
    case $tool in
    brew) brew install "$@" ;;
    apt-get)
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
            --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
        ;;
    esac >&2 </dev/null || say "That failed. By hand: $tool install $*"
}

# sudo may ask for a password where somebody can answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! have sudo; then
        say "Only root can do this, and there is no sudo. As root: $*"
        return 1
    elif at_a_terminal; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# The names of packages as this release has them.
apt_names() {
    local package name number=''
    [ -z "$clang" ] || number=$("$clang" -dumpversion)
    for package; do
        case $package in
        *'>='*) # only if it is new enough
            name=${package%>=*}
            dpkg --compare-versions "$(candidate "$name")" ge \
                "${package#*>=}" && echo "$name"
            ;;
        */*) # the first that there is
            for name in $(echo "$package" | tr / ' '); do
                [ -z "$(candidate "$name")" ] || break
            done
            echo "$name"
            ;;
        *) echo "${package/@/${number%%.*}}" ;;
        esac
    done
}

# The version of a package that apt would install; nothing if there is none.
candidate() {
    apt-cache policy "$1" 2>/dev/null |
        sed -n 's/^ *Candidate: //p' | grep -v '(none)' || true
}

# Where no package brings pytest, a virtual environment does.
make_venv() {
    say "Making a Python environment with pytest in build/venv"
    { python3 -m venv build/venv && build/venv/bin/pip install \
        pytest pexpect pytest-xdist matplotlib; } >&2 </dev/null ||
        say "That failed."
}

# ---- The firmware --------------------------------------------------------
# Where no package to install holds OpenSBI for 32 bits, it is unpacked or
# built under build/. The packages come from where this machine gets its own,
# through lists that apt keeps under build/: nothing on the system changes.

get_firmware() {
    local work codename log=$PWD/build/opensbi.log
    mkdir -p build
    work=$(mktemp -d "$PWD/build/opensbi.XXXXXX")
    say "Getting OpenSBI for 32 bits into build/ (what happens is in $log)"
    if ! have apt-get || ! unpack_firmware >"$log" 2>&1; then
        say "No package has it; building it from its sources"
        build_firmware >>"$log" 2>&1 ||
            say "That failed. Get OpenSBI 1.5 or newer and say where it is:" \
                "OPENSBI=.../fw_dynamic.bin ./run.sh"
    fi </dev/null
    rm -rf "$work"
    find_firmware
}

# Debian's backports have it before its release does.
unpack_firmware() {
    local release deb found
    apt_sources deb
    own_apt update
    for release in "$codename-backports" "$codename"; do
        rm -rf "$work"/*.deb "$work/unpacked"
        (cd "$work" && own_apt -t "$release" download opensbi) || continue
        for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$work/unpacked"; done
        found=$(find "$work/unpacked" -name fw_dynamic.bin |
            grep riscv32 | grep generic || true)
        [ -z "$found" ] || { keep_firmware "$found" && return 0; }
    done
    return 1
}

# Its Makefile takes the clang and lld that the PATH has, and wants Python.
build_firmware() {
    local release source=$work/source tools
    have python3 || install_with apt-get python3
    apt_sources deb-src
    own_apt update
    for release in "$codename" "$codename-backports"; do
        rm -f "$work"/opensbi_*
        (cd "$work" && own_apt source --tar-only "opensbi/$release") &&
            break
    done
    mkdir "$source"
    tar -xf "$work"/opensbi_*.orig.tar.* -C "$source" --strip-components=1
    tools=$(dirname "$("$clang" -print-prog-name=ld.lld)")
    PATH=$tools:$PATH make -C "$source" -j2 LLVM=1 PLATFORM=generic \
        PLATFORM_RISCV_XLEN=32
    keep_firmware "$source/build/platform/generic/firmware/fw_dynamic.bin"
}

keep_firmware() {
    mkdir -p build/opensbi
    cp "$1" "$work/fw_dynamic.bin"
    mv -f "$work/fw_dynamic.bin" build/opensbi/
}

own_apt() {
    apt-get -q -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$work/sources" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# Writes the machine's own sources for this release, and for its backports,
# to $work/sources: packages for type deb, sources for deb-src. apt knows two
# ways to write them: a line each in .list files, or a paragraph each in
# .sources files.
apt_sources() {
    local file
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unstable}")
    mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -r "$file" ] || cat "$file"
    done | awk -v type="$1" -v codename="$codename" '
        $1 == "deb" {
            at = 2 # options in brackets may stand before the address
            options = ""
            if ($at ~ /^\[/)
                do options = options " " $at; while ($(at++) !~ /\]$/)
            suite = $(at + 1)
            if (suite == codename || suite ~ /^(old)*stable$/) {
                line = type options " " $at " "
                print line suite " main universe"
                print line suite "-backports main universe"
            }
        }' >"$work/sources/own.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -r "$file" ] || { cat "$file" && echo; }
    done | awk -v type="$1" -v codename="$codename" '
        function finish() {
            if (suite != "" && packages && enabled)
                printf "Types: %s\nSuites: %s %s-backports\n" \
                    "Components: main universe\n%s\n", type, suite, suite, rest
            suite = field = rest = packages = ""
            enabled = 1
        }
        BEGIN { finish() }
        /^#/ { next }
        /^[ \t]*$/ { finish(); next }
        /^[^ \t]/ {
            field = tolower($1)
            sub(/:.*/, "", field)
        }
        field == "types" { if ($0 ~ /deb( |$)/) packages = 1; next }
        field == "enabled" { if ($2 == "no") enabled = 0; next }
        field == "components" { next }
        field == "suites" {
            for (i = 1; i <= NF; i++)
                if ($i == codename || $i ~ /^(old)*stable$/) suite = $i
            next
        }
        { rest = rest $0 "\n" }
        END { finish() }' >"$work/sources/own.sources"
}

# ---- Building ------------------------------------------------------------

# A path that make can read. It splits names at spaces and reads
# $ # : % in its own way; a folder with such a name gets a link with a better
# one.
make_path() {
    local link
    case $1 in
    *[!A-Za-z0-9_/.,+@~-]*)
        link=build/links/$(printf %s "$1" | cksum | cut -d' ' -f1)
        mkdir -p build/links
        [ -e "$link" ] || ln -sfn "$1" "$link"
        echo "$link"
        ;;
    *) echo "$1" ;;
    esac
}

# Sets $chapter or $tree; with neither, it is the repository's own tree.
find_tree() { # N or DIR
    [ -z "$named" ] || misused "$named and $1: one tree at a time."
    named=$1
    case $1 in
    *[!0-9]*)
        [ ! -f "$1" ] || misused "$1: this is a file, not a folder." \
            "A program is run by --app prog.c."
        [ -d "$1" ] || misused "$1: there is no such folder."
        [ -r "$1/kernel.c" ] || misused "$1: there is no kernel.c in it."
        tree=$(cd "$1" && pwd)
        [ "$tree" != "$here" ] || tree=
        ;;
    '') misused "'' is neither a chapter nor a folder." ;;
    *) chapter=$1 ;;
    esac
}

find_app() { # prog.c
    [ -z "$app" ] || misused "$app and $1: one program at a time."
    [ -f "$1" ] || misused "$1: there is no such program."
    case ${1##*/} in
    *[!A-Za-z0-9_.+-]* | kernel.c)
        misused "$1: a program's file cannot have this name."
        ;;
    *.c) ;;
    *) misused "$1: a program is one .c file." ;;
    esac
    app=$(cd "$(dirname "$1")" && pwd)/${1##*/}
}

# Writes the chapter's sources. What is right already stays untouched, and
# make builds only what changed.
write_chapter() {
    [ -x book/chapter ] || die "there is no chapter $chapter: this tree has no" \
        "book."
    set_up book
    tree=build/chapters/$chapter
    "$python" book/chapter tree --force "$chapter" "$tree" </dev/null >&2 ||
        die "chapter $chapter could not be written."
}

build() {
    local arguments
    arguments=(--no-print-directory "CC=$clang")
    [ -z "$tree" ] || arguments+=("SRC=$(make_path "$tree")")
    [ -z "$app" ] || arguments+=("APP=$(make_path "${app%/*}")/${app##*/}")
    make "${arguments[@]}" >&2 </dev/null || die "this could not be built."
    image=$(make "${arguments[@]}" -s where)
}

# ---- Booting -------------------------------------------------------------

boot() {
    local arguments
    # shellcheck disable=SC2206 # LEAF_QEMU is split into words
    arguments=(-machine virt -smp 1 -m 128M -display none -no-reboot
        -bios "$firmware" -kernel "$image/kernel.elf" ${LEAF_QEMU:-})
    firmware_patience=20 # seconds
    [ -z "$gdb" ] || wait_for_gdb
    if [ -t 0 ]; then
        say "Ctrl-A X leaves QEMU."
        # Keys go to the kernel, Ctrl-C too; after Ctrl-A to QEMU.
        exec qemu-system-riscv32 "${arguments[@]}" \
            -chardev stdio,id=console,mux=on,signal=off \
            -serial chardev:console -mon chardev=console
    fi
    boot_with_pipe
}

# Halts the machine before its first instruction.
wait_for_gdb() {
    local address debugger elf program=''
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] ||
        misused "LEAF_GDB_PORT=$port: a port is a number from 1 to 65535."
    # A QEMU that only listens shows whether the port is free.
    address=host=127.0.0.1,port=$port,server=on,wait=off
    echo quit | qemu-system-riscv32 -machine none -display none \
        -monitor stdio -chardev "socket,id=gdb,$address" >/dev/null 2>&1 ||
        die "port $port is in use, by another --gdb perhaps. Choose one:" \
            "LEAF_GDB_PORT=$((port + 1)) ./run.sh --gdb"
    arguments+=(-S -gdb "tcp:127.0.0.1:$port")
    firmware_patience=1000000
    debugger=$(find_gdb || echo gdb-multiarch)
    for elf in "$image"/*.elf; do
        [ "$elf" = "$image/kernel.elf" ] ||
            program=" -ex $(printf %q "add-symbol-file $PWD/$elf")"
    done
    say "Waiting for a debugger. In another terminal:"
    say "    $debugger -iex 'set confirm off'" \
        "$(printf %q "$PWD/$image/kernel.elf")$program" \
        "-ex 'target remote 127.0.0.1:$port'"
}

# The firmware resets the serial port, and what came before is lost. So the
# input waits until the kernel has said something. QEMU copies the console
# to a pipe, at whose other end feed() sees that, and also sees QEMU end.
#
#   our input --- feed() --- in ---> QEMU ---> our output
#                   ^                  |
#                   +------- copy -----+
#
# The script becomes QEMU: it ends when QEMU does, with its status.
boot_with_pipe() {
    pipes=$(mktemp -d "${TMPDIR:-/tmp}/leaf.XXXXXX")
    mkfifo "$pipes/in" "$pipes/copy"
    # shellcheck disable=SC2094 # 4 is there so that 5 and 6 need not wait
    exec 3<&0 4<>"$pipes/copy" 5<"$pipes/copy" 6>"$pipes/copy" 4>&-
    feed 6>&- >/dev/null 2>&1 &
    exec qemu-system-riscv32 "${arguments[@]}" \
        -chardev "stdio,id=console,mux=off,signal=off,logfile=$pipes/copy" \
        -serial chardev:console -monitor none \
        <>"$pipes/in" 3<&- 5<&-
}

# Passes the input on and says Ctrl-D at its end: twice, since the first one
# only sends a last line that has no newline. Cleans up after QEMU.
feed() {
    trap '' HUP INT TERM # what ends QEMU ends this too, when it has cleaned up
    set +e -m            # a group of its own for each part, to end all of it
    wait_for_kernel <&5
    { cat <&3 && printf '\004\004'; } >"$pipes/in" 5<&- &
    cat <&5 >/dev/null # ends when QEMU does
    kill -KILL -- -$!
    rm -rf "$pipes"
}

# Reads what the console shows up to the first word of the kernel's own: it
# follows the last line of OpenSBI's. The input is passed on all the same
# after a long silence of an unknown firmware, or a short one of a kernel.
wait_for_kernel() {
    local line char
    while read -r -t "$firmware_patience" line; do
        case $line in "Boot HART MEDELEG"*)
            while read -r -n 1 -t 5 char; do
                case $char in '' | [[:space:]]) ;; *) return ;; esac
            done
            return
            ;;
        esac
    done
}

# ---- In this order -------------------------------------------------------

here=$(cd "$(dirname "$0")" && pwd)
app='' gdb='' named='' tree='' chapter=''
clang='' firmware='' python='' lists_are_new=''
port=${LEAF_GDB_PORT:-1234}

# What a make that called this was told is for its own use.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES SRC APP KERNEL BUILD WERROR

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        help
        exit
        ;;
    --setup | --with)
        prepare "$@"
        exit
        ;;
    --gdb) gdb=yes ;;
    --app)
        [ $# -gt 1 ] || misused "--app needs a program: --app prog.c"
        find_app "$2"
        shift
        ;;
    -*) misused "$1: there is no such option." ;;
    *) find_tree "$1" ;;
    esac
    shift
done

cd "$here"
{ : 3<&0; } 2>/dev/null || exec </dev/null # a closed input is an empty one
mkdir -p build
set_up boot
[ -z "$chapter" ] || write_chapter
build
boot
