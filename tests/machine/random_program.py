"""Writes a random program for RV32, to be held against QEMU.

    python3 tests/machine/random_program.py SEED [ITEMS] > program.S

The program runs in supervisor mode under page tables of its own and visits
user mode; it makes instructions of every kind, and many that are none, touch
memory of every kind, while it rewrites the page tables. Every trap goes into a
checksum, and so do registers, memory and page tables at the end. It prints
that, with a line in between after every fifty items, and powers off with a
status.

It keeps to what QEMU does the same way each time: a page-table entry that was
changed is followed by a fence, no clock is read, no device but the test device
is touched. Where the specifications leave a choice that QEMU and this machine
make differently, there is a comment that says so.
"""

import random
import sys

# Virtual addresses. The program lies in the megapage at 0x80000000, which is
# mapped for the supervisor at its physical address, and for the user at UTEXT.
UTEXT = 0x50000000
WINDOW = 0x40000000  # 16 pages with entries of every kind
MEGA = 0x40400000    # a root entry of every kind
PAGES = 16

# Physical addresses: the program itself, and RAM that it uses.
TEXT = 0x80200000
FRAMES = 0x80380000  # what the window's entries point to
ROOTS = [0x803a0000, 0x803a1000]
TABLES = [0x803a2000, 0x803a3000]
SAVED = 0x803a4000
MEGAPAGES = [0x80400000, 0x80800000]

# Here each frame holds a jump to s10, where the next item begins: whoever jumps
# into memory comes back. Stores keep away from it.
LANDING = 0x800

SPECIAL = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x55555555]
REGISTERS = [5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 28, 29,
             30]
OPS = ("add sub sll slt sltu xor srl sra or and mul mulh mulhsu mulhu div divu "
       "rem remu").split()
IMMEDIATES = "addi slti sltiu xori ori andi".split()
BRANCHES = "beq bne blt bge bltu bgeu".split()
AMOS = "swap add xor and or min max minu maxu".split()
LOADS = [("lw", 4), ("lh", 2), ("lhu", 2), ("lb", 1), ("lbu", 1)]
STORES = [("sw", 4), ("sh", 2), ("sb", 1)]
ILLEGAL_WORDS = [0x00000000, 0xffffffff, 0x10200073 + (1 << 7), 0x00200073,
                 0x7b200073, 0x30200073, 0x10400073, 0x0000202f | 0x10 << 20 |
                 2 << 27, 0x00004073, 0x02000013 | 1 << 12, 0x12001073]

# Where no RAM is, and no device of QEMU's either. QEMU 7 forgets the upper two bits
# of an address here and there: what remains is nowhere too.
NOWHERE = [0x88000000, 0x8ffff000, 0xa0000000, 0xfffff000, 0x00400000,
           0x01000000, 0x200400000, 0x2a0001000]
FIRMWARE = [0x80000000, 0x80020000, 0x8003f000]


