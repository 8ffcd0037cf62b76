"""What the specifications say of single instructions, and a program that does
it: each case sets registers, does something, and is to leave others as said.

A trap skips the instruction and leaves scause in s2, stval in s3 and the
address, as a distance from the case's label `here`, in s4; without one s2 is
-1. s1 is the address of 64 bytes of RAM that hold 0x80, 0x81, …
"""

from random_program import print_hex

MIN, ALL = 0x80000000, 0xffffffff


def binary(op, *rows):
    return [(f"li a0, {a:#x}\nli a1, {b:#x}\n{op} a2, a0, a1", {"a2": result})
            for a, b, result in rows]


def immediate(op, *rows):
    return [(f"li a0, {a:#x}\n{op} a2, a0, {b}", {"a2": result})
            for a, b, result in rows]


def branch(op, *rows):
    return [(f"li a0, {a:#x}\nli a1, {b:#x}\nli a2, 1\n{op} a0, a1, 1f\n"
             "li a2, 0\n1:", {"a2": int(taken)}) for a, b, taken in rows]


def load(op, offset, result):
    return [(f"{op} a2, {offset}(s1)", {"a2": result, "s2": ALL})]


def amo(op, old, operand, new):
    return [(f"li a0, {old:#x}\nsw a0, 0(s1)\nli a1, {operand:#x}\n"
             f"amo{op}.w a2, a1, (s1)\nlw a3, 0(s1)", {"a2": old, "a3": new})]


def trap(lines, cause, value, distance=0):
    return [(lines, {"s2": cause, "s3": value & ALL, "s4": distance})]


