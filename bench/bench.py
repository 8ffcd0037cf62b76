#!/usr/bin/env python3
"""Counts what leaf costs, and holds its heap against others.

    bench/bench.py                 everything: tables, build/bench.json and
                                   build/bench.svg (make bench)
    bench/bench.py kernel          the kernel's figures
    bench/bench.py worst           how long a program can hold the machine
    bench/bench.py heap [TRACE…]   the heaps, in leaf, by instructions
    bench/bench.py host [TRACE…]   the heaps, on this machine, by nanoseconds:
                                   for trying things quickly
    bench/bench.py spent [NAME]    on what the kernel's figures were spent: the
                                   instructions of each function in each; NAME
                                   is a function of bench/services.c
    bench/bench.py readme          writes the tables of bench/README.md, and
                                   those of README.md, from the JSON

Traces are files (bench/README.md tells their form), folders of them, or
names of generated ones; without any, all of those in tests/traces.
Other heaps can be set beside leaf's: --heap NAME=FILE.c, a file that defines
malloc, realloc and free on top of sbrk; it may be another user.c.
"""
import argparse
import bisect
import collections
import contextlib
import fcntl
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / 'bench'
TRACES = ROOT / 'tests' / 'traces'
BUILD = ROOT / 'build' / 'bench'
STORE = ROOT / 'build' / 'bench.json'
PATIENCE = float(os.environ.get('LEAF_PATIENCE') or 1)
sys.dont_write_bytecode = True
import debugger  # noqa: E402
import trace as tracing  # noqa: E402

# What a heap calls and what is called instead, to be counted.
COUNTED = ('sbrk', 'mmap', 'munmap', 'memcpy', 'memmove', 'memset')
MINE = ('malloc', 'realloc', 'free')

# The figures: a key, what is counted, and the most it should be.
FIGURES = [
    ('boot', 'boot, first kernel instruction to first prompt', 120000),
    ('null', 'null system call (getpid)', 132),
    ('switch', 'switch between two processes by yield', 235),
    ('grow', 'sbrk(4096)', 260),
    ('shrink', 'sbrk(-4096) of an untouched page', 260),
    ('touch', 'first touch of a page', 1550),
    ('copy', 'copy-on-write fault that copies', 2720),
    ('takeover', 'copy-on-write fault that takes the page over', 220),
    ('fork', 'fork + exit + wait, the child writing two pages', 14500),
    ('console', 'console output, a character of 64', 80),
    ('memset', 'memset, a KiB of an aligned page', 330),
    ('memcpy', 'memcpy, a KiB of an aligned page', 620),
]
HEAP_FIGURES = [
    ('instructions', 'malloc, realloc, free: a call, geometric mean', 68),
    ('worst', 'worst malloc or free', 350),
    ('generated', 'payload over heap, generated traces, %', 96),
    ('variants', 'the same with binary2, realloc2, random2, %', None),
    ('recorded', 'payload over heap, recorded traces, %', 91),
]
OTHER_FIGURES = [
    ('idle', 'host CPU while idle at the prompt, %', 3),
    ('kernel_lines', 'lines of code: kernel.c, kernel.h', 1250),
    ('heap_lines', 'lines of code: malloc, realloc, free', 240),
    ('user_lines', 'lines of code: user.c, user.h', 540),
    ('all_lines', 'lines of code: everything that boots', 2600),
]
# The README's: a key, its words, its unit, and what others take.
FRONT = [
    ('boot', 'boot to the first prompt', ' instructions',
     '*OS in 1,000 Lines* 3,930,000; xv6 427,000,000'),
    ('null', 'a system call (`getpid`), there and back', ' instructions',
     'xv6 1,129'),
    ('fork', '`fork`, `exit` and `wait`, two pages written', ' instructions',
     'xv6 518,645'),
    ('instructions', '`malloc`, `realloc`, `free`, a call', ' instructions',
     'newlib 95; dlmalloc 126; the list of xv6 429'),
    ('recorded', 'payload over heap, recorded programs', ' %',
     'newlib 78; dlmalloc 82; the list of xv6 69, on the course traces'),
]
AT_LEAST = {'generated', 'recorded'}  # the others: at most
# No call, fault or tick may keep interrupts off for longer (row G1).
WORST = 1_500_000


def run(*command, **options):
    command = [str(word) for word in command]
    done = subprocess.run(command, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: status {done.returncode}\n'
                 f'{done.stdout}{done.stderr}')
    return done.stdout


def lines_of(output):
    """What programs printed as `@ name=value …`: a list of dicts."""
    rows = []
    for line in output.splitlines():
        if line.startswith('@ '):
            row = dict(word.split('=') for word in line[2:].split())
            rows.append({key: int(value) if value.isdigit() else value
                         for key, value in row.items()})
        elif 'failed' in line or 'killed' in line or line.startswith('call '):
            print(line, file=sys.stderr)
    return rows


