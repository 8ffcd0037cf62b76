// leaf's machine, compiled to WebAssembly, as the site uses it. Only this file
// knows the module's own interface (machine/wasm.c).

export const RAM = 0x80000000;
export const RAM_SIZE = 128 << 20;
export const STOP = {BUDGET: 0, IDLE: 1, OFF: 2, NAMED: 3, EVENT: 4, FULL: 5};
export const EVENT = {ECALL: 1, FAULT: 2, SATP: 4, RETURN: 8, TRAP: 32, SBI: 64};
const TICKS = 1e7; // of the clock, a second

/** A machine with a kernel in its RAM, of which there are so many bytes. */
export async function powerOn(module, kernel, ram = RAM_SIZE) {
    const {exports} = await WebAssembly.instantiate(module);
    const room = exports.elf_at(kernel.length);
    if (!room) throw new Error('There is no memory for this kernel.');
    new Uint8Array(exports.memory.buffer, room, kernel.length).set(kernel);
    exports.limit_ram(ram);
    if (!exports.power_on(kernel.length, 0, 0))
        throw new Error('This is no kernel for RISC-V of 32 bits.');
    const {buffer} = exports.memory;
    const view = new DataView(buffer, exports.ram_at(), RAM_SIZE);
    const registers = new Uint32Array(buffer, exports.registers_at(), 32);
    const typed = []; // what the machine has no room for yet
    let why = STOP.BUDGET;
    return {
        view, // of the guest's RAM
        registers,
        /** Runs n instructions or until something stops it: why. */
        run: n => {
            while (typed.length && exports.type(typed[0])) typed.shift();
            return why = exports.run(n);
        },
        off: () => why === STOP.OFF,
        type: bytes => typed.push(...bytes),
        /** What was printed since the last time. */
        output: () => {
            const bytes = new Uint8Array(buffer, exports.output_at(), exports.output_size()).slice();
            exports.take_output();
            return bytes;
        },
        /** Which events to stop at; what the last one was. */
        watch: kinds => exports.watch(kinds),
        event: () => {
            const [kind, cause, value, pc, mode] = new Uint32Array(buffer, exports.event_at(), 5);
            return {kind, cause, value, pc, user: mode === 0};
        },
        instructions: () => exports.instructions(),
        pc: () => exports.pc() >>> 0,
        satp: () => exports.satp() >>> 0,
        status: () => exports.exit_status(),
        /** Seconds until the timer rings; Infinity if it is not set. */
        idle: () => exports.sleep_time() / TICKS,
        sleep: seconds => exports.sleep(Math.ceil(seconds * TICKS)),
    };
}

/** A packed kernel: what the build knows of it, and the ELF file. A server may
 *  have unpacked it on the way. */
export async function unpack(bytes) {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
        bytes = new Uint8Array(await new Response(new Blob([bytes]).stream()
            .pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    return {
        symbols: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))),
        kernel: bytes.subarray(4 + length),
    };
}
