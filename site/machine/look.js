// Reads the kernel's own structures out of the guest's RAM, by the addresses and
// offsets that the build found. What a kernel does not have yet is left out.
import {callGuest} from './guest.js';
import {RAM, RAM_SIZE} from './machine.js';

export const PTE = {V: 1, R: 2, W: 4, X: 8, U: 16, G: 32, A: 64, D: 128};
/** What a frame can be used for, as meminfo counts it; shared is a user's. */
export const USES = ['free', 'kernel', 'heap', 'tables', 'stacks', 'user', 'shared'];
const KIND = {FRAME_FREE: 0, FRAME_KERNEL: 1, FRAME_HEAP: 2, FRAME_TABLE: 3, FRAME_STACK: 4,
    FRAME_USER: 5};
const SHARED = 6, PAGE = 4096;
const NUMBERED = 64; // pages of a region whose frames are told

const inRam = address => address >= RAM && address < RAM + RAM_SIZE - 3;

export function watch(machine, symbols) {
    const {view} = machine, {addresses: at, structs, enums} = symbols.kernel;
    const word = address => inRam(address) ? view.getUint32(address - RAM, true) : 0;
    /** The root table in use, or 0. A kernel that powers off may have turned
     *  translation off for it: then its own is what there is to see. */
    const root = () => {
        const satp = machine.satp();
        return satp >>> 31 ? (satp & 0x3fffff) * PAGE
            : machine.off() && at.kernel_table ? word(at.kernel_table) : 0;
    };

    /** The entries that an address passes: where each is, and what it says. */
    function path(table, address) {
        const steps = [];
        for (let level = 1; level >= 0; level--) {
            const index = address >>> 12 + 10 * level & 1023, entry = table + 4 * index;
            const pte = word(entry);
            steps.push({level, index, entry, pte});
            if (!(pte & PTE.V) || pte & (PTE.R | PTE.X)) break;
            table = (pte >>> 10) * PAGE;
        }
        return steps;
    }

    /** The physical address, or -1. */
    function translate(table, address) {
        if (!table) return address;
        const {level, pte} = path(table, address).at(-1);
        if (!(pte & PTE.V) || !(pte & (PTE.R | PTE.X))) return -1;
        const page = (pte >>> 10) * PAGE;
        return level ? page + (address & 0x3fffff) : page + (address & 4095);
    }

    /** A word anywhere in the kernel's addresses. */
    function peek(address) {
        if (inRam(address)) return word(address);
        const physical = translate(root(), address);
        return physical < 0 ? 0 : word(physical);
    }

    /** A member of a structure. */
    function member(struct, address, name) {
        const [offset, size] = structs[struct]?.members[name] ?? [];
        if (offset === undefined || !address) return undefined;
        const value = peek((address + offset & ~3) >>> 0) >>> 8 * (address + offset & 3);
        return size === 1 ? value & 255 : size === 2 ? value & 0xffff : value;
    }

    const isTable = address => inRam(address) && address % PAGE === 0;
    const total = at.__free_ram ? (at.__free_ram_end - at.__free_ram) / PAGE : 0;

    /** A frame's number by its physical address; -1 if it is none of free RAM. */
    function frameNumber(physical) {
        return total && physical >= at.__free_ram && physical < at.__free_ram_end
            ? Math.floor((physical - at.__free_ram) / PAGE) : -1;
    }

    function references(physical) {
        const number = frameNumber(physical), records = at.frames && word(at.frames);
        if (number < 0 || !records) return undefined;
        return member('frame', records + number * structs.frame.size, 'refs');
    }

    /** Each frame's use. */
    function frames() {
        if (!total) return null;
        const uses = new Uint8Array(total), records = at.frames && word(at.frames);
        if (records && structs.frame?.members.kind) {
            const {size, members: {kind: [kind], refs}} = structs.frame;
            const names = Object.entries(KIND).map(([name, use]) => [enums[name], use]);
            const use = new Uint8Array(256);
            for (const [value, to] of names) if (value !== undefined) use[value] = to;
            const first = records - RAM;
            for (let i = 0; i < total; i++) {
                uses[i] = use[view.getUint8(first + i * size + kind)];
                if (uses[i] === KIND.FRAME_USER && refs &&
                    view.getUint16(first + i * size + refs[0], true) > 1) uses[i] = SHARED;
            }
        } else if (at.next_page && inRam(word(at.next_page))) {
            uses.fill(KIND.FRAME_KERNEL, 0, (word(at.next_page) - at.__free_ram) / PAGE);
        } else {
            return null;
        }
        return uses;
    }

    const meminfo = () => {
        if (!at.memory || !structs.meminfo) return null;
        const counts = {};
        for (const [name, [offset]] of Object.entries(structs.meminfo.members))
            counts[name] = word(at.memory + offset);
        return counts;
    };

    const nameOf = (prefix, value) => Object.keys(enums).find(name =>
        name.startsWith(prefix) && enums[name] === value)?.slice(prefix.length).toLowerCase();

    /** A process's regions, each with the use of its pages: 0 untouched, 1 its
     *  own, 2 shared, 3 the image's; of a short one the frames' numbers, too. */
    function regions(process) {
        const found = [], space = structs.process?.members.space?.[0];
        if (space === undefined || !structs.region) return found;
        const table = member('space', process + space, 'table');
        let region = member('space', process + space, 'regions');
        for (let n = 0; region && n < 200; n++) {
            const start = member('region', region, 'start'), end = member('region', region, 'end');
            const pages = new Uint8Array(Math.min((end - start) / PAGE, 1 << 16));
            const numbers = pages.length <= NUMBERED ? new Int32Array(pages.length).fill(-1) : null;
            for (let i = 0; i < pages.length; i++) {
                if (!isTable(table)) break;
                const {level, pte} = path(table, start + i * PAGE).at(-1);
                if (level || !(pte & PTE.V)) continue;
                const physical = (pte >>> 10) * PAGE;
                pages[i] = frameNumber(physical) < 0 ? 3 : (references(physical) ?? 1) > 1 ? 2 : 1;
                if (numbers) numbers[i] = frameNumber(physical);
            }
            found.push({start, end, access: member('region', region, 'access'),
                kind: nameOf('REGION_', member('region', region, 'kind')) ?? 'region', pages, numbers});
            region = member('region', region, 'next');
        }
        return found;
    }

    const text = address => {
        let name = '';
        for (let c; name.length < 15 && (c = peek(address & ~3) >>> 8 * (address & 3) & 255); address++)
            name += String.fromCharCode(c);
        return name;
    };

    function describe(process) {
        const space = structs.process.members.space?.[0], name = structs.process.members.name;
        const of = field => space === undefined ? undefined : member('space', process + space, field);
        return {
            address: process, pid: member('process', process, 'pid'),
            name: name && text(process + name[0]), table: of('table'),
            state: Object.keys(enums).find(state => /^[A-Z]+$/.test(state) &&
                enums[state] === member('process', process, 'state'))?.toLowerCase(),
            resident: of('resident'), faults: of('faults'), copies: of('copies'), brk: of('brk'),
            heap: of('heap'),
        };
    }

    const currentAddress = () => at.current ? word(at.current) : 0;

    const current = () => {
        const process = structs.process ? currentAddress() : 0;
        return process && member('process', process, 'pid') !== undefined ? describe(process) : null;
    };

    function processes() {
        const found = [];
        if (!at.processes || !structs.process) return found;
        for (let process = word(at.processes), n = 0; process && n < 64; n++) {
            found.push({...describe(process), regions: regions(process)});
            process = member('process', process, 'next');
        }
        return found;
    }

    /** The second-level tables of the table in use: what each maps. */
    function tables() {
        const table = root();
        if (!isTable(table)) return null;
        const found = [];
        for (let i = 0; i < 1024; i++) {
            const pte = word(table + 4 * i);
            if (!(pte & PTE.V)) continue;
            const entries = new Uint8Array(1024);
            if (pte & (PTE.R | PTE.X)) {
                entries.fill(pte & 255);
            } else {
                const second = (pte >>> 10) * PAGE;
                for (let j = 0; j < 1024; j++) entries[j] = word(second + 4 * j) & 255;
            }
            found.push({address: i * 0x400000, large: !!(pte & (PTE.R | PTE.X)), entries});
        }
        return {root: table, found};
    }

    /** The current process's heap: its blocks in order. A kernel whose library
     *  walks its own heap is asked to. */
    function heap() {
        const user = symbols.user?.addresses, table = root();
        if (!user || !isTable(table) || !current()?.table) return null;
        const blocks = [];
        const map = address => {
            const physical = translate(table, address);
            return inRam(physical) ? physical - RAM : -1;
        };
        const kinds = Object.entries(symbols.user.enums)
            .filter(([name]) => name.startsWith('HEAP_') && name !== 'HEAP_KINDS');
        if (user.heap_walk) {
            const kind = Object.fromEntries(kinds.map(([name, value]) =>
                [value, name.slice(5).toLowerCase()]));
            if (!callGuest(view, map, user.heap_walk, (address, size, what) =>
                blocks.push({address, size, kind: kind[what] ?? 'used'}))) return null;
            return blocks.length < 20000 ? blocks : null;
        }
        return sizedBlocks(user, map, blocks);
    }

    /** The first heap of the book: each block begins with its size, and the
     *  free ones are in a list. */
    function sizedBlocks(user, map, blocks) {
        const block = symbols.user.structs.block?.members;
        const process = current();
        const region = regions(process.address).find(({kind}) => kind === 'heap');
        const brk = region?.end ?? process.brk;
        if (!block?.size || !user.free_blocks || !brk) return null;
        const user32 = address => {
            const place = map(address);
            return place < 0 ? 0 : view.getUint32(place, true);
        };
        const free = new Set();
        for (let b = user32(user.free_blocks); b && free.size < 10000; b = user32(b + block.next[0]))
            free.add(b);
        let b = region?.start ?? process.heap; // before regions: an address
        for (let size; b < brk && (size = user32(b + block.size[0])); b += size)
            blocks.push({address: b + symbols.user.structs.block.size, size: size -
                symbols.user.structs.block.size, kind: free.has(b) ? 'free' : 'used'});
        return blocks;
    }

    /** Free blocks by bin, where the heap has bins. */
    function bins() {
        const heads = symbols.user?.bins, next = symbols.user?.structs.block?.members.next;
        if (!heads || !next || !isTable(root())) return null;
        const read = address => {
            const physical = translate(root(), address);
            return inRam(physical) ? word(physical) : 0;
        };
        return Array.from({length: heads.count}, (_, i) => {
            const list = [], head = heads.address + i * heads.stride;
            for (let b = read(head + heads.link); b && b !== head && list.length < 100; b = read(b + next[0]))
                list.push(b);
            return list;
        });
    }

    return {path, translate, root, word, references, frameNumber, current, currentAddress, frames, meminfo,
        tables, regions, processes, heap, bins};
}
