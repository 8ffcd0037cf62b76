# libc.mk: how a program of one's own is linked, and not the tree's own shell:
# with the headers and the archive of libc/, and so that what it defines is its
# own (libc/link). The archive is the same for all trees and programs, wherever
# they lie and whatever their DEFINES, and is built once for each compiler and
# choice of flags.

LIBC_CFLAGS := $(filter-out $(DEFINES) -fmacro-prefix-map=%,$(CFLAGS)) \
	-ffunction-sections -fdata-sections
LIBC := build/libc/$(call checksum,$(CC) $(LIBC_CFLAGS))
LIBC_OBJECTS := $(patsubst libc/%.c,$(LIBC)/%.o,$(wildcard libc/*.c))

$(LIBC)/%.o: CFLAGS := $(LIBC_CFLAGS)
$(LIBC)/%.o: libc/%.c
	$(call compile,-I libc/include -I .)

# Weak names: a program's own win here too.
$(LIBC)/libc.a: $(LIBC_OBJECTS)
	$(call write,rm -f $t && $(call llvm,ar) rcs $t $^ && \
		$(call llvm,objcopy) --weaken $t)

$(BUILD)/program.o: EXPLAIN := libc/explain

# The program once more, in a form that tells where it prints a double.
$(BUILD)/program.ll: $(BUILD)/program.o
	$(call write,$(CC) $(CFLAGS) -w $(HOSTED) -I $(SRC) -S \
		-emit-llvm $(APP) -o $t)

$(BUILD)/$(NAME).elf: $(PROGRAM_OBJECTS) $(BUILD)/program.ll \
		$(LIBC)/libc.a $(SRC)/user.ld libc/link
	$(call write,LLVM="$(LLVM)" libc/link $t $(SRC)/user.ld $(BUILD)/program.o \
		$(LIBC)/libc.a $(BUILD)/user.o $(COMMON) -- $(CC) $(LDFLAGS))

-include $(wildcard $(LIBC)/*.d)