class Program:
    def __init__(self, seed, items):
        self.r = random.Random(seed)
        self.lines = []
        self.labels = 0
        self.items = items
        self.satp = 0

    def out(self, *lines):
        self.lines += lines

    def label(self):
        self.labels += 1
        return f"L{self.labels}"

    def x(self):
        return f"x{self.r.choice(REGISTERS)}"

    def number(self):
        r = self.r
        return r.choice(SPECIAL) if r.random() < .4 else r.getrandbits(32)

    # ---- Kinds of instructions. Each returns a list of lines.

    def arithmetic(self):
        r, x = self.r, self.x
        return [r.choice([
            lambda: f"{r.choice(OPS)} {x()}, {x()}, {x()}",
            lambda: f"{r.choice(OPS)} {x()}, {x()}, {x()}",
            lambda: f"{r.choice(IMMEDIATES)} {x()}, {x()}, "
                    f"{r.randint(-2048, 2047)}",
            lambda: f"{r.choice(['slli', 'srli', 'srai'])} {x()}, {x()}, "
                    f"{r.randint(0, 31)}",
            lambda: f"lui {x()}, {r.getrandbits(20):#x}",
            lambda: f"li {x()}, {self.number():#x}",
        ])()]

    def branch(self):
        over = self.label()
        return [f"{self.r.choice(BRANCHES)} {self.x()}, {self.x()}, {over}",
                *self.arithmetic(), f"{over}:"]

    def call(self):
        """A jump whose link can be seen, as a difference."""
        over = self.label()
        x = self.x()
        if self.r.random() < .5:
            return [f"jal {x}, {over}", "unimp", f"{over}:"]
        return [f"auipc {x}, 0", f"jalr {x}, 12({x})", "unimp", f"{over}:"]

    def address(self):
        """Puts an address into x9: in the window mostly, its pages' ends
        preferred; or anywhere that is safe to store to."""
        r = self.r
        p = r.random()
        if p < .75:
            at = WINDOW + r.randrange(PAGES) * 4096 + r.choice(
                [32, 36, 4092, 4094, 4095, 0, r.randrange(32, LANDING - 32),
                 r.randrange(8, 500) * 4, r.randrange(520, 1024) * 4])
        elif p < .9:
            at = MEGA + r.choice([32, 0x1000, 0x5004, 0x3ffffc, 0x3fffff,
                                  r.randrange(1024) << 12 | 0x123])
        else:
            at = r.choice([0, 4, 0x3ffffffc, WINDOW - 2, WINDOW + PAGES * 4096,
                           0xfffffffe, 0xffffffff, UTEXT + 0x200000,
                           UTEXT + 0x401000])
        return [f"li x9, {at & 0xffffffff:#x}"]

    def memory(self):
        r = self.r
        lines = self.address()
        for _ in range(r.randint(1, 3)):
            op, size = r.choice(LOADS + STORES)
            offset = r.choice([0, 0, size, -size, r.randint(-16, 16)])
            lines.append(f"{op} {self.x()}, {offset}(x9)")
        return lines

    def atomic(self):
        """QEMU 7 faults as for a load where an AMO cannot load, which should
        be as for a store: s8 says that it is one."""
        r = self.r
        lines = self.address()
        if r.random() < .9:
            lines.append("andi x9, x9, -4")
        p = r.random()
        if p < .6:
            lines += ["li s8, 1",
                      f"amo{r.choice(AMOS)}.w{r.choice(['', '.aq', '.rl'])} "
                      f"{self.x()}, {self.x()}, (x9)", "li s8, 0"]
        else:
            lines.append(f"lr.w {self.x()}, (x9)")
            if r.random() < .3:
                lines += self.arithmetic()
            if r.random() < .2:
                lines.append(f"sw {self.x()}, 0(x9)")
            if r.random() < .2:
                lines.append("addi x9, x9, 4")
            lines += ["li s8, 1", f"sc.w {self.x()}, {self.x()}, (x9)"]
            if r.random() < .3:
                lines.append(f"sc.w {self.x()}, {self.x()}, (x9)")
            lines.append("li s8, 0")
        return lines

    def wild(self, user):
        """A word that is an instruction or none. Not a jump or branch, which
        could go anywhere, nor a compressed one; loads and stores only where
        the supervisor's memory is out of reach; nothing that asks the
        firmware or waits."""
        r = self.r
        while True:
            word = r.getrandbits(32) | 3
            if r.random() < .6: # near to an instruction
                word = (word & ~127) | r.choice(
                    [0x13, 0x33, 0x33, 0x2f, 0x0f, 0x03, 0x23, 0x37, 0x0b,
                     0x5b, 0x3b, 0x1b, 0x7b, 0x07, 0x27, 0x43, 0x53, 0x57,
                     0x77])
            opcode, rd = word & 127, word >> 7 & 31
            if opcode in (0x63, 0x67, 0x6f, 0x73):
                continue
            if opcode in (0x03, 0x23, 0x2f) and not user:
                continue
            if word >> 15 & 31 == 9 and opcode in (0x23, 0x2f):
                continue
            # prefetches and the like are hints in the fence's opcode's space;
            # QEMU knows cbo.zero and its kin by that
            if opcode == 0x0f and word >> 12 & 7 > 1:
                continue
            if rd not in REGISTERS and opcode not in (0x23, 0x27, 0x0f):
                word = (word & ~(31 << 7)) | r.choice([0, *REGISTERS]) << 7
            if opcode == 0x2f and word >> 27 != 2: # not lr.w
                return ["li s8, 1", f".word {word:#010x}", "li s8, 0"]
            return [f".word {word:#010x}"]

    def illegal(self):
        return [f".word {self.r.choice(ILLEGAL_WORDS):#010x}"]

    def csr(self):
        r = self.r
        # sstatus: without FS and VS, which QEMU has; interrupt() sets SIE.
        # sip: only its software bit, which no interrupt follows unless
        # interrupt() asks for it
        csr, mask = r.choice([
            ("sstatus", 0xffff99fd), ("sie", 0xfffffffd),
            ("sscratch", 0xffffffff), ("sepc", 0xfffffffc),
            ("scause", 0xffffffff), ("stval", 0xffffffff),
            ("scounteren", 7), ("sip", 0xfffffffd)])
        op = r.choice(["csrrw", "csrrs", "csrrc"])
        lines = [f"li x9, {self.number() & mask:#x}",
                 f"{op} {self.x()}, {csr}, {r.choice(['x9', 'x9', 'x0'])}"]
        if r.random() < .2:
            lines = [f"{op}i {self.x()}, {csr}, {r.randrange(32) & mask}"]
        if csr in ("scause", "stval"): # see atomic() and trap
            lines = [f"csrw {csr}, x9", *lines]
        return [*lines, f"csrr {self.x()}, {csr}"]

    def stvec(self):
        return [f"li x9, {self.number():#x}", "csrw stvec, x9",
                f"csrr {self.x()}, stvec", "la x9, trap", "csrw stvec, x9"]

    def unknown_csr(self):
        """A register that is none, or not for this mode. Registers of
        extensions that QEMU's firmware turns on are left out: the counters
        from 3 on, stimecmp, scountovf, scontext, senvcfg; and htimedelta,
        for which the firmware stands in."""
        r = self.r
        while True:
            csr = r.choice([r.getrandbits(12), 0x300, 0x305, 0x341, 0xf14,
                            0x001, 0x003, 0x008, 0x600, 0x680, 0x200, 0x7c0])
            known = (0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142,
                     0x143, 0x144, 0x14d, 0x15d, 0x180, 0x5a8, 0x605, 0x615,
                     0xda0)
            if csr not in known and csr & 0xf60 != 0xc00 and \
                    csr & 0xf60 != 0xb00:
                return [f"{r.choice(['csrrw', 'csrrs', 'csrrc'])} {self.x()}, "
                        f"{csr:#x}, {r.choice(['x0', self.x()])}"]

    def counters(self):
        """May it be read? Also: it cannot be written."""
        csr = self.r.choice("cycle time instret cycleh timeh instreth".split())
        if self.r.random() < .8:
            return [f"csrr x0, {csr}"]
        return [f"csrw {csr}, {self.x()}"]

    def interrupt(self):
        """A software interrupt of our own, taken or not."""
        r = self.r
        lines = ["csrsi sie, 2" if r.random() < .8 else "csrci sie, 2",
                 "csrsi sip, 2"]
        if r.random() < .7:
            lines.append("csrsi sstatus, 2")
        lines += self.arithmetic() + [
            "csrci sstatus, 2", f"csrr {self.x()}, sip", "csrci sip, 2"]
        return lines

    def fence(self, address):
        return self.r.choice([
            ["sfence.vma"],
            [f"li x9, {address:#x}", "sfence.vma x9"],
            [f"li x9, {address:#x}", "sfence.vma x9, x0", "sfence.vma x0, x9",
             "sfence.vma"]])

    def page(self):
        """A page-table entry, of a leaf mostly."""
        r = self.r
        page = FRAMES + r.randrange(PAGES) * 4096
        if r.random() < .2:
            page = r.choice(NOWHERE + FIRMWARE)
        flags = r.choice([0xcf, 0xdf, 0xd7, 0xd3, 0xd9, 0xdb, 0xc7, 0x5f, 0x1f,
                          0x17, 0x07, 0x43, 0x4b, 0x0f, 0x59, r.getrandbits(8),
                          r.getrandbits(10)])
        # Of what an AMO cannot both load and store, QEMU 7 sets A, or finds
        # that there is no RAM, before it faults.
        if page not in range(FRAMES, SAVED):
            flags |= 0xc4
        elif not flags & 4:
            flags |= 64
        return page >> 2 | flags

    def mega(self):
        """An entry of the root: a leaf, a table, or neither."""
        r = self.r
        p = r.random()
        if p < .4:
            return r.choice(MEGAPAGES) >> 2 | r.choice(
                [0xcf, 0xdf, 0xd7, 0x0f, 0x1f, 0x17, 0x43, 0x53])
        if p < .7:
            return r.choice(TABLES) >> 2 | 1
        if p < .8:
            return r.choice(TABLES) >> 2 | 1 | r.choice([16, 32, 64, 128])
        if p < .9:
            return (r.choice(MEGAPAGES) + r.choice([4096, 0x3ff000])) >> 2 | 0xdf
        return r.choice(NOWHERE + FIRMWARE) >> 2 | r.choice([1, 1, 0xdf])

    def edit(self):
        """Another entry for a page of the window, or for the megapage, in the
        tables that are in use or in the others; and its fence."""
        r = self.r
        n = r.randrange(PAGES)
        if r.random() < .7:
            at, entry = r.choice(TABLES) + 4 * n, self.page()
            fence = self.fence(WINDOW + 4096 * n)
        else:
            at, entry = r.choice(ROOTS) + 4 * (MEGA >> 22), self.mega()
            fence = self.fence(MEGA)
        return [f"li x31, {at:#x}", f"li x9, {entry:#x}", "sw x9, 0(x31)",
                *fence]

    def switch(self):
        """The other tables, with some number of an address space."""
        self.satp = (1 << 31 | self.r.choice([0, 1, 511]) << 22 |
                     self.r.choice(ROOTS) >> 12)
        return [f"li x9, {self.satp:#x}", "csrw satp, x9", "sfence.vma",
                f"csrr {self.x()}, satp"]

    def bare(self):
        """Translation off: physical addresses."""
        r = self.r
        lines = ["csrw satp, x0", "sfence.vma"]
        for _ in range(r.randint(1, 4)):
            at = r.choice([
                FRAMES + r.randrange(PAGES) * 4096 + r.randrange(40, 2000),
                r.choice(NOWHERE) & 0xffffffff, r.choice(FIRMWARE),
                0x87fffffe, 0x87fffffc])
            op, size = r.choice(LOADS + STORES)
            lines += [f"li x9, {at:#x}", f"{op} {self.x()}, 0(x9)"]
        if r.random() < .2: # the test device; 0 means nothing to it
            lines += ["li x9, 0x100000", f"{r.choice(['sw', 'sh', 'sb'])} x0, "
                      f"{r.choice([0, 4])}(x9)",
                      f"{r.choice(['lw', 'lhu', 'lbu'])} {self.x()}, 0(x9)"]
        return [*lines, f"li x9, {self.satp:#x}", "csrw satp, x9",
                "sfence.vma"]

    def jump(self):
        """To where nothing is, or may not be executed, or a landing. QEMU 7
        lets the supervisor execute a user's page that it has just loaded
        from, with SUM: the fence makes it look again."""
        r = self.r
        at = r.choice([WINDOW + r.randrange(PAGES) * 4096 + LANDING,
                       MEGA + LANDING, 0, 4, 0xfffffffc, 0x7ffffffc,
                       WINDOW - 4, 0x80000000, UTEXT, UTEXT + 0x1fc])
        end = self.label()
        return [f"la s10, {end}", "sfence.vma", f"li x9, {at:#x}", "jalr x9",
                f"{end}:"]

    def from_firmware(self):
        """What the firmware answers. Not what kind of firmware it is."""
        r = self.r
        a7, a6, a0 = r.choice([
            (0x10, 0, 0), (0x10, 3, 0x54494d45), (0x10, 3, 0x53525354),
            (0x10, 3, 0x4442434e), (0x10, 3, 0x10), (0x10, 3, 1),
            (0x10, 3, 0x12345678), (0x10, 7, 0), (0x10, 100, 0),
            (0x54494d45, 1, 0), (0x54494d45, 7, 0), (0x53525354, 1, 0),
            (0x4442434e, 3, 0), (0x4442434e, 0, 0), (0x4442434e, 1, 5),
            (0x4442434e, 2, 0x41), (0x12345678, 0, 0), (0x0b000000, 0, 0),
            (2, 0, 0), (1, 0, 0x42), (0x53525354, 0, 3), (0x53525354, 0, 0x100),
            (0x4442434e, 0, 5), (0x4442434e, 0, 5)])
        a1, a2 = FRAMES + r.randrange(40, 3000), 0
        if a7 == 0x4442434e and r.random() < .3:
            a1, a2 = r.choice([(FRAMES, 1), (0x80000000, 0), (0x8004fff0, 0)])
        if a7 == 0x4442434e and a6 == 0 and a1 >= FRAMES and not a2:
            a1 = LANDING + FRAMES - 16 # what is written there, any byte
            a0 = 0
        return [f"li a7, {a7:#x}", f"li a6, {a6:#x}", f"li a0, {a0:#x}",
                f"li a1, {a1:#x}", f"li a2, {a2:#x}", "ecall"]

    def user_mode(self):
        """Some items in user mode; its ecall leads to s10."""
        r = self.r
        begin, end = self.label(), self.label()
        lines = [f"la s10, {end}", f"la x9, {begin}",
                 f"li x31, {TEXT - UTEXT - (TEXT - 0x80000000):#x}",
                 "sub x9, x9, x31", "csrw sepc, x9", "li x9, 0x100",
                 "csrc sstatus, x9", "sret", f"{begin}:"]
        for _ in range(r.randint(1, 8)):
            lines += r.choice([
                self.arithmetic, self.branch, self.call, self.memory,
                self.memory, self.memory, self.atomic, self.illegal,
                lambda: self.wild(True), lambda: self.wild(True),
                self.counters, self.unknown_csr,
                lambda: [r.choice(["ebreak", "wfi", "sfence.vma", "sret",
                                   "fence", "fence.i", "csrr x5, sstatus"])]
            ])()
        if r.random() < .2:
            lines += self.jump()[2:-1]
        return [*lines, "ecall", f"{end}:"]

    def item(self):
        r = self.r
        return r.choice([
            self.arithmetic, self.arithmetic, self.branch, self.call,
            self.memory, self.memory, self.memory, self.atomic, self.illegal,
            lambda: self.wild(False), self.csr, self.csr, self.stvec,
            self.unknown_csr, self.counters, self.interrupt, self.edit,
            self.edit, self.edit, self.edit, self.switch, self.bare, self.jump,
            self.from_firmware, self.user_mode, self.user_mode, self.user_mode,
            lambda: [r.choice(["ebreak", "fence", "fence.i", "fence.tso",
                               "fence r,w"])]])()

    # ---- The program

    def text(self):
        r = self.r
        for table in TABLES: # the window, and beyond it nothing
            for n in range(PAGES):
                self.out(f"li x9, {self.page():#x}",
                         f"li x31, {table + 4 * n:#x}", "sw x9, 0(x31)")
        for root, table in zip(ROOTS, TABLES):
            for at, entry in ((0x80000000, 0x80000000 >> 2 | 0xcf),
                              (UTEXT, 0x80000000 >> 2 | 0x5b),
                              (WINDOW, table >> 2 | 1), (MEGA, self.mega())):
                self.out(f"li x9, {entry:#x}",
                         f"li x31, {root + 4 * (at >> 22):#x}", "sw x9, 0(x31)")
        for page in MEGAPAGES + [FRAMES + 4096 * n for n in range(PAGES)]:
            self.out("li x9, 0x000d0067", # jr s10
                     f"li x31, {page + LANDING:#x}", "sw x9, 0(x31)")
        self.out(*self.switch())
        for register in range(1, 31):
            value = self.number() if register in REGISTERS else 0
            self.out(f"li x{register}, {value:#x}")
        for n in range(self.items):
            self.out(f"# item {n}", *self.item())
            if n % 50 == 49:
                self.out("call report")
        self.out("call report", "j finish")
        return (BEGIN + "\n".join(self.lines) + END % {
            "saved": SAVED, "frames": FRAMES, "frames_end": SAVED,
            "save": "\n".join(f"sw x{n}, {4 * n}(x31)" for n in range(1, 31)),
            "load": "\n".join(f"lw x{n}, {4 * n}(x31)" for n in range(1, 31)),
            "mix": "\n".join(f"li x31, {SAVED + 1024 + 4 * n:#x}\n"
                             "lw a1, 0(x31)\ncall mix" for n in REGISTERS),
            "print": print_hex("s2", "s3"), "status": r.randrange(256)})


