"""Which accesses a page-table entry allows: every combination of its eight
flags, in both modes, with sstatus.SUM and MXR or without, as the privileged
specification has it, and a program that tries them all.

The program prints a letter for each access: the trap's cause as 'a' + cause,
or '-' if there was none; a line for each entry.
"""

V, R, W, X, U, G, A, D = (1 << i for i in range(8))
SUM, MXR = 1 << 18, 1 << 19
STATUSES = [0, SUM, MXR, SUM | MXR]
ACCESSES = ["fetch", "load", "store"]
CAUSES = {"fetch": "m", "load": "n", "store": "p"}  # 12, 13, 15


def allowed(flags, access, user, status):
    """A and D do not matter: they are set as needed."""
    if not flags & V or (flags & W and not flags & R) or \
            not flags & (R | X):  # not at the last level
        return False
    if user and not flags & U:
        return False
    if not user and flags & U and (access == "fetch" or not status & SUM):
        return False
    if access == "fetch":
        return bool(flags & X)
    if access == "load":
        return bool(flags & R or (flags & X and status & MXR))
    return bool(flags & W)


def answers():
    """(flags, what is tried, the letter) for each letter, in order."""
    return [(flags, f"{access} in {'user' if user else 'supervisor'} mode, "
             f"sstatus {status:x}",
             "-" if allowed(flags, access, user, status) else CAUSES[access])
            for flags in range(256) for user in (0, 1) for status in STATUSES
            for access in ACCESSES]


# s0 flags, s1 the entry's address, s2 the page's, s3 the letter, s10 where a
# fetch that fails or user mode comes back to.
BEGIN = """
.globl _start
_start: la a0, trap
csrw stvec, a0
li a1, 0x803a0000
li a0, 0x200000cf # the supervisor's 4 MiB
li a2, 2048
add a2, a1, a2
sw a0, 0(a2)
li a0, 0x2000005b # and the user's, at 0x50000000
addi a2, a1, 0x500
sw a0, 0(a2)
li a0, 0x200e8401 # a table at 0x803a1000, for 0x40000000
addi a2, a1, 0x400
sw a0, 0(a2)
li s1, 0x803a1000
li s2, 0x40000000
li a2, 0x803a2000 # the page: ecall, ret
li a0, 0x00000073
sw a0, 0(a2)
li a0, 0x00008067
sw a0, 4(a2)
li a0, 0x800803a0
csrw satp, a0
sfence.vma
li s0, 0
each:
li a0, 0x200e8800
or a0, a0, s0
sw a0, 0(s1)
sfence.vma
"""

END = """
addi s0, s0, 1
li a0, 256
bltu s0, a0, each
csrw satp, x0
li a7, 8
ecall
.balign 4
trap: csrr a0, scause
li a1, 8
beq a0, a1, come_back
addi s3, a0, 97
li a1, 12
beq a0, a1, come_back
csrr a0, sepc
addi a0, a0, 4
csrw sepc, a0
sret
come_back: csrw sepc, s10
li a0, 0x100
csrs sstatus, a0
sret
print: mv a0, s3
li a7, 1
ecall
li a0, 32
ecall
ret
"""

IN_SUPERVISOR = {"fetch": "la s10, 1f\nli a7, 16\nli a6, 0\njalr ra, s2",
                 "load": "lw a2, 8(s2)", "store": "sw a2, 8(s2)"}
IN_USER = {"fetch": "csrw sepc, s2",
           "load": "la a0, 2f\nli a1, 0x30000000\nsub a0, a0, a1\n"
                   "csrw sepc, a0",
           "store": "la a0, 3f\nli a1, 0x30000000\nsub a0, a0, a1\n"
                    "csrw sepc, a0"}


def program():
    lines = [BEGIN]
    for user in (0, 1):
        for status in STATUSES:
            for access in ACCESSES:
                lines += [f"li a0, {status:#x}", "csrw sstatus, a0",
                          "li s3, 45", "la s10, 1f"]
                if user:
                    lines += [IN_USER[access], "sret", "2: lw a2, 8(s2)",
                              "ecall", "3: sw a2, 8(s2)", "ecall"]
                else:
                    lines.append(IN_SUPERVISOR[access])
                lines += ["1:", "call print"]
    # between an entry's accesses A and D are as the last one left them
    return "\n".join([*lines, END])
