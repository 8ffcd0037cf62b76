// Follows the machine from event to event and says, in a sentence, what each
// trap, system call and switch came to.
import {PTE} from './look.js';
import {EVENT, RAM, STOP} from './machine.js';

const hex = n => (n >>> 0).toString(16).padStart(8, '0');
const ACCESS = {12: 'fetch from', 13: 'load from', 15: 'store to'}; // page faults
const CAUSES = {
    0: 'misaligned jump', 1: 'fetch from where nothing is', 2: 'illegal instruction', 3: 'breakpoint',
    4: 'misaligned load', 5: 'load from where nothing is', 6: 'misaligned store',
    7: 'store to where nothing is', 9: 'call of the firmware',
};
const PROGRAMS = EVENT.ECALL | EVENT.FAULT | EVENT.SATP | EVENT.RETURN | EVENT.TRAP; // to stop at
const TIMER = 0x80000005;
const ASKED = {
    0: 'set the timer', 1: 'write a character', 2: 'is there a typed character?', 8: 'power off',
    0x10: 'which calls do you have?', 0x54494d45: 'set the timer', 0x53525354: 'power off',
    0x4442434e: 'write to the console, or read from it',
};

/** The name of the function that an address is in. */
export function functionAt(functions, address) {
    let low = 0, high = functions.length;
    while (low < high) {
        const middle = low + high >> 1;
        if (functions[middle][0] <= address) low = middle + 1;
        else high = middle;
    }
    return low ? functions[low - 1][1] : null;
}

export function follow(machine, symbols, look) {
    let trap = null; // that a program is in, and we saw begin
    let users = false; // programs run: then what the kernel does is part of a trap
    let last = 0; // the process whose turn it was, where none runs in user mode
    const where = pc => {
        const name = functionAt((pc < RAM ? symbols.user : symbols.kernel)?.functions ?? [], pc);
        return name ? ` in ${name}` : '';
    };
    const who = process => process ? `process ${process.pid}` : 'the program';
    const named = number => number < 0 ? 'a page of the image' : `frame ${number}`;

    function mapping(address) {
        const table = look.root();
        if (!table) return null;
        const {pte} = look.path(table, address).at(-1);
        if (!(pte & PTE.V)) return null;
        const frame = (pte >>> 10) * 4096;
        return {pte, frame, number: look.frameNumber(frame)};
    }

    function fault({cause, value, pc, before}) {
        const head = `${ACCESS[cause]} ${hex(value)}${where(pc)}: `;
        const after = mapping(value);
        if (!after) return head + 'nothing is mapped there';
        if (!before) return head + (after.number < 0
            ? 'first touch of a page of the image, mapped as it lies in the kernel'
            : `first touch, ${named(after.number)} is taken for it`);
        if (before.frame !== after.frame)
            return head + `shared page, copied from ${named(before.number)} to ${named(after.number)}`;
        return head + (before.pte === after.pte ? 'mapped already, it took no more than the fence'
            : `its own by now, ${named(after.number)} is taken over`);
    }

    function call({number, a, pc}, result) {
        const name = symbols.calls[number] ?? `system call ${number}`;
        const buffer = `${a[0]}, ${hex(a[1])}, ${a[2]}`;
        const given = {write: buffer, read: buffer, sbrk: a[0] | 0, exit: a[0] | 0, sleep: a[0],
            kill: `${a[0]}, ${a[1]}`, mmap: `${hex(a[0])}, ${a[1]}`, munmap: `${hex(a[0])}, ${a[1]}`}[name] ?? '';
        return `${name}(${given})${result}${where(pc)}`;
    }

    /** A program runs again: what has the trap come to? */
    function returned() {
        users = true;
        const now = look.current(), begun = trap;
        trap = null;
        if (!begun) return {kind: 'switch', text: `${who(now)} runs${where(machine.pc())}`};
        const {cause, process, pc} = begun;
        const switched = process && now && process.pid !== now.pid;
        const then = switched ? `; next runs process ${now.pid}` : '';
        const result = switched ? '' : ` = ${machine.registers[10] | 0}`;
        let kind = switched ? 'switch' : 'fault', said;
        if (cause === 8) {
            kind = switched ? 'switch' : 'call';
            said = call(begun, result);
        } else if (ACCESS[cause]) {
            said = switched ? `${ACCESS[cause]} ${hex(begun.value)}${where(pc)}: not allowed` : fault(begun);
        } else if (cause === TIMER) {
            said = `its time is up${where(pc)}` + (switched ? '' : ', but nothing else is ready');
        } else {
            said = `${CAUSES[cause] ?? `trap ${cause}`} at ${hex(pc)}${where(pc)}`;
        }
        return {kind, text: `${who(process)}: ${said}${then}`};
    }

    /** What the kernel does where no program runs yet. */
    function kernelEvent({kind, cause, value, pc}) {
        const process = look.currentAddress();
        const turn = process && process !== last ? `the turn goes to process ${look.current()?.pid ?? ''}; ` : '';
        last = process;
        if (kind === EVENT.SATP) return {kind: 'switch', text: turn + (value >>> 31
            ? `translation is on: the root table is at ${hex((value & 0x3fffff) * 4096)}`
            : 'translation is off')};
        if (kind === EVENT.SBI) return {kind: 'call',
            text: `${turn}the kernel${where(pc)} asks the firmware: ${ASKED[value] ?? `call ${hex(value)}`}`};
        if (cause === TIMER) return {kind: 'switch', text: turn + 'the timer rings'};
        const said = ACCESS[cause] ? `${ACCESS[cause]} ${hex(value)}: page fault`
            : CAUSES[cause] ?? `trap ${cause}`;
        return {kind: 'fault', text: `${turn}the kernel${where(pc)} traps: ${said}`};
    }

    function said(event) {
        if (event.kind === EVENT.RETURN) return returned();
        if (event.user) {
            trap = {...event, process: look.current(), number: machine.registers[17],
                a: Array.from(machine.registers.subarray(10, 13)),
                before: ACCESS[event.cause] ? mapping(event.value) : null};
            return null;
        }
        return users ? null : kernelEvent(event);
    }

    /** Runs up to n instructions, or to the next event. Returns why it stopped,
     *  how many are left, and the event. */
    function run(n) {
        users ||= !!look.current()?.table;
        const end = machine.instructions() + n;
        let why = STOP.BUDGET, event = null, left = n;
        while (left > 0 && !event) {
            machine.watch(users ? PROGRAMS : PROGRAMS | EVENT.SBI);
            why = machine.run(left);
            left = end - machine.instructions();
            if (why !== STOP.EVENT) break;
            event = said(machine.event());
        }
        if (why === STOP.OFF)
            event = {kind: 'off', text: `the machine is off: status ${machine.status()}`};
        return {why, left, event};
    }

    /** Runs up to n instructions without looking at what happens. */
    function race(n) {
        machine.watch(0);
        trap = null;
        return machine.run(n);
    }

    return {run, race};
}
