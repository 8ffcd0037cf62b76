#!/bin/sh
#
# run.sh: builds leaf, or any tree with the same file names, and boots it in
# QEMU or on leaf's own machine. What that needs and this machine lacks,
# tools/setup installs first. From top to bottom: arguments, building, booting.
# It keeps to bash 3.2 and to what BSD's tools know: macOS has no more.
#
# shellcheck shell=bash

case ${ZSH_EVAL_CONTEXT:-}${BASH_VERSION:+bash} in
bash) (return 0 2>/dev/null) ;; # it can, if a shell reads this as its own
*:file) true ;;                 # so says zsh; others have no such file as $0
*) [ ! -f "$0" ] ;;
esac && echo "run.sh is to be run, not sourced: ./run.sh" >&2 && return 1
[ -n "${BASH_VERSION:-}" ] || {
    command -v bash >/dev/null || echo "run.sh: bash is missing; this" \
        "system's packages have it (on Alpine: apk add bash)." >&2
    exec bash "$0" "$@"
}
set -eu +o posix
export LC_ALL=C
unset CDPATH # with it, cd prints

help() {
    cat <<'END'
Usage: ./run.sh [--gdb | --machine [--strict]] [--app prog.c] [N | N.B | DIR]

Builds leaf and boots it in QEMU; Ctrl-A X leaves. Input may come from a pipe:
    printf 'malloc\nexit\n' | ./run.sh
The exit status is that of the first process, or 255 after a panic.

    N             the kernel as it stands at the end of the book's chapter N
    N.B           the same after that chapter's block B
    DIR           the kernel in DIR, which has leaf's file names (a tree of
                  "OS in 1,000 Lines" too)
    --app prog.c  runs prog.c in place of the shell
    --machine     boots on leaf's own machine in place of QEMU: no firmware;
                  with --strict on one that forgives nothing
    --gdb         waits for a debugger and prints the line that attaches one
    --test [DIR]  runs every test, of the kernel in DIR if there is one
    --help        this text

    --setup KIND  only installs what is missing: for boot, machine, test,
                  bench, lint, site or test-site
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

# ---- Arguments -----------------------------------------------------------

# A wrong call: what is wrong with it, and where to read on.
misused() {
    say "$@"
    say "./run.sh --help shows what it takes."
    exit 2
}

# Sets $chapter or $tree; with neither, it is the repository's own tree.
find_tree() { # N, N.B or DIR
    [ -z "$named" ] || misused "$named and $1: one tree at a time."
    named=$1
    [ -n "$1" ] || misused "'' is neither a chapter nor a folder."
    case $1 in
    *[!0-9.]* | .* | *. | *.*.*) ;;
    *) chapter=$1 && return ;;
    esac
    [ ! -f "$1" ] || misused "$1: this is a file, not a folder. --app runs it."
    [ -d "$1" ] || misused "$1: there is no such folder."
    [ -r "$1/kernel.c" ] || misused "$1: there is no kernel.c in it."
    tree=$(cd "$1" && pwd)
    [ "$tree" != "$here" ] || tree=
}

find_app() { # prog.c
    [ -n "$1" ] || misused "--app needs a program: --app prog.c"
    [ -z "$app" ] || misused "$app and $1: one program at a time."
    [ -f "$1" ] || misused "$1: there is no such program."
    case ${1##*/} in
    *[!A-Za-z0-9_.+-]* | kernel.c)
        misused "$1: a program's file cannot have this name. It may hold" \
            "letters, digits and _ . + -, and is not kernel.c."
        ;;
    *.c) ;;
    *) misused "$1: a program is one .c file." ;;
    esac
    app=$(cd -- "$(dirname -- "$1")" && pwd)/${1##*/}
}

# ---- Building ------------------------------------------------------------

# A path that make can read. It splits names at spaces and reads $ # : % , in
# its own way; a folder with such a name gets a link with a better one.
make_path() {
    local link
    case $1 in
    *[!A-Za-z0-9_/.+@~-]*)
        link=build/links/$(printf %s "$1" | cksum | cut -d' ' -f1)
        mkdir -p build/links
        [ -e "$link" ] || ln -sfn "$1" "$link"
        echo "$link"
        ;;
    *) echo "$1" ;;
    esac
}

# Writes the chapter's sources; those that are right make finds untouched.
write_chapter() {
    [ -x book/chapter ] || die "there is no chapter $chapter: this tree has no" \
        "book."
    tree=build/chapters/$chapter
    "$python" book/chapter tree --force "$chapter" "$tree" </dev/null >&2 ||
        die "chapter $chapter could not be written."
}