CASES = [
    *binary("add", (MIN, MIN, 0), (ALL, 1, 0), (0x7fffffff, 1, MIN)),
    *binary("sub", (0, 1, ALL), (MIN, 1, 0x7fffffff), (MIN, MIN, 0)),
    *binary("sll", (1, 31, MIN), (1, 32, 1), (ALL, 33, ALL - 1)),
    *binary("srl", (MIN, 31, 1), (MIN, 32, MIN), (ALL, 63, 1)),
    *binary("sra", (MIN, 31, ALL), (MIN, 32, MIN), (0x7fffffff, 30, 1)),
    *binary("slt", (MIN, 0, 1), (0, MIN, 0), (ALL, ALL, 0), (ALL, 0, 1)),
    *binary("sltu", (MIN, 0, 0), (0, MIN, 1), (ALL, ALL, 0), (0, ALL, 1)),
    *binary("mul", (MIN, MIN, 0), (ALL, ALL, 1), (0x10001, 0x10001, 0x20001)),
    *binary("mulh", (MIN, MIN, 0x40000000), (ALL, ALL, 0), (ALL, 1, ALL),
            (MIN, 0x7fffffff, 0xc0000000)),
    *binary("mulhu", (MIN, MIN, 0x40000000), (ALL, ALL, ALL - 1), (ALL, 1, 0)),
    *binary("mulhsu", (MIN, MIN, 0xc0000000), (ALL, ALL, ALL), (1, ALL, 0),
            (0x7fffffff, ALL, 0x7ffffffe)),
    *binary("div", (7, 0, ALL), (MIN, ALL, MIN), (-7 & ALL, 2, -3 & ALL),
            (7, -2 & ALL, -3 & ALL), (0, 0, ALL)),
    *binary("divu", (7, 0, ALL), (MIN, ALL, 0), (ALL, 2, 0x7fffffff)),
    *binary("rem", (7, 0, 7), (MIN, ALL, 0), (-7 & ALL, 2, ALL), (7, -2 & ALL, 1)),
    *binary("remu", (7, 0, 7), (MIN, ALL, MIN), (ALL, 10, 5)),
    *immediate("addi", (0, -2048, -2048 & ALL), (1, 2047, 2048)),
    *immediate("slti", (0, -1, 0), (MIN, 0, 1), (ALL, -1, 0)),
    *immediate("sltiu", (0, -1, 1), (ALL, -1, 0), (5, 6, 1)),
    *immediate("xori", (0, -1, ALL), (0xf0, 0x0f, 0xff)),
    *immediate("ori", (0, -2048, -2048 & ALL)),
    *immediate("andi", (ALL, -2048, -2048 & ALL), (ALL, 2047, 2047)),
    *immediate("srai", (MIN, 31, ALL), (MIN, 0, MIN)),
    *immediate("srli", (MIN, 31, 1)), *immediate("slli", (3, 31, MIN)),
    *branch("beq", (1, 1, True), (1, 2, False)),
    *branch("bne", (1, 1, False), (1, 2, True)),
    *branch("blt", (MIN, 0, True), (0, MIN, False), (5, 5, False)),
    *branch("bge", (MIN, 0, False), (0, MIN, True), (5, 5, True)),
    *branch("bltu", (MIN, 0, False), (0, MIN, True), (5, 5, False)),
    *branch("bgeu", (MIN, 0, True), (0, MIN, False), (5, 5, True)),
    ("lui a2, 0xfffff", {"a2": 0xfffff000}),
    ("1: auipc a2, 1\nla a1, 1b\nsub a2, a2, a1", {"a2": 0x1000}),
    ("la a1, 1f\naddi a1, a1, 1\njalr a2, a1\nnop\n1: la a1, 1b\nsub a2, a1, a2",
     {"a2": 4}),  # the target's lowest bit is cleared
    ("la a0, 1f\njalr a0, a0\n1: la a1, 1b\nsub a2, a1, a0", {"a2": 0}),
    ("li a2, 5\naddi x0, a2, 1\nmv a2, x0", {"a2": 0}),
    ("lw x0, 0(s1)\nmv a2, x0", {"a2": 0}),
    *load("lb", 0, 0xffffff80), *load("lbu", 0, 0x80),
    *load("lh", 2, 0xffff8382), *load("lhu", 2, 0x8382),
    *load("lw", 4, 0x87868584),
    ("li a0, -1\nsb a0, 1(s1)\nlw a2, 0(s1)", {"a2": 0x8382ff80}),
    ("li a0, 0x12345678\nsh a0, 2(s1)\nlw a2, 0(s1)", {"a2": 0x56788180}),
    *amo("add", ALL, 2, 1), *amo("swap", 1, 2, 2), *amo("xor", 6, 3, 5),
    *amo("and", 6, 3, 2), *amo("or", 6, 3, 7), *amo("min", MIN, 1, MIN),
    *amo("max", MIN, 1, 1), *amo("minu", MIN, 1, 1), *amo("maxu", MIN, 1, MIN),
    ("lr.w a0, (s1)\nli a1, 9\nsc.w a2, a1, (s1)\nlw a3, 0(s1)",
     {"a0": 0x83828180, "a2": 0, "a3": 9}),
    ("li a1, 9\nsc.w a2, a1, (s1)\nlw a3, 0(s1)", {"a2": 1, "a3": 0x83828180}),
    ("lr.w a0, (s1)\nsc.w a1, a1, (s1)\nsc.w a2, a1, (s1)", {"a1": 0, "a2": 1}),
    ("lr.w a0, (s1)\naddi a1, s1, 4\nsc.w a2, a1, (a1)", {"a2": 1}),
    ("lr.w a0, (s1)\nebreak\nsc.w a2, a1, (s1)", {"a2": 1}),
    # Traps. What is illegal has the instruction as its value.
    *trap("here: .word 0", 2, 0), *trap("here: .word 0xffffffff", 2, ALL),
    *trap("here: csrrw a0, 0x345, a0", 2, 0x34551573),
    *trap("here: csrrw a0, time, a0", 2, 0xc0151573),
    *trap("here: csrrs a0, mstatus, x0", 2, 0x30002573),
    *trap("here: mret", 2, 0x30200073),
    *trap("here: .word 0x02051513", 2, 0x02051513),  # slli by 32
    *trap("here: .word 0x40051513", 2, 0x40051513),  # slli, funct7 not 0
    *trap("here: .word 0x100525af | 1 << 20", 2, 0x101525af),  # lr with rs2
    *trap("li a0, 0x88000000\nhere: lw a1, 0(a0)", 5, 0x88000000),
    *trap("li a0, 0x80000000\nhere: lw a1, 0(a0)", 5, 0x80000000),
    *trap("li a0, 0x88000000\nhere: sw a1, 0(a0)", 7, 0x88000000),
    *trap("li a0, 0x88000000\nhere: amoadd.w a1, a1, (a0)", 7, 0x88000000),
    *trap("here: lr.w a0, (s5)", 4, 0x80380001),
    *trap("here: amoadd.w a0, a0, (s5)", 6, 0x80380001),
    *trap("li a0, 0x88000000\nla s10, here\naddi s10, s10, 4\n"
          "here: jalr x0, a0", 1, 0x88000000, 0x88000000),
    # Registers that keep only some of what is written.
    ("li a0, -1\ncsrw sepc, a0\ncsrr a2, sepc\nandi a2, a2, 1", {"a2": 0}),
    ("csrr a0, stvec\nori a1, a0, 2\ncsrw stvec, a1\ncsrr a2, stvec\n"
     "sub a2, a2, a0", {"a2": 0}),  # a reserved mode
    ("li a0, -1\ncsrw sie, a0\ncsrrw a2, sie, x0", {"a2": 0x222}),
    ("li a0, -1\ncsrw sip, a0\ncsrrw a2, sip, x0", {"a2": 2}),
    ("li a0, 0xc0122\ncsrs sstatus, a0\ncsrrc a2, sstatus, a0\n"
     "csrr a3, sstatus", {"a2": 0xc0122, "a3": 0}),
    ("csrwi sscratch, 21\ncsrrci a0, sscratch, 5\ncsrrsi a1, sscratch, 2\n"
     "csrr a2, sscratch", {"a0": 21, "a1": 16, "a2": 18}),
    # Time and counters go on.
    ("rdinstret a0\nrdinstret a1\nsltu a2, a0, a1", {"a2": 1}),
    ("rdcycle a0\nrdcycle a1\nsltu a2, a0, a1", {"a2": 1}),
    # A timer in the past interrupts at once, and wfi does not wait for it.
    ("li a7, 0x54494d45\nli a6, 0\nli a0, 0\nli a1, 0\necall\n"
     "li a1, 32\ncsrw sie, a1\nwfi\ncsrr a2, sip\nandi a2, a2, 32\n"
     "li a0, -1\nli a1, -1\necall\ncsrr a3, sip\nandi a3, a3, 32\n"
     "csrw sie, x0", {"a2": 32, "a3": 0}),
    # A store to code is seen, after fence.i at the latest.
    ("la a0, 1f\nli a1, 0x00700613\nsw a1, 0(a0)\nfence.i\n1: li a2, 3",
     {"a2": 7}),
]

