#!/usr/bin/env python3
"""Counts what leaf costs, and holds its heap against others.

    tests/bench.py                 everything: tables, build/bench.json, an SVG
    tests/bench.py kernel          the kernel's figures
    tests/bench.py heap [TRACE…]   the heaps, in leaf, by instructions
    tests/bench.py host [TRACE…]   the heaps, on this machine, by nanoseconds:
                                   for trying things quickly
    tests/bench.py readme          writes the README's tables from the JSON

Traces are files (tests/bench/README.md tells their form), folders of them, or
names of generated ones; without any, all of those in tests/bench.
Other heaps can be set beside leaf's: --heap NAME=FILE.c, a file that defines
malloc, realloc and free on top of sbrk; it may be another user.c.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / 'tests' / 'bench'
BUILD = ROOT / 'build' / 'bench'
sys.path.insert(0, str(HERE))
import trace as traces_  # noqa: E402

# What a heap calls and what is called instead, to be counted.
COUNTED = ('sbrk', 'mmap', 'munmap', 'memcpy', 'memmove', 'memset')
MINE = ('malloc', 'realloc', 'free')


def run(*command, **options):
    command = [str(word) for word in command]
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: status {done.returncode}\n'
                 f'{done.stdout}{done.stderr}')
    return done.stdout


# ---- the heaps and the traces, made ready ----------------------------------

def find_traces(words):
    """Words of the command line to [(name, calls)], in their order."""
    found = []
    for word in words or [*traces_.GENERATED, HERE / 'traces']:
        path = Path(word)
        if str(word) in traces_.GENERATED:
            found.append((word, traces_.GENERATED[word](1)))
        elif path.is_dir():
            found += [(traces_.name(p), traces_.load(p))
                      for p in sorted(path.glob('*.rep*'))]
        else:
            found.append((traces_.name(path), traces_.load(path)))
    return [(re.sub(r'\W', '_', name), calls) for name, calls in found]


def rename(objcopy, made, name):
    """Gives a heap's functions names of its own, hides its others, and turns
    what it calls of the system into the counting functions."""
    run(objcopy, *(f'--keep-global-symbol={f}' for f in MINE), made)
    run(objcopy, *(f'--redefine-sym={f}={name}_{f}' for f in MINE),
        *(f'--redefine-sym={f}=count_{f}' for f in COUNTED), made)


def write_lists(folder, heaps, traces):
    """The lists and packed traces that heap.c includes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'HEAP({name})' for name in heaps]
    for name, calls in traces:
        file = folder / f'{name}.packed'
        file.write_bytes(traces_.pack(calls))
        lines.append(f'TRACE({name}, "{file}")')
    (folder / 'lists.h').write_text('\n'.join(lines) + '\n')


def results(output):
    """The lines of heap.c: a list of dicts."""
    rows = []
    for line in output.splitlines():
        if line.startswith('@ '):
            row = dict(word.split('=') for word in line[2:].split())
            rows.append({k: int(v) if v.isdigit() else v
                         for k, v in row.items()})
        elif 'failed' in line or line.startswith('call '):
            print(line, file=sys.stderr)
    return rows


# ---- in leaf ---------------------------------------------------------------

# As the Makefile has them.
CFLAGS = ('--target=riscv32-unknown-elf', '-march=rv32ima', '-mabi=ilp32',
          '-ffreestanding', '-nostdlib', '-fno-stack-protector',
          '-fno-omit-frame-pointer', '-O2', '-std=c11')
PICOLIBC = '/usr/lib/picolibc/riscv64-unknown-elf/lib/rv32im/ilp32/libc.a'


def tool(name):
    """A tool that came with the compiler."""
    cc = os.environ.get('CC', 'clang')
    return run(cc, f'-print-prog-name={name}').strip()


def heap_objects(src, folder, others):
    """Compiles the heaps: {name: object file}."""
    cc = os.environ.get('CC', 'clang')
    made = {}
    for name, source in {'leaf': src / 'user.c', 'picolibc': None,
                         'kr': HERE / 'kr.c', **others}.items():
        made[name] = folder / f'{name}.o'
        run(cc, *CFLAGS, '-ffunction-sections', '-U__riscv', f'-I{src}', '-w',
            '-c', source or HERE / 'picolibc.c', '-o', made[name])
        if source is None:
            if not Path(PICOLIBC).exists():
                print(f'picolibc is left out: there is no {PICOLIBC} '
                      '(apt-get install picolibc-riscv64-unknown-elf)')
                del made[name]
                continue
            whole = folder / 'picolibc-whole.o'
            run(tool('ld.lld'), '-r', '--strip-debug', *(f'-u{f}' for f in MINE),
                made[name], PICOLIBC, '-o', whole)
            made[name] = whole
        rename(tool('llvm-objcopy'), made[name], name)
    return made