build() {
    local arguments
    arguments=(--no-print-directory "CC=$clang")
    [ -z "$tree" ] || arguments+=("SRC=$(make_path "$tree")")
    [ -z "$app" ] || arguments+=("APP=$(make_path "${app%/*}")/${app##*/}")
    image=$(make "${arguments[@]}" -s where)
    must_be_writable "$image"
    # shellcheck disable=SC2086 # nothing, or one word
    make "${arguments[@]}" all $machine >&2 </dev/null ||
        die "this could not be built."
}

# ---- Booting -------------------------------------------------------------

boot() {
    local arguments log events mux=off
    if [ -n "$machine" ]; then
        console build/machine/machine ${strict:+--strict} "$image/kernel.elf"
    fi
    # shellcheck disable=SC2206 # LEAF_QEMU is split into words
    arguments=(-machine virt -smp 1 -m 128M -display none -no-reboot
        -bios "$firmware" -kernel "$image/kernel.elf" ${LEAF_QEMU:-})
    [ -z "$gdb" ] || wait_for_gdb
    [ -z "$tree" ] || find_disk
    [ -z "$disk" ] || arguments+=(-global virtio-mmio.force-legacy=on
        -drive "id=disk,format=raw,if=none,file=${disk//,/,,}"
        -device "virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0")
    if [ -t 0 ]; then # Ctrl-A is for QEMU; Ctrl-C and the rest for the kernel
        say "Ctrl-A X leaves QEMU. OpenSBI's report comes before leaf's lines."
        mux=on
        arguments+=(-mon chardev=console)
    fi
    watch_qemu
    console qemu-system-riscv32 "${arguments[@]}" -serial chardev:console \
        -chardev "stdio,id=console,signal=off,mux=$mux,logfile=$log" \
        -chardev "pipe,id=events,path=$events" -mon chardev=events,mode=control
}

# A tree of "OS in 1,000 Lines" may have a disk, or the files for one.
find_disk() {
    if [ -d "$tree/disk" ]; then
        disk=$image/disk.tar
        (cd "$tree/disk" && tar --format=ustar -cf - -- *) >"$disk" ||
            die "no disk could be made of $tree/disk."
    elif [ -w "$tree/disk.tar" ]; then
        disk=$tree/disk.tar
    elif [ -w "$tree/lorem.txt" ]; then
        disk=$tree/lorem.txt
    fi
}

# Halts the machine before its first instruction.
wait_for_gdb() {
    local address debugger elf program=''
    case $port in *[!0-9]* | 0* | ??????*) port=99999 ;; esac
    [ "$port" -le 65535 ] || misused "LEAF_GDB_PORT=$LEAF_GDB_PORT: a port is" \
        "a number from 1 to 65535."
    # A QEMU that only listens shows whether the port is free.
    address=host=127.0.0.1,port=$port,server=on,wait=off
    echo quit | qemu-system-riscv32 -machine none -display none \
        -monitor stdio -chardev "socket,id=gdb,$address" >/dev/null 2>&1 ||
        die "port $port is in use, by another --gdb perhaps. Choose one:" \
            "LEAF_GDB_PORT=$((port + 1)) ./run.sh --gdb"
    arguments+=(-S -gdb "tcp:127.0.0.1:$port")
    debugger=$(find_gdb || echo gdb-multiarch)
    for elf in "$image"/*.elf; do
        [ "$elf" = "$image/kernel.elf" ] ||
            program=" -ex $(printf %q "add-symbol-file $PWD/$elf")"
    done
    [ ! -r tools/leaf.gdb ] ||
        program="$program -x $(printf %q "$PWD/tools/leaf.gdb")"
    say "Waiting for a debugger. In another terminal:"
    say "    $debugger -iex 'set confirm off'" \
        "$(printf %q "$PWD/$image/kernel.elf")$program" \
        "-ex 'target remote 127.0.0.1:$port'"
}

# ---- In this order -------------------------------------------------------

self=$0
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
here=$(cd "$(dirname "$self")" && pwd)
# shellcheck source=tools/setup
. "$here/tools/setup"
# shellcheck source=tools/console
. "$here/tools/console"

app='' chapter='' disk='' gdb='' machine='' named='' strict='' test='' tree=''
work='' port=${LEAF_GDB_PORT:-1234}
# What a make that called this was told is for its own use.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES SRC APP KERNEL BUILD WERROR

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) help && exit ;;
    --setup | --with) break ;;
    --gdb) gdb=yes ;;
    --machine) machine=machine ;;
    --strict) strict=yes ;;
    --test) test=yes ;;
    --app) find_app "${2:-}" && shift ;;
    -*) misused "$1: there is no such option." ;;
    *) find_tree "$1" ;;
    esac
    shift
done
[ -z "$strict" ] || [ -n "$machine" ] || misused "--strict goes with --machine."
[ -z "$gdb" ] || [ -z "$machine" ] || misused "--machine goes without --gdb."

cd "$here"
for stream in 2 0 1; do # a closed one is an empty one
    { : 9>&$stream; } 8>&2 2>/dev/null || eval "exec $stream<>/dev/null"
done
[ -d build ] || { must_be_writable . && mkdir -p build; }
must_be_writable build{,/chapters,/common,/libc,/links,/machine}
[ $# = 0 ] || prepare "$@"
if [ -n "$test" ]; then
    set_up test
    exec make test ${tree:+"SRC=$(make_path "$tree")"}
fi
set_up "${machine:-boot}" ${chapter:+python}
[ -z "$chapter" ] || write_chapter
build
boot
