# Builds leaf, and any tree with the same file names, and runs what checks it.
#
#   make            builds the kernel with the shell in it
#   make run        boots it (as ./run.sh does)
#   make test       sets up the machine, runs every test (as ./run.sh --test)
#   make bench      counts instructions, prints the tables
#   make bench HEAP=my_malloc.c    measures your own malloc beside leaf's
#   make fuzz       fuzzes the heap until Ctrl-C
#   make lint       clang-format, clang-tidy, shellcheck, shfmt
#   make site       the book as a website; see site/site.mk
#   make book       holds every chapter of the book against the sources
#   make machine    builds the machine that boots leaf without QEMU
#   make clean      removes every product; rm -r build all of build/
#
# What is built can be said after it:
#
#   SRC=DIR         the tree with the sources: the nine files or some of them
#   APP=prog.c      a program that is linked in place of SRC/shell.c
#   KERNEL=file.c   compiled in place of SRC/kernel.c, which it may include
#   DEFINES="-D…"   flags for the kernel and the program
#   WERROR=1        a warning ends the build
#   CC=clang-19     the compiler
#   BUILD=DIR       where the products go (make where prints the place)
#   LISTINGS=       leaves out the disassembly (.dis) and the symbols (.sym)
#   V=1             shows the commands
#
# The products are kernel.elf and, under its own name, the program; beside
# each its disassembly (.dis) and the list of its symbols (.sym).

# Some shells, zsh among them, leave the ~ of SRC=~/mine as it is.
home = $(subst <:,,$(subst <:~/,$(HOME)/,<:$(1)))
$(foreach name,SRC APP KERNEL HEAP,$(if $($(name)),$(eval \
	override $(name) := $$(call home,$$($(name))))))

# Each tree and program has a folder of its own, so that several can be built
# at once: build/leaf is the repository's own, another's name ends in a
# checksum of what was said above. SHARED is for what is the same for all of a
# tree's programs.
SRC_SAID := $(SRC)
APP_SAID := $(APP)
SAID := $(SRC)$(APP)$(KERNEL)$(DEFINES)$(WERROR)
ifeq ($(MAKECMDGOALS),run) # run.sh gets any name as it was said
override SRC := .
override APP :=
endif
SRC ?= .
APP ?= $(wildcard $(SRC)/shell.c)
KERNEL ?= $(SRC)/kernel.c
NAME := $(or $(basename $(notdir $(APP))),kernel)
comma := ,
quote = '$(subst ','\'',$(1))'
checksum = $(shell echo $(call quote,$(1)) | cksum | cut -d' ' -f1)

# make splits names at spaces and reads $ # : % in its own way, and a - begins
# the compiler's flags.
misread = $(if $(filter -%,$(1))$(shell printf %s $(call quote,$(1)) | \
	tr -d _/.+@~- | LC_ALL=C grep '[[:punct:][:space:]]'),$(error $(1): make \
	cannot take this name. Of signs it may hold _/.+@~- and does not begin \
	with -))
$(foreach name,SRC APP KERNEL,$(if $($(name)),$(call misread,$($(name)))))

ifeq ($(SAID),)
BUILD ?= build/leaf
endif
SHARED := $(or $(BUILD),build/common/$(call checksum,$(abspath \
	$(SRC)) $(DEFINES) $(WERROR)))
BUILD ?= build/$(NAME)-$(call checksum,$(abspath \
	$(SRC) $(APP) $(KERNEL)) $(DEFINES) $(WERROR))
override BUILD := $(BUILD)

# macOS has a clang of its own, without RISC-V: Homebrew's goes first.
ifeq ($(origin CC),default)
CC := $(firstword $(wildcard /opt/homebrew/opt/llvm/bin/clang \
	/usr/local/opt/llvm/bin/clang) clang)
endif

# What the compiler's own tools are called, up to llvm-: asked once, if at all.
LLVM = $(eval LLVM := $(patsubst %nm,%,$(shell \
	$(CC) -print-prog-name=llvm-nm)))$(LLVM)
llvm = "$(LLVM)$(1)"

# What editors read too stands in compile_flags.txt; the rest is for a build.
# An assertion names its file from the tree on: where that lies changes no byte.
CFLAGS := $(shell sed '/^-[DI]/d' compile_flags.txt) -nostdlib -O2 -g3 \
	-fmacro-prefix-map=$(SRC)/= \
	$(if $(WERROR),-Werror) $(DEFINES)
