# gdb's commands for leaf. The line that ./run.sh --gdb prints loads them.
#
#   phys on, phys off   memory by physical or by virtual address
#   ps                  all processes
#   regions [PID]       the regions of the current process, or of another
#   frames [ADDRESS]    how many page frames are used for what, or the record
#                       of the one at an address
#   user [COMMAND]      the program that trapped: its backtrace, or what a
#                       command of gdb's says with its registers: user p $a0
#
# They work wherever leaf has stopped. While a program runs in user mode the
# processor refuses it the kernel's memory, and QEMU refuses it gdb as well
# ("Cannot access memory"): by physical address all of it is there, and the
# kernel is mapped at its physical addresses (only its arena, from 0xc0000000
# on, is not). Afterwards: phys off.

set pagination off
# An address is not always the same memory.
set stack-cache off
set code-cache off

set $leaf_phys = 0
set $leaf_on = 1
set $leaf_off = 0

define phys
  set $leaf_phys = $leaf_$arg0
  if $leaf_phys
    pipe maintenance packet Qqemu.PhyMemMode:1 | cat >/dev/null
  else
    pipe maintenance packet Qqemu.PhyMemMode:0 | cat >/dev/null
  end
end
document phys
phys on|off: memory by physical address, or by virtual address again.
end

# Around what looks into the kernel: begin, and back to how it was.
define leaf-begin
  set $leaf_before = $leaf_phys
  phys on
end
define leaf-end
  if !$leaf_before
    phys off
  end
end

define ps
  leaf-begin
  printf "  pid parent state     faults copies  ticks\n"
  set $leaf_p = processes
  while $leaf_p
    set $leaf_parent = 0
    if $leaf_p->parent
      set $leaf_parent = $leaf_p->parent->pid
    end
    printf "%5u %6u ", $leaf_p->pid, $leaf_parent
    if $leaf_p->state == READY
      printf "ready   "
    end
    if $leaf_p->state == RUNNING
      printf "running "
    end
    if $leaf_p->state == SLEEPING
      printf "sleeping"
    end
    if $leaf_p->state == READING
      printf "reading "
    end
    if $leaf_p->state == WAITING
      printf "waiting "
    end
    if $leaf_p->state == ZOMBIE
      printf "zombie  "
    end
    printf " %7u %6u %6u", $leaf_p->space.faults, $leaf_p->space.copies, \
      $leaf_p->ticks
    if $leaf_p == current
      printf " (current)"
    end
    printf "\n"
    set $leaf_p = $leaf_p->next
  end
  leaf-end
end
document ps
ps: all processes, in order of birth.
end

define regions
  leaf-begin
  set $leaf_p = current
  if $argc
    set $leaf_p = processes
    while $leaf_p && $leaf_p->pid != $arg0
      set $leaf_p = $leaf_p->next
    end
  end
  if $leaf_p
    printf "process %u\n", $leaf_p->pid
    set $leaf_r = $leaf_p->space.regions
    while $leaf_r
      printf "%08x-%08x %6u pages ", $leaf_r->start, $leaf_r->end, \
        ($leaf_r->end - $leaf_r->start) / 4096
      # PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4
      printf "%c%c%c ", "-R"[$leaf_r->access & 1], \
        "-W"[$leaf_r->access >> 1 & 1], "-X"[$leaf_r->access >> 2 & 1]
      if $leaf_r->kind == REGION_TEXT
        printf "text\n"
      end
      if $leaf_r->kind == REGION_RODATA
        printf "rodata\n"
      end
      if $leaf_r->kind == REGION_DATA
        printf "data\n"
      end
      if $leaf_r->kind == REGION_HEAP
        printf "heap\n"
      end
      if $leaf_r->kind == REGION_MMAP
        printf "mmap\n"
      end
      if $leaf_r->kind == REGION_STACK
        printf "stack\n"
      end
      set $leaf_r = $leaf_r->next
    end
  else
    printf "there is no such process; ps lists them\n"
  end
  leaf-end
end
document regions
regions [PID]: the regions of the current process, or of another.
end

define frames
  leaf-begin
  if $argc
    set $leaf_n = ((unsigned) $arg0 - (unsigned) &__free_ram) / 4096
    if (unsigned) $arg0 < (unsigned) &__free_ram || \
       (unsigned) $arg0 >= (unsigned) &__free_ram_end
      printf "%08x is no page frame: they lie from %08x to %08x\n", \
        (unsigned) $arg0, (unsigned) &__free_ram, (unsigned) &__free_ram_end
    else
      printf "frame %u, at %08x: ", $leaf_n, \
        (unsigned) &__free_ram + $leaf_n * 4096
      output (enum kind) frames[$leaf_n].kind
      printf ", "
      output frames[$leaf_n]
      printf "\n"
    end
  else
    output memory
    printf "\n"
  end
  leaf-end
end
document frames
frames [ADDRESS]: how many page frames are used for what (meminfo), or the
record of the one at a physical address.
end

# A backtrace ends at trap_entry: gdb takes no stack for the caller's that
# lies below. user puts the registers of the trap frame, at the top of the
# kernel stack's one page, in place, and the kernel's back afterwards.
python
class User(gdb.Command):
    """user [COMMAND]: what the program that trapped was doing: its backtrace, or
what COMMAND says with its registers."""

    SAVED = ("pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
             "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()

    def __init__(self):
        super().__init__("user", gdb.COMMAND_STACK)

    def invoke(self, command, from_tty):
        def read(what):
            return int(gdb.parse_and_eval(f"(unsigned) ({what})"))

        gdb.execute("phys off")
        gdb.newest_frame().select()
        if read("$pc") < read("&__text"):
            raise gdb.GdbError("leaf is in user mode: bt says where")
        kernel = {name: read(f"${name}") for name in self.SAVED}
        top = (kernel["sp"] | 4095) + 1
        trap = gdb.parse_and_eval(f"*((struct trap_frame *) {top} - 1)")
        user = {name: int(trap[name]) for name in self.SAVED}
        try:
            self.put(user)
            gdb.execute(command or "bt")
        finally:
            self.put(kernel)

    @staticmethod
    def put(registers):
        for name, value in registers.items():
            gdb.execute(f"set ${name} = {value}")
        gdb.newest_frame().select()


User()
end