def print_hex(word, shift):
    """Prints the register word's eight digits as a line, by SBI's old console
    call; shift is a register for itself."""
    return f"""li {shift}, 28
1: srl a0, {word}, {shift}
andi a0, a0, 15
li t0, 10
bltu a0, t0, 2f
addi a0, a0, 39
2: addi a0, a0, 48
li a7, 1
ecall
addi {shift}, {shift}, -4
bgez {shift}, 1b
li a0, 10
li a7, 1
ecall"""


BEGIN = """
.globl _start
_start: la x9, trap
csrw stvec, x9
"""

# The checksum is the word at SAVED + 256. mix: takes a1 into it.
END = """
.balign 4
trap: csrrw x31, sscratch, x31
li x31, %(saved)#x
sw x1, 512(x31)
sw x9, 516(x31)
sw x10, 520(x31)
sw x11, 524(x31)
csrr a1, scause
beqz s8, as_it_is
li x9, 13 # of an AMO: see atomic()
beq a1, x9, as_store
addi x9, a1, -4
sltiu x9, x9, 2
beqz x9, as_it_is
as_store: addi a1, a1, 2
as_it_is: call mix
csrr x9, scause
li x10, 3
beq x9, x10, 1f # ebreak's value is 0 or the pc
csrr a1, stval
addi x10, x9, -5 # a misaligned access to no RAM: QEMU 7 tells
andi x10, x10, -3 # the aligned address
bnez x10, 2f
andi a1, a1, -4
2: call mix
1:
csrr a1, sepc
call mix
csrr a1, sstatus
call mix
csrr x9, scause
li x10, 0x80000001
beq x9, x10, interrupt
li x10, 8
beq x9, x10, come_back
li x10, 12
beq x9, x10, come_back
li x10, 1
bleu x9, x10, come_back
csrr x9, sepc
addi x9, x9, 4
csrw sepc, x9
j return
come_back: csrw sepc, s10
li x9, 0x100
csrs sstatus, x9
j return
interrupt: csrci sip, 2
return: li x31, %(saved)#x
lw x1, 512(x31)
lw x9, 516(x31)
lw x10, 520(x31)
lw x11, 524(x31)
csrr x31, sscratch
sret

mix: li x31, %(saved)#x
lw x9, 256(x31)
slli x10, x9, 5
sub x9, x10, x9
srli x10, x9, 27
xor x9, x9, x10
add x9, x9, a1
sw x9, 256(x31)
ret

report: li x31, %(saved)#x
sw x1, 1024(x31)
addi x31, x31, 1024
%(save)s
%(mix)s
li x31, %(saved)#x
lw s2, 256(x31)
%(print)s
li x31, %(saved)#x
addi x31, x31, 1024
%(load)s
ret

finish: csrw satp, x0
sfence.vma
li s2, %(frames)#x
li s3, %(frames_end)#x
1: lw a1, 0(s2)
call mix
addi s2, s2, 4
bltu s2, s3, 1b
call report
li x9, 0x100000
li x10, %(status)d << 16 | 0x3333
sw x10, 0(x9)
1: j 1b
"""

if __name__ == "__main__":
    print(Program(int(sys.argv[1]),
                  int(sys.argv[2]) if len(sys.argv) > 2 else 1000).text())
