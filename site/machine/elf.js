// What a kernel.elf of the reader's own says of itself: the addresses in its
// symbol table. Offsets in structures are taken from a kernel of the book.

const SYMTAB = 2, FUNCTION = 2;

/** The symbols of an ELF file, with everything else as in a known kernel. */
export function symbolsOf(elf, like) {
    const none = {addresses: {}, functions: [], structs: {}, enums: {}};
    const known = {calls: {}, user: null, ...like, kernel: {...none, ...like?.kernel, addresses: {}, functions: []}};
    const view = new DataView(elf.buffer, elf.byteOffset, elf.length);
    try {
        const sections = view.getUint32(32, true), count = view.getUint16(48, true);
        const section = n => ({
            type: view.getUint32(sections + 40 * n + 4, true), offset: view.getUint32(sections + 40 * n + 16, true),
            size: view.getUint32(sections + 40 * n + 20, true), link: view.getUint32(sections + 40 * n + 24, true)});
        for (let n = 0; n < count; n++) {
            const table = section(n);
            if (table.type !== SYMTAB) continue;
            const names = section(table.link).offset;
            for (let at = table.offset; at < table.offset + table.size; at += 16) {
                let end = names + view.getUint32(at, true), name = '';
                for (let c; (c = view.getUint8(end++)); ) name += String.fromCharCode(c);
                const address = view.getUint32(at + 4, true);
                if (name) known.kernel.addresses[name] = address;
                if ((view.getUint8(at + 12) & 15) === FUNCTION) known.kernel.functions.push([address, name]);
            }
        }
    } catch (error) {
        if (!(error instanceof RangeError)) throw error; // a file cut short
    }
    known.kernel.functions.sort(([a], [b]) => a - b);
    return known;
}
