# gdb's commands for leaf. The line that ./run.sh --gdb prints loads them.
#
#   phys on, phys off   memory by physical or by virtual address
#   ps                  all processes
#   regions [PID]       the regions of the current process, or of another
#   frames [ADDRESS]    how many page frames are used for what, or the record
#                       of the one at an address
#   user                where the current process was in user mode, and its
#                       registers there
#
# bt goes on through trap_entry, from the kernel into the program.
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
  printf "  pid parent state     faults copies  ticks name\n"
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
    printf " %7u %6u %6u %s", $leaf_p->space.faults, $leaf_p->space.copies, \
      $leaf_p->ticks, $leaf_p->name
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
    printf "process %u (%s)\n", $leaf_p->pid, $leaf_p->name
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

# The trap frame lies at the top of the kernel stack, which is one page.
define user
  if $priv == 0
    printf "leaf is in user mode: bt shows where\n"
  else
    set $leaf_trap = (struct trap_frame *) (((unsigned) $sp | 4095) + 1) - 1
    set $leaf_before = $leaf_phys
    phys off
    printf "from user mode at "
    output/a $leaf_trap->pc
    printf ":\n"
    info line *$leaf_trap->pc
    print/x *$leaf_trap
    if $leaf_before
      phys on
    end
  end
end
document user
user: where the current process was when it trapped, and its registers there.
Its callers are in bt, behind trap_entry.
end
