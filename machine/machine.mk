# The strict machine: natively, and as WebAssembly. It is compiled for the host,
# by the same clang as leaf. WebAssembly is linked by wasm-ld itself, not by
# clang, which would have wasm-opt, where there is one, go over the result.

MACHINE := build/machine
MACHINE_CFLAGS := -O2 -std=c11 -Wall -Wextra $(if $(WERROR),-Werror)
MACHINE_CORE := $(addprefix machine/,cpu.c trap.c mmu.c strict.c sbi.c)
MACHINE_HEADERS := machine/machine.h machine/strict.h machine/machine.mk

.PHONY: machine machine-wasm
machine: $(MACHINE)/machine
	@:
machine-wasm: $(MACHINE)/machine.wasm
	@:

$(MACHINE)/machine: $(MACHINE_CORE) machine/main.c $(MACHINE_HEADERS)
	$(call write,$(CC) $(MACHINE_CFLAGS) $(filter %.c,$^) -o $t)

$(MACHINE)/%.wasm.o: machine/%.c $(MACHINE_HEADERS)
	$(call write,$(CC) --target=wasm32 -ffreestanding -mbulk-memory -flto \
		$(MACHINE_CFLAGS) -c $< -o $t)

$(MACHINE)/machine.wasm: $(patsubst machine/%.c,$(MACHINE)/%.wasm.o, \
		$(MACHINE_CORE) machine/wasm.c)
	$(call write,$(call wasm_ld) --no-entry --strip-all $^ -o $t)
wasm_ld = "$$($(CC) -print-prog-name=wasm-ld)"
