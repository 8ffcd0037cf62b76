// What a page must know of a kernel to look into it: addresses from llvm-nm,
// offsets and enumerators from the DWARF, system calls from common.h. Nothing
// of it is written down anywhere: it is made anew for each tree.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const run = (tool, ...args) =>
    execFileSync(tool, args, {encoding: 'utf8', maxBuffer: 1 << 28});

const STRUCTS = ['frame', 'process', 'space', 'region', 'meminfo', 'block'];
const ENUMS = /^(FRAME|REGION|HEAP)_|^(READY|RUNNING|SLEEPING|READING|WAITING|ZOMBIE)$/;
const VARIABLES = {
    kernel: ['frames', 'freed', 'next_page', 'memory', 'kernel_table', 'processes',
        'current', '__text', '__rodata', '__data', '__bss_end', '__free_ram',
        '__free_ram_end'],
    user: ['bins', 'free_blocks', 'heap_walk'],
};

/** The debugging information as a tree of entries. */
function entries(text) {
    const byOffset = new Map(), stack = [], roots = [];
    let entry = null;
    for (const line of text.split('\n')) {
        const head = line.match(/^0x([0-9a-f]+):(\s+)DW_TAG_(\w+)/);
        if (head) {
            entry = {tag: head[3], depth: head[2].length, children: []};
            byOffset.set(head[1], entry);
            while (stack.length && stack.at(-1).depth >= entry.depth) stack.pop();
            (stack.at(-1)?.children ?? roots).push(entry);
            stack.push(entry);
            continue;
        }
        const attribute = line.match(/^\s+DW_AT_(\w+)\s+\((.*)\)$/);
        if (attribute && entry) entry[attribute[1]] = attribute[2];
    }
    return {byOffset, roots};
}

const name = entry => entry.name?.replace(/^"|"$/g, '');

/** Sees through typedefs and qualifiers. */
function type(entry, byOffset) {
    let at = byOffset.get(entry.type?.match(/0x([0-9a-f]+)/)?.[1]);
    while (at && /^(typedef|const_type|volatile_type)$/.test(at.tag))
        at = byOffset.get(at.type?.match(/0x([0-9a-f]+)/)?.[1]);
    return at;
}

function sizeOf(entry, byOffset) {
    if (!entry) return 0;
    if (entry.tag === 'pointer_type') return 4;
    if (entry.tag === 'array_type')
        return entry.children.reduce((n, range) => n * Number(range.count ?? 0),
            sizeOf(type(entry, byOffset), byOffset));
    return Number(entry.byte_size ?? 0);
}

/** Offset and size of each member. */
function layout(struct, byOffset) {
    const members = {};
    for (const member of struct.children.filter(child => child.tag === 'member'))
        members[name(member)] = [Number(member.data_member_location ?? 0),
            sizeOf(type(member, byOffset), byOffset)];
    return {size: Number(struct.byte_size), members};
}

/** Where lists of free blocks begin: an array of pointers, or of blocks that are
 *  in the rings themselves; or a structure whose first member is such an array. */
function listHeads(variable, address, byOffset) {
    let its = type(variable, byOffset), offset = 0;
    if (its?.tag === 'structure_type') {
        const member = its.children.find(child => type(child, byOffset)?.tag === 'array_type');
        offset = Number(member?.data_member_location ?? 0);
        its = member && type(member, byOffset);
    }
    if (its?.tag !== 'array_type') return null;
    const count = its.children.reduce((n, range) => n * Number(range.count ?? 0), 1);
    const element = type(its, byOffset);
    const link = element.tag === 'structure_type' ? layout(element, byOffset).members.next?.[0] : 0;
    return {address: address + offset, stride: sizeOf(element, byOffset), count, link: link ?? 0};
}

function read(elf, which) {
    const found = {addresses: {}, functions: [], structs: {}, enums: {}};
    for (const line of run('llvm-nm', '--numeric-sort', elf).split('\n')) {
        const [, address, kind, symbol] = line.match(/^([0-9a-f]+) (\w) (\S+)$/) ?? [];
        if (!symbol) continue;
        if (VARIABLES[which].includes(symbol))
            found.addresses[symbol] = parseInt(address, 16);
        if (/t/i.test(kind) && !/^[.$_]/.test(symbol))
            found.functions.push([parseInt(address, 16), symbol]);
    }
    const {byOffset, roots} = entries(run('llvm-dwarfdump', '--debug-info', elf));
    for (const entry of roots.flatMap(root => root.children)) {
        if (entry.tag === 'structure_type' && STRUCTS.includes(name(entry)) && entry.byte_size)
            found.structs[name(entry)] ??= layout(entry, byOffset);
        if (entry.tag === 'enumeration_type')
            for (const child of entry.children)
                if (ENUMS.test(name(child) ?? ''))
                    found.enums[name(child)] = Number(child.const_value);
        if (entry.tag === 'variable' && name(entry) === 'bins' && found.addresses.bins)
            found.bins = listHeads(entry, found.addresses.bins, byOffset);
    }
    return found;
}

/** Everything that the page wants to know of a kernel and the program in it. */
export function symbols({kernel, user, tree}) {
    const calls = {};
    const header = path.join(tree, 'common.h');
    if (fs.existsSync(header))
        for (const [, call, number] of fs.readFileSync(header, 'utf8')
            .matchAll(/^#define SYS_(\w+)\s+(\d+)/gm)) calls[number] = call.toLowerCase();
    return {kernel: read(kernel, 'kernel'), user: user && read(user, 'user'), calls};
}
