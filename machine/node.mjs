/*
 * node.mjs: the machine as WebAssembly, in node: what a page does, without the
 * page. For tests and for measuring.
 *
 *     node machine/node.mjs [--strict] [--seed N] [--count] kernel.elf < typed
 */
import fs from "node:fs";

const options = {seed: null, strict: false, count: false, kernel: null};
const words = process.argv.slice(2);
while (words.length) {
    const word = words.shift();
    if (word === "--strict") options.strict = true;
    else if (word === "--count") options.count = true;
    else if (word === "--seed") options.seed = Number(words.shift());
    else options.kernel = word;
}

const wasm = new URL("../build/machine/machine.wasm", import.meta.url);
const {instance} = await WebAssembly.instantiate(fs.readFileSync(wasm));
const machine = instance.exports;
const elf = fs.readFileSync(options.kernel);
const at = machine.elf_at(elf.length);
new Uint8Array(machine.memory.buffer, at, elf.length).set(elf);
const seed = options.seed ?? Number(options.strict);
if (!machine.power_on(elf.length, options.strict, seed))
    throw new Error(`${options.kernel} is no kernel for RV32`);

const typed = fs.readFileSync(0);
let taken = 0;
const RUNNING = 0, IDLE = 1, OFF = 2, NAMED = 3;
for (;;) {
    while (taken < typed.length && machine.type(typed[taken])) taken++;
    const why = machine.run(2e6);
    fs.writeSync(1, new Uint8Array(machine.memory.buffer, machine.output_at(),
                                   machine.output_size()));
    machine.take_output();
    if (why === IDLE) {
        const ticks = machine.sleep_time();
        if (ticks === Infinity) throw new Error("it sleeps for ever");
        machine.sleep(ticks);
    } else if (why === NAMED) {
        const end = new Uint8Array(machine.memory.buffer, machine.complaint_at());
        const text = Buffer.from(end.subarray(0, end.indexOf(0))).toString();
        console.error(`\nmachine: ${text}`);
        process.exitCode = 254;
        break;
    } else if (why === OFF) {
        process.exitCode = machine.exit_status();
        break;
    }
}
if (options.count)
    console.error(`machine: ${machine.instructions()} instructions`);
