// Do lines agree with the page's? As in book/chapter: addresses, which are
// hexadecimal numbers of eight digits, or of seven after 0x, must correspond one
// to one over a session; an ellipsis stands for any digits, and blanks beside it
// for any number of blanks.
const TOKEN = /(?:(?<=0x)[0-9a-fA-F]{7,8}|(?<![0-9A-Za-z_])[0-9a-fA-F]{8})(?![0-9A-Za-z_])| *… */g;
const quote = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function likeness() {
    const there = new Map([['00000000', '00000000'], ['ffffffff', 'ffffffff']]), back = new Map(there);
    return (want, got) => {
        const numbers = [];
        let pattern = '', done = 0;
        for (const token of want.matchAll(TOKEN)) {
            pattern += quote(want.slice(done, token.index));
            done = token.index + token[0].length;
            if (token[0].includes('…')) {
                const [left, right] = token[0].split('…');
                pattern += (left ? ' +' : '') + '[0-9a-fA-F]+' + (right ? ' +' : '');
            } else {
                numbers.push(token[0]);
                pattern += `([0-9a-fA-F]{${token[0].length}})`;
            }
        }
        const found = got.match(new RegExp(`^${pattern}${quote(want.slice(done))}$`));
        return !!found && numbers.every((number, i) => {
            const other = found[i + 1];
            if (!there.has(number)) there.set(number, other);
            if (!back.has(other)) back.set(other, number);
            return there.get(number) === other && back.get(other) === number;
        });
    };
}
