#!/usr/bin/env bash
# Builds leaf and boots it in QEMU.
set -eu
cd "$(dirname "$0")"
make
: "${OPENSBI:=/usr/lib/riscv32-linux-gnu/opensbi/generic/fw_dynamic.bin}"
exec qemu-system-riscv32 -machine virt -smp 1 -m 128M -display none \
    -bios "$OPENSBI" -chardev stdio,id=console,mux=on,signal=off \
    -serial chardev:console -mon chardev=console \
    -kernel "$(make where)/kernel.elf"
