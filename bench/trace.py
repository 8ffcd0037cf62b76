#!/usr/bin/env python3
"""Traces of malloc calls: made, recorded, cut, and packed for the benchmark.

A trace is a text of one call a line, the form the CS:APP course uses:

    a ID SIZE    block ID = malloc(SIZE)
    r ID SIZE    block ID = realloc(block ID, SIZE)
    f ID         free(block ID)

Lines of any other form (CS:APP's four numbers at the head, comments) are
skipped. A file's name ends in .rep, or .rep.xz when it is compressed.
"""
import argparse
import lzma
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / 'build' / 'bench'


# ---- reading and writing ---------------------------------------------------

def parse(text):
    """The calls in a text: a list of (op, id, size), size 0 for free."""
    calls = []
    for line in text.splitlines():
        words = line.split()
        if not all(word.isdecimal() for word in words[1:]):
            continue
        if len(words) == 3 and words[0] in 'ar':
            calls.append((words[0], int(words[1]), int(words[2])))
        elif len(words) == 2 and words[0] == 'f':
            calls.append(('f', int(words[1]), 0))
    return calls


def load(path):
    path = Path(path)
    opener = lzma.open if path.suffix == '.xz' else open
    try:
        with opener(path, 'rt') as file:
            calls = parse(file.read())
    except (UnicodeDecodeError, lzma.LZMAError, EOFError):
        calls = []
    except OSError as error:
        sys.exit(f'{path}: {error.strerror}')
    if not calls:
        sys.exit(f'no calls in {path}: a trace has a call a line, such as '
                 '"a 0 16" and "f 0"')
    return check(calls, path)


def save(calls, path):
    text = ''.join(f'{op} {i} {size}\n' if op != 'f' else f'f {i}\n'
                   for op, i, size in calls)
    path = Path(path)
    if path.suffix == '.xz':
        path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    else:
        path.write_text(text)


def check(calls, where):
    """Returns calls; dies if one names a block that isn't there, or is."""
    live = set()
    for n, (op, i, size) in enumerate(calls):
        if (op == 'a') == (i in live):
            sys.exit(f'{where}: call {n + 1}, "{op} {i}": the block is '
                     + ('in use already' if op == 'a' else 'not in use'))
        if op == 'f':
            live.remove(i)
        else:
            live.add(i)
    return calls


def name(path):
    return Path(path).name.removesuffix('.xz').removesuffix('.rep')


def peak(calls):
    """The most bytes and the most blocks that are in use at one time."""
    size_of, now, most, blocks = {}, 0, 0, 0
    for op, i, size in calls:
        now += size - size_of.get(i, 0)
        if op == 'f':
            del size_of[i]
        else:
            size_of[i] = size
        most, blocks = max(most, now), max(blocks, len(size_of))
    return most, blocks