# Where QEMU 7 does otherwise than is written: an AMO that cannot load, and an
# sepc that keeps its lowest bit.
QEMU_7 = {
    ("li a0, 0x88000000\nhere: amoadd.w a1, a1, (a0)", "s2"): "00000005",
    ("here: amoadd.w a0, a0, (s5)", "s2"): "00000004",
    ("li a0, -1\ncsrw sepc, a0\ncsrr a2, sepc\nandi a2, a2, 1", "a2"):
        "00000001",
}

BEGIN = """
.globl _start
_start: la a0, trap
csrw stvec, a0
csrw sstatus, x0
"""

END = """
li a7, 8
ecall
.balign 4
trap: csrr s2, scause
csrr s3, stval
csrr s4, sepc
sub s4, s4, s11
li s6, 1
beq s2, s6, 1f
csrr s6, sepc
addi s6, s6, 4
csrw sepc, s6
csrr s6, sscratch
sret
1: csrr s4, sepc
csrw sepc, s10
sret
print:
""" + print_hex("s6", "s7") + """
ret
"""


def program():
    lines = [BEGIN]
    for n, (text, expected) in enumerate(CASES):
        lines += ["li s1, 0x80380000", "li a0, 0x83828180", "sw a0, 0(s1)",
                  "li a0, 0x87868584", "sw a0, 4(s1)", "li s5, 0x80380001",
                  "li s2, -1", "li s3, -1", "li s4, -1", "li s11, 0"]
        if "here:" in text:
            lines.append(f"la s11, here{n}")
        lines.append(text.replace("here", f"here{n}"))
        at = 0x80380100
        lines.append(f"li s8, {at:#x}")
        lines += [f"sw {register}, {4 * i}(s8)"
                  for i, register in enumerate(expected)]
        for i in range(len(expected)):
            lines += [f"li s8, {at:#x}", f"lw s6, {4 * i}(s8)", "call print"]
    return "\n".join([*lines, END])


def answers():
    return [f"{value & ALL:08x}" for _, expected in CASES
            for value in expected.values()]


def where(line):
    """Which case printed this line: its text, and the register."""
    for text, expected in CASES:
        if line < len(expected):
            return text, list(expected)[line]
        line -= len(expected)
    raise IndexError(line)