LDFLAGS := $(CFLAGS) -fuse-ld=lld

# A tree is built as far as it goes: the book's first chapters have no
# program to embed, and the very first has no common.c.
COMMON := $(if $(wildcard $(SRC)/common.c),$(SHARED)/common.o)
KERNEL_OBJECTS := $(BUILD)/kernel.o $(COMMON:common.o=kernel-common.o)
PROGRAM_OBJECTS := $(BUILD)/user.o $(BUILD)/program.o $(COMMON)
OWN_PROGRAM := $(filter-out $(abspath $(SRC)/shell.c),$(abspath $(APP)))
EMBEDDED := $(if $(APP),$(BUILD)/$(NAME).stripped)
IMAGES := $(BUILD)/kernel $(if $(APP),$(BUILD)/$(NAME))

# The kernel of "OS in 1,000 Lines" has its shell in another way: as a raw
# binary that is linked to it, between two symbols.
RAW := _binary_shell_bin_
ifneq ($(shell grep -s $(RAW)start $(SRC)/kernel.c),)
KERNEL_OBJECTS += $(BUILD)/shell.bin.o
EMBEDDED :=
OWN_PROGRAM :=
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all where run test bench fuzz lint book cflags clean FORCE

LISTINGS ?= .dis .sym
all: $(foreach end,.elf $(LISTINGS),$(IMAGES:=$(end)))

where:
	@echo $(BUILD)

# Wrong arguments get a sentence, not a missing rule.
ifneq ($(filter-out where run test bench fuzz lint book cflags clean \
	machine machine-wasm,$(or \
	$(MAKECMDGOALS),all)),)
ifeq ($(shell :; command -v $(CC)),) # make 3.81 needs the colon
$(error $(CC) is not on this machine; ./run.sh --setup boot installs it)
endif
must = $(if $(wildcard $(1)),,$(error $(1): $(2)))
$(call must,$(KERNEL),there is no such kernel to build)
lacked = the tree lacks this file. Copy leaf's own, or that of chapter N, \
	which book/chapter tree N writes