# ---- on the host -----------------------------------------------------------

def host(src, traces, others, bits):
    cc = os.environ.get('HOSTCC', 'cc')
    folder = BUILD / 'host'
    folder.mkdir(parents=True, exist_ok=True)
    flags = ['-O2', '-g', '-fno-builtin', '-fno-pie', '-no-pie',
             '-ffunction-sections', '-Wl,--gc-sections', f'-I{src}',
             f'-I{folder}']
    if bits == 32:
        flags.append('-m32')
    heaps = {'leaf': src / 'user.c', 'kr': HERE / 'kr.c', **others}
    write_lists(folder, heaps, traces)
    for name, source in heaps.items():
        run(cc, *flags, '-std=c11', '-U__riscv', '-w', '-c', source,
            '-o', folder / f'{name}.o')
        rename('objcopy', folder / f'{name}.o', name)
    run(cc, *flags, '-std=gnu11', '-Wall', '-Wextra', HERE / 'heap.c',
        *(folder / f'{name}.o' for name in heaps), '-o', folder / 'heap')
    output = subprocess.run([folder / 'heap'], text=True,
                            capture_output=True, check=False)
    print(output.stderr, end='', file=sys.stderr)
    rows = results(output.stdout)
    heap_table(rows, 'ns')


# ---- tables ----------------------------------------------------------------

def mean(values):
    """The geometric mean."""
    product, n = 1.0, 0
    for value in values:
        product, n = product * value, n + 1
    return product ** (1 / n) if n else 0


def table(rows):
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(len(str(row[i])) for row in rows if i < len(row))
              for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(cell).rjust(width) for cell, width in zip(row, widths)]
        cells[0] = str(row[0]).ljust(widths[0])
        print('  '.join(cells).rstrip())


def per_call(row):
    return row['sum'] / max(1, row['calls'])


def use(row):
    return 100 * row['payload'] / max(1, row['memory'])


def heap_table(rows, unit):
    heaps = list(dict.fromkeys(row['heap'] for row in rows))
    names = list(dict.fromkeys(row['trace'] for row in rows))
    at = {(row['trace'], row['heap']): row for row in rows}
    of = {heap: [row for row in rows if row['heap'] == heap]
          for heap in heaps}

    print(f'\n{unit} a call, worst malloc or free, payload over heap at the '
          'peak, system calls')
    head = ['trace', 'calls']
    for heap in heaps:
        head += [heap, 'worst', 'use', 'sys']
    lines = [head]
    for name in names:
        line = [name, at[name, heaps[0]]['calls']]
        for heap in heaps:
            row = at.get((name, heap))
            line += ['failed', '', '', ''] if row is None else [
                f'{per_call(row):.0f}' + '!' * bool(row['failed']),
                max(row['worst_malloc'], row['worst_free']),
                f'{use(row):.1f}%', row['syscalls']]
        lines.append(line)
    line = ['mean', '']
    for heap in heaps:
        line += [f'{mean(per_call(row) for row in of[heap]):.0f}', '',
                 f'{mean(use(row) for row in of[heap]):.1f}%', '']
    table(lines + [line])
    if any(row['failed'] for row in rows):
        print('!: some calls failed')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('do', nargs='?', default='all',
                        choices=['all', 'kernel', 'heap', 'host', 'readme'])
    parser.add_argument('trace', nargs='*')
    parser.add_argument('--src', default=ROOT, type=Path, metavar='DIR',
                        help='the tree to measure')
    parser.add_argument('--heap', action='append', default=[],
                        metavar='NAME=FILE.c')
    parser.add_argument('--bits', type=int, default=32, choices=[32, 64],
                        help='host: pointers of that size')
    args = parser.parse_intermixed_args()
    src = args.src.resolve()
    others = {}
    for word in args.heap:
        name, _, file = word.partition('=')
        others[name] = Path(file).resolve()
    if args.do == 'host':
        host(src, find_traces(args.trace), others, args.bits)


if __name__ == '__main__':
    main()
