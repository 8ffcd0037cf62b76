// Calls one of the guest's own functions without the guest's noticing: rv32im,
// enough for a function that only looks. Loads see the guest's memory through
// the page table of the current process; stores stay here.

const RETURN = 0xfffffff0, VISIT = 0xffffffe0, STACK = 0xffff0000;

/** Calls the function at entry, as f(visit, NULL), and visit for each call that
 *  it makes of its argument. translate says where in RAM an address is, or -1.
 *  False if the function needs what is not there, or runs for too long. */
export function callGuest(view, translate, entry, visit, limit = 2e6) {
    const x = new Int32Array(32), stored = new Map();
    let page = -1, offset = 0; // the last page that was translated
    const place = address => {
        if (address >>> 12 !== page) {
            const at = translate(address & ~4095);
            if (at < 0) throw new Missing();
            page = address >>> 12;
            offset = at - (page << 12 >>> 0);
        }
        return (address >>> 0) + offset;
    };
    const byte = address => stored.get(address >>> 0) ??
        (address >>> 0 >= STACK - 65536 && address >>> 0 < STACK ? 0 : view.getUint8(place(address)));
    const load = (address, n) => {
        if (!stored.size && (address & 4095) <= 4096 - n && address >>> 0 < STACK - 65536)
            return n === 4 ? view.getUint32(place(address), true)
                : n === 2 ? view.getUint16(place(address), true) : view.getUint8(place(address));
        let value = 0;
        for (let i = 0; i < n; i++) value |= byte(address + i) << 8 * i;
        return value;
    };
    const store = (address, n, value) => {
        for (let i = 0; i < n; i++) stored.set(address + i >>> 0, value >>> 8 * i & 255);
    };
    const multiply = (f, a, b) => {
        const wide = (signedA, signedB) => Number(BigInt.asIntN(32,
            BigInt(signedA ? a : a >>> 0) * BigInt(signedB ? b : b >>> 0) >> 32n));
        switch (f) {
        case 0: return Math.imul(a, b);
        case 1: return wide(true, true);
        case 2: return wide(true, false);
        case 3: return wide(false, false);
        case 4: return b ? a / b | 0 : -1;
        case 5: return b ? (a >>> 0) / (b >>> 0) | 0 : -1;
        case 6: return b ? a % b | 0 : a;
        default: return b ? (a >>> 0) % (b >>> 0) | 0 : a;
        }
    };
    const operate = (f, a, b, other) => {
        switch (f) {
        case 0: return other ? a - b | 0 : a + b | 0;
        case 1: return a << (b & 31);
        case 2: return a < b ? 1 : 0;
        case 3: return a >>> 0 < b >>> 0 ? 1 : 0;
        case 4: return a ^ b;
        case 5: return other ? a >> (b & 31) : a >>> (b & 31);
        case 6: return a | b;
        default: return a & b;
        }
    };
    const branch = (f, a, b) => {
        const less = f & 2 ? a >>> 0 < b >>> 0 : a < b;
        return (f & 4 ? less : a === b) !== !!(f & 1);
    };
    x[1] = RETURN;
    x[2] = STACK - 4096;
    x[10] = VISIT;
    try {
        for (let pc = entry; ;) {
            if (pc === RETURN) return true;
            if (pc === VISIT) {
                visit(x[10] >>> 0, x[11] >>> 0, x[12]);
                pc = x[1] >>> 0;
                continue;
            }
            if (!limit--) return false;
            const i = view.getInt32(place(pc), true);
            const rd = i >>> 7 & 31, f = i >>> 12 & 7, a = x[i >>> 15 & 31], b = x[i >>> 20 & 31];
            let next = pc + 4, value = x[rd];
            switch (i & 127) {
            case 0x37: value = i & ~4095; break;
            case 0x17: value = pc + (i & ~4095) | 0; break;
            case 0x6f:
                value = next;
                next = pc + (i >> 31 << 20 | i & 0xff000 | i >>> 9 & 0x800 | i >>> 20 & 0x7fe);
                break;
            case 0x67: value = next; next = a + (i >> 20) & ~1; break;
            case 0x63:
                if (branch(f, a, b))
                    next = pc + (i >> 31 << 12 | i << 4 & 0x800 | i >>> 20 & 0x7e0 | i >>> 7 & 0x1e);
                if (f === 2 || f === 3) return false;
                pc = next >>> 0;
                continue;
            case 0x03: {
                const n = 1 << (f & 3);
                value = load(a + (i >> 20), n);
                if (f < 2) value = value << 32 - 8 * n >> 32 - 8 * n;
                break;
            }
            case 0x23:
                store(a + (i >> 25 << 5 | i >>> 7 & 31), 1 << f, b);
                pc = next >>> 0;
                continue;
            case 0x13: value = operate(f, a, i >> 20, f === 5 && i >>> 30); break;
            case 0x33: value = i >>> 25 === 1 ? multiply(f, a, b) : operate(f, a, b, i >>> 30); break;
            default: return false; // a system call, say: it wants to print
            }
            if (rd) x[rd] = value;
            pc = next >>> 0;
        }
    } catch (error) {
        if (error instanceof Missing) return false;
        throw error;
    }
}

class Missing extends Error {}