def limit(calls, word=4):
    """The most payload over heap, in per cent, that a heap can reach whose
    blocks have a header of one word and are multiples of four words."""
    unit = 4 * word
    block = [(op, i, 0 if op == 'f' else -(-(size + word) // unit) * unit)
             for op, i, size in calls]
    return 100 * peak(calls)[0] / max(1, peak(block)[0])


def pack(calls):
    """The bytes that heap.c and host.c read.

    Two words: number of calls, number of slots; then for each call a number
    slot << 2 | op (0 malloc, 1 realloc, 2 free) and, unless it is a free, the
    size; each number in groups of seven bits, the low ones first, with the
    eighth bit set in all but the last. A freed block's slot is used again.
    """
    out, slots, unused, count = bytearray(), {}, [], 0

    def number(n):
        while n >= 128:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)

    for op, i, size in calls:
        if op == 'a':
            if not unused:
                unused.append(count)
                count += 1
            slots[i] = unused.pop()
        number(slots[i] << 2 | 'arf'.index(op))
        if op == 'f':
            unused.append(slots.pop(i))
        else:
            number(size)
    return struct.pack('<II', len(calls), count) + out


# ---- recording -------------------------------------------------------------

def record(command, env=None, stdin=None):
    """Runs a program and returns its calls."""
    BUILD.mkdir(parents=True, exist_ok=True)
    library = BUILD / 'record.so'
    source = HERE / 'record.c'
    if not library.exists() or library.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([os.environ.get('CC', 'clang'), '-O2', '-fPIC',
                        '-shared', '-fno-builtin', '-o', library, source],
                       check=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        out = Path(folder) / 'records'
        try:
            subprocess.run(command, stdin=stdin, check=False, env={
                **os.environ, **(env or {}),
                'LEAF_RECORD': str(out), 'LD_PRELOAD': str(library)})
        except OSError as error:
            sys.exit(f'{command[0]}: cannot be run: {error.strerror}')
        if not out.exists():
            return []  # it is linked without the C library
        with open(out, 'rb') as file:
            count, = struct.unpack('<Q', file.read(8))
            records = struct.iter_unpack('<QQQ', file.read(24 * count))
            return calls_of(records)


def calls_of(records):
    """Addresses to ids. A realloc of 0 bytes is a free, as glibc has it."""
    calls, ids, count = [], {}, 0
    for old, new, size in records:
        if old and old not in ids:  # from before the recording began
            old = 0
        if old and new:
            i = ids.pop(old)
            ids[new] = i
            calls.append(('r', i, size))
        elif old:
            calls.append(('f', ids.pop(old), 0))
        elif new:
            ids[new] = count
            calls.append(('a', count, size))
            count += 1
    return calls


def cut(calls, ops=None, payload=None):
    """The calls from the first, as many as both limits let pass."""
    size_of, now, kept = {}, 0, []
    for op, i, size in calls[:ops]:
        now += size - size_of.get(i, 0)
        size_of[i] = size
        if payload and now > payload:
            break
        kept.append((op, i, size))
    return kept


# ---- making ----------------------------------------------------------------

def binary(small=64, large=448, count=2000):
    """Small and large blocks in turn; the large freed; their holes are asked
    for blocks of the sum, which fit none of them."""
    calls = []
    for i in range(count):
        calls += [('a', 2 * i, small), ('a', 2 * i + 1, large)]
    calls += [('f', 2 * i + 1, 0) for i in range(count)]
    calls += [('a', 2 * count + i, small + large) for i in range(count)]
    calls += [('f', 2 * i, 0) for i in range(count)]
    calls += [('f', 2 * count + i, 0) for i in range(count)]
    return calls


def coalescing(size=4095, count=2400):
    """Two equal blocks freed, and one of their sum taken."""
    calls = []
    for i in range(0, 3 * count, 3):
        calls += [('a', i, size), ('a', i + 1, size), ('f', i, 0),
                  ('f', i + 1, 0), ('a', i + 2, 2 * size), ('f', i + 2, 0)]
    return calls


def growing(start=512, step=128, other=128, count=4800):
    """A block grows by small steps while others come and go behind it."""
    calls = [('a', 0, start), ('a', 1, other)]
    for i in range(2, count + 2):
        calls += [('r', 0, start + step * (i - 1)), ('a', i, other),
                  ('f', i - 1, 0)]
    return calls + [('f', count + 1, 0), ('f', 0, 0)]


def random_sizes(count=2400, least=1, most=32768, log=False, live=1200,
                 seed=1):
    """Sizes and lifetimes by chance, equally likely or, with log, equally
    likely in each power of two; some `live` blocks in use at a time."""
    dice, calls, held = random.Random(seed), [], []
    for i in range(count):
        if log:
            size = int(math.exp(dice.uniform(math.log(least),
                                             math.log(most + 1))))
        else:
            size = dice.randint(least, most)
        if dice.random() < len(held) / (2 * live):
            for _ in range(min(2, len(held))):
                j = dice.randrange(len(held))
                held[j], held[-1] = held[-1], held[j]
                calls.append(('f', held.pop(), 0))
        calls.append(('a', i, size))
        held.append(i)
    dice.shuffle(held)
    return calls + [('f', i, 0) for i in held]


# One of each kind, and variants of the same kinds with other sizes.
GENERATED = {
    'binary': lambda seed: binary(64, 448, 2000),
    'binary2': lambda seed: binary(16, 112, 4000),
    'coalescing': lambda seed: coalescing(4095, 2400),
    'realloc': lambda seed: growing(512, 128, 128, 4800),
    'realloc2': lambda seed: growing(4092, 5, 16, 4800),
    'random': lambda seed: random_sizes(seed=seed),
    'random2': lambda seed: random_sizes(20000, 8, 8192, True, 2000, seed),
}


VARIANTS = ('binary2', 'realloc2', 'random2')


# ---- the command -----------------------------------------------------------

def info(paths):
    print(f'{"trace":14} {"calls":>8} {"malloc":>7} {"realloc":>7} '
          f'{"free":>7} {"peak KiB":>9} {"blocks":>7} {"mean":>6} {"limit":>6}')
    for path in paths:
        calls = load(path)
        ops = [op for op, _, _ in calls]
        most, blocks = peak(calls)
        sizes = [size for op, _, size in calls if op == 'a']
        print(f'{name(path):14} {len(calls):8} {ops.count("a"):7} '
              f'{ops.count("r"):7} {ops.count("f"):7} {most / 1024:9.0f} '
              f'{blocks:7} {sum(sizes) / max(1, len(sizes)):6.0f} '
              f'{limit(calls):5.1f}%')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(dest='do', required=True)

    p = sub.add_parser('record', help='run a program, write its trace')
    p.add_argument('-o', required=True, metavar='FILE')
    p.add_argument('--ops', type=int, help='keep that many calls at most')
    p.add_argument('--payload', type=int,
                   help='stop before more bytes than that are in use')
    p.add_argument('command', nargs=argparse.REMAINDER)

    p = sub.add_parser('generate', help='make a trace: ' + ', '.join(GENERATED))
    p.add_argument('name', choices=GENERATED)
    p.add_argument('-o', required=True, metavar='FILE')
    p.add_argument('--seed', type=int, default=1)

    p = sub.add_parser('cut', help='the first calls of a trace')
    p.add_argument('-o', required=True, metavar='FILE')
    p.add_argument('--ops', type=int)
    p.add_argument('--payload', type=int)
    p.add_argument('trace')

    p = sub.add_parser('info', help='what is in traces')
    p.add_argument('trace', nargs='+')

    p = sub.add_parser('pack', help='the form the benchmark reads')
    p.add_argument('-o', required=True, metavar='FILE')
    p.add_argument('trace')

    args = parser.parse_args()
    if args.do == 'record':
        command = args.command[args.command[:1] == ['--']:]
        if not command:
            sys.exit('record wants a program: -- PROGRAM ARGUMENTS')
        calls = record(command)
        if not calls:
            sys.exit(f'no calls in {command[0]}: it never called the shared C '
                     "library's malloc")
        kept = cut(calls, args.ops, args.payload)
        save(kept, args.o)
        print(f'{args.o}: {len(kept)} of {len(calls)} calls')
    elif args.do == 'generate':
        save(GENERATED[args.name](args.seed), args.o)
    elif args.do == 'cut':
        save(cut(load(args.trace), args.ops, args.payload), args.o)
    elif args.do == 'info':
        info(args.trace)
    elif args.do == 'pack':
        Path(args.o).write_bytes(pack(load(args.trace)))


if __name__ == '__main__':
    main()
