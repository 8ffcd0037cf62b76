"""Counts instructions between two addresses, by QEMU's debugger port.

The port speaks GDB's remote protocol: `$text#checksum`, answered by `+` and a
packet of the same form.
"""
import socket
import struct
import time


class Debugger:
    """A QEMU that was started with -S -gdb unix:PATH,server=on,wait=off."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        end = time.monotonic() + timeout
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.rest = b''
        # QEMU tells single registers only to those who asked which it has.
        self.ask('qXfer:features:read:target.xml:0,ffb')
        self.ask('Qqemu.PhyMemMode:1')  # addresses of memory are physical

    def byte(self):
        if not self.rest:
            self.rest = self.socket.recv(65536)
            if not self.rest:
                raise EOFError('QEMU has ended')
        first, self.rest = self.rest[:1], self.rest[1:]
        return first

    def ask(self, text):
        """Sends a packet and returns the answer's text."""
        body = text.encode()
        self.socket.sendall(b'$%s#%02x' % (body, sum(body) & 255))
        while self.byte() != b'$':
            pass
        answer = b''
        while (byte := self.byte()) != b'#':
            answer += byte
        self.byte(), self.byte()
        self.socket.sendall(b'+')
        return answer.decode()

    def run_to(self, address):
        """Goes on until the instruction at address would be next."""
        self.ask(f'Z0,{address:x},4')
        self.ask('c')
        self.ask(f'z0,{address:x},4')

    def read(self, number):
        """A register: 0 to 31, or 32 for pc."""
        return int.from_bytes(bytes.fromhex(self.ask(f'p{number:x}')),
                              'little')

    def write_pc(self, value):
        self.ask(f'P20={struct.pack("<I", value).hex()}')

    def word(self, address):
        return int.from_bytes(bytes.fromhex(self.ask(f'm{address:x},4')),
                              'little')

    def write(self, address, words):
        data = struct.pack(f'<{len(words)}I', *words)
        self.ask(f'M{address:x},{len(data):x}:{data.hex()}')

    def kill(self):
        try:
            self.ask('k')
        except (EOFError, OSError):
            pass


def count_boot(path, entry, read_at, read):
    """Instructions from the kernel's first to the first of the program's
    function read(), which waits at the first prompt.

    entry: the address of the kernel's first instruction. read: the address of
    the function; read_at: where in physical memory it lies, for kernels map a
    program's text from where it was linked in.

    A stop disturbs the counter a little, so the machine reads it itself: both
    readings are instructions that are planted while it stands at `entry`.
    """
    qemu = Debugger(path)
    qemu.run_to(entry)
    planted = entry - 0x80000  # between the firmware and the kernel
    qemu.write(planted, [
        0xc02022f3,                               # csrr t0, instret
        0x00000317,                               # auipc t1, 0
        0x00532e23,                               # sw t0, 28(t1)
        0x00000337 | entry + 0x800 & 0xfffff000,  # lui t1, %hi(entry)
        0x00030067 | (entry & 0xfff) << 20])      # jalr x0, %lo(entry)(t1)
    qemu.write(read_at, [
        0xc0202573,                               # csrr a0, instret
        0x0000006f])                              # j .
    qemu.write_pc(planted)
    qemu.run_to(read + 4)
    count = qemu.read(10) - qemu.word(planted + 4 + 28) - 5
    qemu.kill()
    return count & 0xffffffff