# ---- building and booting --------------------------------------------------

def place(src, name):
    """Where a tree's products go: each tree has a folder of its own."""
    own = '' if src == ROOT else f'{zlib.crc32(str(src).encode()):08x}'
    folder = BUILD / own / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make(folder, *goals, **said):
    """Builds an image, or those goals, in a folder of its own."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(('MAKE', 'MFLAGS'))}
    run('make', '-s', '-C', ROOT, f'CC={os.environ.get("CC", "clang")}',
        f'BUILD={folder}', *(f'{key}={value}' for key, value in said.items()),
        *goals, env=env)
    return folder


def program(src, name):
    """The image of a program of this folder. It is linked as a tree's own
    shell is, with user.c and nothing else."""
    return make(place(src, name), SRC=src, APP=HERE / f'{name}.c',
                OWN_PROGRAM='')


def qemu(image, *more):
    """The command that boots an image under the exact counter."""
    return ['qemu-system-riscv32', '-machine', 'virt', '-smp', '1',
            '-m', '128M', '-display', 'none', '-no-reboot',
            '-chardev', 'stdio,id=console,mux=off,signal=off',
            '-serial', 'chardev:console', '-monitor', 'none',
            '-bios', os.environ['OPENSBI'], '-kernel', f'{image}/kernel.elf',
            *more]


def boot(image, seconds):
    """Boots a program that ends by itself: what it printed. A line `? N TEXT`
    of it is a wish: TEXT is typed N times."""
    seconds *= PATIENCE
    output = ''
    with subprocess.Popen(qemu(image, '-icount', 'shift=0'), bufsize=0,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as machine:
        late = threading.Timer(seconds, machine.kill)
        late.start()
        for line in machine.stdout:
            output += line.decode(errors='replace').replace('\r', '')
            if line.startswith(b'? '):
                count, text = line.rstrip(b'\r\n')[2:].split(b' ', 1)
                machine.stdin.write(int(count) * text)
        status = machine.wait()
        if late.finished.is_set():
            sys.exit(f'{image} still runs after {seconds:g} seconds. It '
                     f'printed:\n{output[-2000:]}')
        late.cancel()
    if status != 0:
        sys.exit(f'{image} ended with status {status}:\n{output[-2000:]}')
    return output


# ---- the kernel ------------------------------------------------------------

def segments(elf):
    """An ELF file's (offset, address, size) of what is loaded."""
    start, = struct.unpack_from('<I', elf, 28)
    size, count = struct.unpack_from('<HH', elf, 42)
    for i in range(count):
        kind, offset, address, _, stored = struct.unpack_from(
            '<5I', elf, start + i * size)
        if kind == 1:
            yield offset, address, stored


def symbol(file, name):
    for line in file.read_text().splitlines():
        words = line.split()
        if words[-1] == name:
            return int(words[0], 16)
    sys.exit(f'{file}: there is no {name}')