$(call must,$(SRC)/kernel.ld,$(lacked))
ifneq ($(APP),)
$(call must,$(APP),there is no such program to build)
$(if $(wildcard $(SRC)/user.*),,$(error $(SRC): this tree runs no programs \
	yet. The book's do so from the end of chapter 11 on))
$(call must,$(SRC)/user.c,$(lacked))
$(call must,$(SRC)/user.ld,$(lacked))
ifeq ($(NAME),kernel)
$(error $(APP): a program of this name would overwrite the kernel)
endif
endif
endif

# $(call write,COMMAND) runs a command that writes to $t, and then gives the
# file its name in one step: two makes at once cannot meet a half-written
# file, and a running QEMU keeps the image that it was started with.
t = $@.$$$$
write = @$(if $(V),,echo "  $@"; )mkdir -p $(@D) && $(if $(V),set -x;) \
	{ $(1); } && mv -f $t $@ || { rm -f $t $t.d; exit 1; }
compile = $(call write,$(EXPLAIN) $(CC) $(CFLAGS) $(1) \
	-MMD -MP -MT $@ -MF $t.d -c $< -o $t && mv -f $t.d $(@:.o=.d))

# The flags count as a source of every object: it changes when they do.
FORCE:
$(BUILD)/flags: said = $(KERNEL) $(APP) $(KERNEL_OBJECTS)
$(BUILD)/flags $(SHARED)/common.flags: FORCE
	@mkdir -p $(@D); echo $(call quote,$(CC) $(CFLAGS) $(said)) > $t; \
	if cmp -s $t $@; then rm -f $t; else mv -f $t $@; fi

# ---- The program ---------------------------------------------------------

# A program of one's own finds leaf's standard headers beside user.h, and has a
# main as ISO C has it, which returns 0 at its end; what it lacks is explained.
HOSTED := -fhosted -fno-builtin -I libc/include
$(BUILD)/user.o: $(SRC)/user.c $(BUILD)/flags
	$(call compile,-I $(SRC) -DPROGRAM_NAME='"$(NAME)"')
$(BUILD)/program.o: $(APP) $(BUILD)/flags
	$(call compile,$(if $(OWN_PROGRAM),$(HOSTED)) -I $(SRC))
$(SHARED)/common.o: $(SRC)/common.c $(SHARED)/common.flags
	$(call compile,-I $(SRC))

ifneq ($(OWN_PROGRAM),)
include libc/libc.mk
else ifneq ($(APP),)
$(BUILD)/$(NAME).elf: $(PROGRAM_OBJECTS) $(SRC)/user.ld
	$(call write,$(CC) $(LDFLAGS) -Wl$(comma)-T$(comma)$(SRC)/user.ld \
		$(PROGRAM_OBJECTS) -o $t)
endif

# What the kernel embeds: the segments alone, without names and lines.
$(BUILD)/%.stripped: $(BUILD)/%.elf
	$(call write,$(call llvm,objcopy) --strip-all $< $t)

# ---- The kernel ----------------------------------------------------------

# Its backtrace goes by frame pointers, which programs do without.
KERNEL_FLAGS := -fno-omit-frame-pointer -I $(SRC)
$(BUILD)/kernel.o: $(KERNEL) $(BUILD)/flags $(EMBEDDED)
	$(call compile,$(KERNEL_FLAGS) $(if $(EMBEDDED),\
		-DPROGRAM='"$(EMBEDDED)"' -DPROGRAM_NAME='"$(NAME)"'))
$(SHARED)/kernel-common.o: $(SRC)/common.c $(SHARED)/common.flags
	$(call compile,$(KERNEL_FLAGS))

$(BUILD)/shell.bin: $(BUILD)/$(NAME).elf
	$(call write,$(call llvm,objcopy) -O binary \
		--set-section-flags .bss=alloc$(comma)contents $< $t)
$(BUILD)/shell.bin.o: $(BUILD)/shell.bin
	$(call write,printf '%s\n' .data '.globl $(RAW)start' '$(RAW)start:' \
		'.incbin "$<"' '.globl $(RAW)size' '$(RAW)size = . - $(RAW)start' | \
		$(CC) $(CFLAGS) -Qunused-arguments -x assembler -c - -o $t)

$(BUILD)/kernel.elf: $(KERNEL_OBJECTS) $(SRC)/kernel.ld
	$(call write,$(CC) $(LDFLAGS) -Wl$(comma)-T$(comma)$(SRC)/kernel.ld \
		$(KERNEL_OBJECTS) -o $t)

%.dis: %.elf
	$(call write,$(call llvm,objdump) --disassemble --source \
		--mattr=+m$(comma)+a $< > $t)
%.sym: %.elf
	$(call write,$(call llvm,nm) --numeric-sort $< > $t)

-include $(wildcard $(addsuffix /*.d,$(sort $(BUILD) $(SHARED))))

# ---- The machine without QEMU ---------------------------------------------

-include machine/machine.mk
-include site/site.mk

# ---- What runs it --------------------------------------------------------
# run.sh knows how to get what each needs, and runs a command with it.

run:
	@./run.sh $(if $(APP_SAID),--app $(call quote,$(APP_SAID))) \
		$(if $(SRC_SAID),$(call quote,$(SRC_SAID)))

# PYTEST="-k sbrk" and the like choose among the tests.
test:
	@LEAF_SRC=$(abspath $(SRC_SAID)) PYTEST=$(call quote,$(PYTEST)) \
		./run.sh --with test sh -c 'eval "set -- $$PYTEST" && \
		PYTHONPYCACHEPREFIX="$$PWD/build/pycache" exec "$$PYTHON" -m \
		pytest -o cache_dir="$$PWD/build/pytest" -n auto \
		--dist loadgroup "$$@" tests'

bench:
	@./run.sh --with bench sh -c 'exec "$$PYTHON" bench/bench.py \
		$${HEAP:+heap --only leaf --only kr --only yours --heap "yours=$$HEAP"}'

fuzz:
	@./run.sh --with test sh -c 'exec "$$PYTHON" tests/host/fuzz.py'

lint:
	@./run.sh --with lint tools/lint

book:
	@./run.sh --with test sh -c 'exec "$$PYTHON" book/chapter verify'

cflags:
	@echo '$(CFLAGS)'

# Some of build/ was not built there: the firmware, pytest and the site's
# packages, which a machine without a network cannot get again, and your
# commits to the book.
clean:
	[ ! -d build ] || find build/ -mindepth 1 -maxdepth 1 ! -name opensbi \
		! -name venv ! -name unrolled ! -name node -exec rm -rf {} +