def boot_figure(src):
    """Instructions from the kernel's first to the shell's first read()."""
    image = make(place(src, 'shell'), SRC=src)
    kernel = (image / 'kernel.elf').read_bytes()
    program = (image / 'shell.stripped').read_bytes()
    read = symbol(image / 'shell.sym', 'read')
    # The program lies in the kernel as one piece. Where is its read()?
    at = next(read - address + offset
              for offset, address, size in segments(program)
              if address <= read < address + size)
    inside = kernel.index(program) + at
    physical = next(inside - offset + address
                    for offset, address, size in segments(kernel)
                    if offset <= inside < offset + size)
    entry, = struct.unpack_from('<I', kernel, 24)
    port = image / 'port'
    port.unlink(missing_ok=True)
    with subprocess.Popen(
            qemu(image, '-icount', 'shift=0', '-S', '-gdb',
                 f'unix:{os.path.relpath(port)},server=on,wait=off'),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as machine:
        try:
            return debugger.count_boot(os.path.relpath(port), entry, physical,
                                       read)
        except (OSError, EOFError, ValueError) as error:
            print(f'boot: not counted: {error!r}', file=sys.stderr)
            return None
        finally:
            machine.kill()


def idle_figure(src, seconds=5):
    """Host CPU in per cent while the shell waits for a key."""
    with subprocess.Popen(qemu(place(src, 'shell')), stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as machine:
        def used():
            file = Path(f'/proc/{machine.pid}/stat')
            if not file.exists():
                return None
            words = file.read_text().rpartition(')')[2].split()
            return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')
        time.sleep(2)
        before, start = used(), time.monotonic()
        time.sleep(seconds)
        after, end = used(), time.monotonic()
        machine.kill()
    return None if before is None else round(
        100 * (after - before) / (end - start), 1)


def kernel_figures(src):
    """{key: value} of what FIGURES names, but without boot."""
    image = program(src, 'services')
    return {row['figure']: round(row['least'] / row['unit'], 1)
            for row in lines_of(boot(image, 60))}


def worst_cases(src):
    """What the worst cases took that worst.c and worst_image.c make:
    [[what, of how many, instructions]], in their words."""
    return [[row['worst'].replace('_', ' '), row['n'], row['instructions']]
            for name in ('worst', 'worst_image')
            for row in lines_of(boot(program(src, name), 120))]


class Functions:
    """An image's functions by address, from its list of symbols."""

    def __init__(self, file, mark=''):
        words = (line.split() for line in file.read_text().splitlines())
        self.at = sorted((int(w[0], 16), mark + w[2]) for w in words
                         if len(w) == 3 and w[1] in 'tT' and w[2][0] not in '.$')
        self.starts = [address for address, _ in self.at]

    def find(self, pc):
        return self.at[bisect.bisect_right(self.starts, pc) - 1]


def one_by_one():
    """The flags with which QEMU logs every instruction."""
    words = run('qemu-system-riscv32', '--version').split()
    version = words[words.index('version') + 1].split('.')
    new = (int(version[0]), int(version[1])) >= (8, 1)
    return ['-accel', 'tcg,one-insn-per-tb=on'] if new else ['-singlestep']


def windows(image):
    """Where the readings of instret are: {address: its function}."""
    found, function = {}, None
    for line in (image / 'services.dis').read_text().splitlines():
        if head := re.match(r'[0-9a-f]+ <([A-Za-z_]\w*)>:', line):
            function = head[1]
        elif 'instret' in line and (at := re.match(r'\s*([0-9a-f]+):', line)):
            found[int(at[1], 16)] = function
    return found


def spent(src, wanted):
    """Prints, for each function of services.c that takes figures, what the
    instructions between its readings belong to. The firmware's are not seen.
    """
    image = program(src, 'services')
    kernel = Functions(image / 'kernel.sym')
    services = Functions(image / 'services.sym', 'program: ')
    readings, log = windows(image), image / 'log'
    log.unlink(missing_ok=True)
    os.mkfifo(log)
    counts, times, inside = {}, collections.Counter(), None
    with subprocess.Popen(
            qemu(image, '-icount', 'shift=0', *one_by_one(),
                 '-d', 'exec,nochain', '-D', log, '-dfilter',
                 '0x80200000+0x100000,0x01000000+0x1000000'),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL), \
            open(log, errors='replace') as lines:
        for line in lines:
            found = re.search(r'\[[0-9a-f]+/([0-9a-f]+)/', line)
            if not found:
                continue
            pc = int(found[1], 16)
            if pc in readings:
                inside = None if inside else readings[pc]
                times[inside] += 1
            elif inside:
                start, name = (services if pc < 1 << 31 else kernel).find(pc)
                count = counts.setdefault(inside, {}).setdefault(name, [0, 0])
                count[0] += 1
                count[1] += pc == start
    log.unlink()
    for name in wanted:
        if name not in counts:
            sys.exit(f'{name}: no such figure; there are: '
                     + ', '.join(counts))
    for figure in wanted or counts:
        functions = counts[figure]
        print(f'\n{figure}: instructions and calls, a reading\n')
        table([[name, f'{sum_ / times[figure]:.1f}',
                f'{calls / times[figure]:.1f}'] for name, (sum_, calls)
               in sorted(functions.items(), key=lambda item: -item[1][0])])


def lines_of_code(text):
    """How many lines hold more than a comment and space."""
    text = re.sub(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*',
                  lambda m: m[1] or '\n' * m[0].count('\n'), text,
                  flags=re.DOTALL)
    return sum(bool(line.strip()) for line in text.splitlines())


def code_lines(*files):
    return sum(lines_of_code(file.read_text()) for file in files
               if file.exists())


def heap_code(file):
    """Of user.c, what malloc, realloc and free are made of: it begins with the
    heap's heading and ends before calloc."""
    found = re.search(r'/\*\n \* -+ The heap -.*?(?=^void \*calloc\()',
                      file.read_text(), re.DOTALL | re.MULTILINE)
    return lines_of_code(found[0]) if found else None


def line_figures(src):
    parts = {'kernel_lines': ('kernel.c', 'kernel.h'),
             'user_lines': ('user.c', 'user.h')}
    parts['all_lines'] = (*parts['kernel_lines'], *parts['user_lines'],
                          'common.c', 'common.h', 'shell.c')
    figures = {key: code_lines(*(src / name for name in names))
               for key, names in parts.items()}
    return {**figures, 'heap_lines': heap_code(src / 'user.c')}


# ---- the heaps and the traces, made ready ----------------------------------

def find_traces(words):
    """Words of the command line to [(name, calls)], in their order."""
    found = []
    for word in words or [*tracing.GENERATED, TRACES]:
        path = Path(word)
        if str(word) in tracing.GENERATED:
            found.append((word, tracing.GENERATED[word](1)))
        elif path.is_dir():
            if not list(path.glob('*.rep*')):
                sys.exit(f'{word}: no trace (*.rep, *.rep.xz) in this folder')
            found += [(tracing.name(p), tracing.load(p))
                      for p in sorted(path.glob('*.rep*'))]
        elif not path.exists() and (known := TRACES / f'{word}.rep.xz').exists():
            found.append((word, tracing.load(known)))
        elif not path.exists():
            sys.exit(f'{word}: no such trace; the generated ones are: '
                     + ', '.join(tracing.GENERATED))
        else:
            found.append((tracing.name(path), tracing.load(path)))
    named = {}
    for name, calls in found:
        name = re.sub(r'\W', '_', name)
        if name in named:
            sys.exit(f'{name}: two traces of this name; rename one, or leave '
                     'one out')
        named[name] = calls
    return list(named.items())


def other_heaps(words):
    """The --heaps of the command line: {name: file}."""
    others = {}
    for word in words:
        name, _, file = word.partition('=')
        if not file or not re.fullmatch('[A-Za-z_][A-Za-z_0-9]*', name):
            sys.exit(f'--heap {word}: --heap wants NAME=FILE.c')
        if name in ('leaf', 'picolibc', 'kr', *others):
            sys.exit(f'--heap {word}: the name {name} is taken; choose another')
        if not Path(file).is_file():
            sys.exit(f'--heap {word}: there is no file {file}')
        others[name] = Path(file).resolve()
    return others


def chosen(heaps, only):
    """Those of the heaps that --only names, or all."""
    for name in only or []:
        if name not in heaps:
            sys.exit(f'--only {name}: no such heap; there are: '
                     + ', '.join(heaps))
    return {name: heaps[name] for name in only or heaps}


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
        file.write_bytes(tracing.pack(calls))
        lines.append(f'TRACE({name}, "{file}")')
    (folder / 'lists.h').write_text('\n'.join(lines) + '\n')


# ---- the heaps, in leaf ----------------------------------------------------

PICOLIBC = '/usr/lib/picolibc/riscv64-unknown-elf/lib/rv32im/ilp32/libc.a'
# The kernel's image, with the traces in it, must leave its 64 MiB of frames.
LARGEST = 16 << 20


def tool(name):
    """A tool that came with the compiler."""
    return run(os.environ.get('CC', 'clang'),
               f'-print-prog-name={name}').strip()


def heap_objects(src, folder, others):
    """Compiles the heaps: {name: object file}."""
    cc = os.environ.get('CC', 'clang')
    flags = run('make', '-s', '-C', ROOT, 'cflags').split()
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for name, source in {'leaf': src / 'user.c', 'picolibc': None,
                         'kr': HERE / 'kr.c', **others}.items():
        made[name] = folder / f'{name}.o'
        # Without __riscv, user.c leaves out its system calls.
        run(cc, *flags, '-ffunction-sections', '-U__riscv', f'-I{src}',
            f'-I{ROOT}/libc/include', '-w', '-c', source or HERE / 'picolibc.c',
            '-o', made[name])
        if source is None:
            made[name], why = picolibc(made[name], folder)
            if why:
                print(f'picolibc is left out:\n    {why}')
                del made[name]
                continue
        lacks = set(MINE) - defined(made[name])
        if lacks:
            sys.exit(f'{source}: it defines no {" and no ".join(sorted(lacks))}'
                     '; a heap is malloc, realloc and free')
        rename(tool('llvm-objcopy'), made[name], name)
    return made


def defined(made):
    """The functions that an object file defines for others."""
    listed = run(tool('llvm-nm'), '--defined-only', '--extern-only', made)
    return {line.split()[-1] for line in listed.splitlines()}


def picolibc(glue, folder):
    """picolibc's malloc: one object file, or why there is none."""
    library, whole = folder / 'picolibc.a', folder / 'picolibc-whole.o'
    if not Path(PICOLIBC).exists():
        return None, (f'there is no {PICOLIBC}\n    '
                      '(apt-get install picolibc-riscv64-unknown-elf)')
    shutil.copy(PICOLIBC, library)
    # errno is thread-local there, and in leaf there is no such thing: it is
    # left out, and a weak symbol that nobody defines lies where tp points.
    run(tool('llvm-ar'), 'd', library, *(
        member for member in run(tool('llvm-ar'), 't', library).split()
        if member.endswith('errno.c.o')))
    run(tool('ld.lld'), '-r', '--strip-debug', *(f'-u{f}' for f in MINE),
        glue, library, '-o', whole)
    run(tool('llvm-objcopy'), '--redefine-sym=errno=at_tp', whole)
    run(tool('llvm-objcopy'), '--weaken-symbol=at_tp', whole)
    needed = {line.split()[-1] for line in
              run(tool('llvm-nm'), '--undefined-only', whole).splitlines()}
    needed -= {f'count_{f}' for f in COUNTED} | {'at_tp'}
    return whole, needed and f'it needs {", ".join(sorted(needed))}'


def without_ticks(src, folder):
    """A copy of the sources in which the timer's tick, which would fall into
    a call now and then, comes every 100 seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('kernel.c', 'kernel.h', 'kernel.ld', 'common.c', 'common.h',
                 'user.c', 'user.h', 'user.ld'):
        text = (src / name).read_text()
        if name == 'common.h':
            text = re.sub(r'(#define TICK_MS) \d+', r'\1 100000', text)
        copy = folder / name
        if not copy.exists() or copy.read_text() != text:
            copy.write_text(text)
    return folder


def heap_rows(src, traces, others, only=None):
    """The measurements: a dict for each trace and heap."""
    folder = place(src, 'heap')
    heaps = chosen(heap_objects(src, folder, others), only)
    batches, size = [[]], 0
    for trace in traces:
        size += len(tracing.pack(trace[1]))
        if size > LARGEST:
            batches.append([])
            size = len(tracing.pack(trace[1]))
        batches[-1].append(trace)
    rows = []
    for batch in batches:
        write_lists(folder, heaps, batch)
        image = folder / 'image'
        (image / 'program.o').unlink(missing_ok=True)  # it includes the lists
        make(image, SRC=without_ticks(src, folder / 'src'), OWN_PROGRAM='',
             APP=HERE / 'heap.c',
             DEFINES=f'-I{folder} -ffunction-sections -Wl,--gc-sections -w',
             PROGRAM_OBJECTS=' '.join(str(o) for o in [
                 image / 'user.o', image / 'program.o', image / 'common.o',
                 *heaps.values()]))
        rows += lines_of(boot(image, 300))
    return all_rows(rows, traces, heaps)


def all_rows(counted, traces, heaps, word=4):
    """A row for each trace and heap: what was counted, and the trace's limit.
    Where the heap failed the trace there is no sum nor any other count."""
    at = {(row['trace'], row['heap']): row for row in counted}
    return [{'trace': name, 'heap': heap, 'calls': len(calls),
             'failed': len(calls), **at.get((name, heap), {}),
             'limit': round(tracing.limit(calls, word), 1)}
            for name, calls in traces for heap in heaps]


def of_heap(rows, heap):
    """The heap's rows, without the traces that it failed."""
    return [row for row in rows if row['heap'] == heap and 'sum' in row]


def heap_summary(rows, heap):
    mine = of_heap(rows, heap)
    made = [row for row in mine if row['trace'] in tracing.GENERATED]
    kinds = [row for row in made if row['trace'] not in tracing.VARIANTS]
    other = [row for row in mine if row['trace'] not in tracing.GENERATED]
    return {'instructions': round(mean(per_call(row) for row in mine), 1),
            'worst': max(map(worst, mine), default=0),
            'generated': round(mean(map(use, kinds)), 1),
            'variants': round(mean(map(use, made)), 1),
            'recorded': round(mean(map(use, other)), 1)}


# ---- the heaps, on the host ------------------------------------------------

def host_rows(src, traces, others, bits, only=None):
    cc = os.environ.get('CC', 'clang')
    folder = place(src, 'host')
    flags = ['-O2', '-g', '-fno-builtin', '-fno-pie', '-no-pie',
             '-ffunction-sections', '-Wl,--gc-sections', f'-I{src}',
             f'-I{folder}']
    if bits == 32:
        flags.append('-m32')
        (folder / 'try.c').write_text('#include <stdio.h>\n')
        if subprocess.run([cc, *flags, '-c', folder / 'try.c', '-o',
                           folder / 'try.o'], capture_output=True,
                          check=False).returncode != 0:
            print('this machine builds no 32-bit programs (apt-get install '
                  'gcc-multilib): 64 bits')
            flags.pop()
            bits = 64
    heaps = chosen({'leaf': src / 'user.c', 'kr': HERE / 'kr.c', **others},
                   only)
    write_lists(folder, heaps, traces)
    for name, source in heaps.items():
        run(cc, *flags, '-std=c11', '-U__riscv', '-w', '-c', source,
            '-o', folder / f'{name}.o')
        rename(tool('llvm-objcopy'), folder / f'{name}.o', name)
    run(cc, *flags, '-std=gnu11', '-Wall', '-Wextra', HERE / 'heap.c',
        *(folder / f'{name}.o' for name in heaps), '-o', folder / 'heap')
    done = subprocess.run([folder / 'heap'], text=True, capture_output=True,
                          check=False)
    print(done.stderr, end='', file=sys.stderr)
    return all_rows(lines_of(done.stdout), traces, heaps, bits // 8)


# ---- tables ----------------------------------------------------------------

def mean(values):
    """The geometric mean."""
    logs = [math.log(max(value, 1e-9)) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else 0


def per_call(row):
    return row['sum'] / max(1, row['calls'])


def worst(row):
    return max(row['worst_malloc'], row['worst_free'])


def use(row):
    return 100 * row['payload'] / max(1, row['memory'])


def number(value):
    return f'{value:,.0f}' if value >= 100 or value == int(value) \
        else f'{value:.1f}'


def figure_rows(figures):
    """Rows of [what, value, target, verdict] of those that were counted; what
    has no target is there to be compared."""
    rows = []
    for key, text, target in FIGURES + HEAP_FIGURES + OTHER_FIGURES:
        value = figures.get(key)
        if value is not None:
            if target is None:
                rows.append([text, number(value), '', ''])
                continue
            least = key in AT_LEAST
            met = value >= target if least else value <= target
            rows.append([text, number(value),
                         ('≥ ' if least else '≤ ') + number(target),
                         '' if met else 'MISSED'])
    return rows


def worst_lines(cases):
    """The table of worst cases, the costliest first."""
    return [['worst case', 'of', 'instructions', ''], *(
        [what, f'{n:,}', f'{took:,}', 'MISSED' if took > WORST else '']
        for what, n, took in sorted(cases, key=lambda case: -case[2]))]


def missed(figures, keys=None):
    """The figures that miss their targets by more than half a per cent, as
    text: so much a compiler's or a firmware's next version may make."""
    def misses(key, value):
        value *= 1.005 if key in AT_LEAST else 0.995
        return any(row[3] for row in figure_rows({key: value}))

    late = {key: value for key, value in figures.items()
            if (keys is None or key in keys) and misses(key, value)}
    return [' '.join(row) for row in figure_rows(late)]


def heap_lines(rows):
    """The table of heaps: a row for each trace, four columns a heap."""
    heaps = list(dict.fromkeys(row['heap'] for row in rows))
    names = list(dict.fromkeys(row['trace'] for row in rows))
    at = {(row['trace'], row['heap']): row for row in rows}
    head = ['trace', 'calls', 'limit']
    for heap in heaps:
        head += [heap, 'worst', 'use', 'sys']
    lines = [head]
    for name in names:
        some = at[name, heaps[0]]
        line = [name, number(some['calls']), f'{some["limit"]:.1f}']
        for heap in heaps:
            row = at[name, heap]
            line += ['failed'] * 4 if 'sum' not in row else [
                number(per_call(row)) + '!' * bool(row['failed']),
                number(worst(row)), f'{use(row):.1f}',
                number(row['syscalls'])]
        lines.append(line)
    line = ['mean', '', '']
    for heap in heaps:
        mine = of_heap(rows, heap)
        line += ['failed', '', 'failed', ''] if len(mine) < len(names) else [
            number(mean(map(per_call, mine))), '',
            f'{mean(map(use, mine)):.1f}', '']
    return lines + [line]


def summary_lines(rows):
    """A line for each heap: the figures that are its score."""
    lines = [['heap', 'a call', 'worst', 'generated', 'recorded', 'failed']]
    traces = {row['trace'] for row in rows}
    for heap in dict.fromkeys(row['heap'] for row in rows):
        ended, sums = len(of_heap(rows, heap)), heap_summary(rows, heap)
        lines.append([heap, number(sums['instructions']), number(sums['worst']),
                      f'{sums["generated"]:.1f} %', f'{sums["recorded"]:.1f} %',
                      f'{len(traces) - ended} of {len(traces)}'])
    return lines


def apart_lines(rows):
    """What is counted apart: the kernel's share, copies, clearing."""
    lines = [['heap', 'kernel', 'copying', 'bytes copied', 'clearing']]
    for heap in dict.fromkeys(row['heap'] for row in rows):
        mine = of_heap(rows, heap)
        calls = sum(row['calls'] for row in mine) or 1
        lines.append([heap] + [
            f'{sum(row[key] for row in mine) / calls:.1f}'
            for key in ('kernel', 'copying', 'copied', 'clearing')])
    return lines


def table(rows, gap=2):
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        cells[0] = row[0].ljust(widths[0])
        print((gap * ' ').join(cells).rstrip())


def print_heaps(rows, unit):
    print(f'\nFor each heap: {unit} a call; those of the worst malloc or free; '
          'payload over heap\nat the peak in per cent; system calls. limit: '
          'the use that a header of a word and\nblocks of a multiple of four '
          'words allow at most; a heap that aligns to less\nmay be above. mean: the geometric one.\n')
    table(heap_lines(rows), gap=1)
    if any(row['failed'] for row in rows):
        print('!: some calls failed; failed: the heap did not end the trace')
    print(f'\nCounted apart over all traces, {unit} a call, and bytes a call '
          'in the column\n"bytes copied":\n')
    table(apart_lines(rows))
    if of_heap(rows, 'picolibc'):
        print('\npicolibc clears every block, which is in its column in the '
              'first table too.')


def markdown(rows):
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in (
        rows[0], ['---', *['---:'] * (len(rows[0]) - 1)], *rows[1:])) + '\n'


# ---- the plot --------------------------------------------------------------

COLORS = {'leaf': '#2e7d32', 'picolibc': '#9e9e9e', 'kr': '#c9a36b'}
NAMES = {'leaf': 'leaf', 'picolibc': 'picolibc', 'kr': 'one-list K&R'}


def plot(rows, file):
    """Draws two panels of bars: instructions a call, on a scale of powers of
    ten, and payload over heap. False without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use('svg')
    from matplotlib import pyplot
    heaps = list(dict.fromkeys(row['heap'] for row in rows))
    names = list(dict.fromkeys(row['trace'] for row in rows))
    panels = [('instructions a call (less is better)', per_call, 'log'),
              ('payload over heap at the peak, % (more is better)', use,
               'linear')]
    figure, axes = pyplot.subplots(1, 2, sharey=True, layout='constrained',
                                   figsize=(11, 0.6 + 0.55 * len(names)))
    for axis, (title, value, scale) in zip(axes, panels):
        for j, heap in enumerate(heaps):
            mine = of_heap(rows, heap)
            bars = axis.barh(
                [names.index(row['trace']) + 0.27 * j for row in mine],
                [value(row) for row in mine], height=0.25,
                color=COLORS.get(heap, '#5c6bc0'),
                label=NAMES.get(heap, heap))
            axis.bar_label(bars, [number(value(row)) for row in mine],
                           padding=2, fontsize=7)
        axis.set(title=title, xscale=scale, axisbelow=True)
        axis.margins(x=0.12)
        axis.grid(axis='x', color='#ddd')
    axes[0].set_yticks([i + 0.27 for i in range(len(names))], names)
    axes[0].invert_yaxis()
    axes[0].legend()
    figure.savefig(file, metadata={'Date': None})
    return True


# ---- the READMEs -----------------------------------------------------------

BEGIN, END = '<!-- bench:begin -->', '<!-- bench:end -->'


def compact_lines(rows):
    """The heaps' table for a page: one column a heap."""
    heaps = list(dict.fromkeys(row['heap'] for row in rows))
    lines = [['trace', 'calls', 'limit',
              *(NAMES.get(heap, heap) for heap in heaps)]]
    for name in dict.fromkeys(row['trace'] for row in rows):
        mine = {row['heap']: row for row in rows if row['trace'] == name}
        some = mine[heaps[0]]
        lines.append([name, number(some['calls']), f'{some["limit"]:.0f} %', *(
            f'{number(per_call(mine[heap]))} / {use(mine[heap]):.0f} % / '
            f'{number(mine[heap]["syscalls"])}' if 'sum' in mine[heap] else 'failed'
            for heap in heaps)])
    of = {heap: of_heap(rows, heap) for heap in heaps}
    lines.append(['**geometric mean**', '', '', *(
        f'**{number(mean(map(per_call, of[heap])))}** / '
        f'**{mean(map(use, of[heap])):.1f} %**' for heap in heaps)])
    lines.append(['worst malloc or free', '', '', *(
        number(max(map(worst, of[heap]), default=0)) for heap in heaps)])
    return lines


def between_marks(file, tables):
    """Puts the tables into a page, between the lines that mark the place."""
    text = file.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f'{file}: the lines\n{BEGIN}\n{END}\nmark where the tables '
                 'go, and are not both there')
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    file.write_text(f'{before}{BEGIN}\n{tables}{END}{after}')


def front_page(file, report):
    """Five figures for the README."""
    figures = {**report['figures']}
    between_marks(file, markdown([['', 'leaf', 'others'], *(
        [text, f'{number(figures[key])}{unit}', others]
        for key, text, unit, others in FRONT if key in figures)]))


def readme(file, report):
    """All tables, for the README of this folder."""
    tables = markdown([['', 'counted', 'target', ''],
                       *([*row[:3], row[3].lower()]
                         for row in figure_rows(report['figures']))])
    if report['heaps']:
        tables += ('\nThe heap beside two others, over the same calls: '
                   'instructions a call / payload over heap at the peak / '
                   'system\ncalls. The limit is the payload over heap that a '
                   'header of one word and blocks of a multiple of 16 bytes '
                   'allow at\nmost; the other two may be above it where they '
                   'align to less than 16 bytes.\n\n'
                   + markdown(compact_lines(report['heaps'])))
    if report['worst']:
        tables += ('\nWhat a program can do to the others: instructions with '
                   'interrupts off, in the worst case of each call, fault\n'
                   f'and tick. No case may take more than {WORST:,}.\n\n'
                   + markdown(worst_lines(report['worst'])))
    between_marks(file, tables)


# ---- the command -----------------------------------------------------------

def set_up():
    """What boots needs the compiler and the firmware that run.sh finds."""
    if 'OPENSBI' not in os.environ:
        os.execv(ROOT / 'run.sh', [
            'run.sh', '--with', 'test', sys.executable, *sys.argv])
    if not shutil.which('qemu-system-riscv32'):
        sys.exit('there is no qemu-system-riscv32: ./run.sh --setup test')


@contextlib.contextmanager
def alone():
    """Nobody else builds in BUILD meanwhile."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / 'lock', 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f'waiting for another bench.py ({BUILD}/lock)',
                  file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('do', nargs='?', default='all',
                        choices=['all', 'kernel', 'worst', 'heap', 'host',
                                 'spent', 'readme'])
    parser.add_argument('trace', nargs='*')
    parser.add_argument('--src', default=ROOT, type=Path, metavar='DIR',
                        help='the tree to measure')
    parser.add_argument('--heap', action='append', default=[],
                        metavar='NAME=FILE.c')
    parser.add_argument('--only', action='append', metavar='NAME',
                        help='that heap, not all')
    parser.add_argument('--bits', type=int, default=32, choices=[32, 64],
                        help='host: pointers of that size')
    args = parser.parse_intermixed_args()
    if args.do == 'readme':
        report = json.loads(STORE.read_text())
        front_page(ROOT / 'README.md', report)
        return readme(HERE / 'README.md', report)
    if args.do != 'host':
        set_up()
    with alone():
        return measure(args)


def measure(args):
    """What is to be done, with tables of it; true if a heap failed a trace."""
    src = args.src.resolve()
    others = other_heaps(args.heap)
    if args.do in ('all', 'heap', 'host'):
        traces = find_traces(args.trace)
    if args.do == 'host':
        rows = host_rows(src, traces, others, args.bits, args.only)
        print_heaps(rows, 'nanoseconds')
        return any('sum' not in row for row in rows)

    if args.do == 'spent':
        return spent(src, args.trace)
    figures, rows, cases = {}, [], []
    if args.do in ('all', 'kernel'):
        figures['boot'] = boot_figure(src)
        figures.update(kernel_figures(src))
    if args.do in ('all', 'heap'):
        rows = heap_rows(src, traces, others, args.only)
        print_heaps(rows, 'instructions')
        if not args.trace and len(of_heap(rows, 'leaf')) == len(traces):
            figures.update(heap_summary(rows, 'leaf'))
        if others:
            print('\nAll of it, a line for each heap:\n')
            table(summary_lines(rows))
            figures = {}
    if args.do in ('all', 'worst'):
        cases = worst_cases(src)
    if args.do == 'all':
        figures['idle'] = idle_figure(src)
        figures.update(line_figures(src))
    if figures:
        print('\nInstructions, of all privilege modes, where a row names nothing '
              'else:\n')
        table([['', 'counted', 'target', ''], *figure_rows(figures)])
    if cases:
        print('\nWhat a program can do to the others: instructions with '
              f'interrupts off, at most\n{WORST:,}.\n')
        table(worst_lines(cases))
    if args.do == 'all':
        STORE.write_text(json.dumps({'figures': figures, 'heaps': rows,
                                     'worst': cases}, indent=1) + '\n')
        plotted = STORE.with_suffix('.svg')
        print(f'\n{STORE.relative_to(ROOT)} holds these figures')
        if plot(rows, plotted):
            print(f'{plotted.relative_to(ROOT)} draws the heaps')
        else:
            print(f'{plotted.relative_to(ROOT)} is not drawn: Python has no '
                  'matplotlib (./run.sh --setup test installs it)')
    return any('sum' not in row for row in rows)


if __name__ == '__main__':
    try:
        status = main()
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # the reader has seen enough
        os._exit(1)
