// How the site shows the book's fences: a diff as code under green and red with
// its file and place, a session with what is typed apart from what is answered.
const LONG = 8; // lines that go, in a row: more are folded

export const escape = text => text.replace(/[&<>"]/g, c =>
    ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);

/** Colors as classes, for comments, strings and words of the language, and none
 *  for signs: a page is much smaller for it. */
const colors = new Map();
const COLORED = /^--shiki-light:#(6A737D|032F62|D73A49);/, COMMENT = /^--shiki-light:#6A737D;/; // github-light's
const SIGN = /^(?:&#?\w+;|\W|0x|[uUlL]+$)*$/; // or a part of a number
const short = html => html.replace(/<span style="([^"]*)">([^<]*)<\/span>/g, (whole, style, text) => {
    if (!COLORED.test(style) || !COMMENT.test(style) && SIGN.test(text)) return text;
    if (!colors.has(style)) colors.set(style, `c${colors.size}`);
    return `<span class="${colors.get(style)}">${text}</span>`;
});
export const colorRules = () => [...colors].map(([style, name]) => `.${name}{${style}}`).join('');

/** Highlighted lines of code. A piece may begin inside a comment. */
function highlight(md, lines, language) {
    const text = lines.join('\n');
    const inside = text.includes('*/') && !(text.indexOf('/*') >= 0 &&
        text.indexOf('/*') < text.indexOf('*/'));
    const html = md.options.highlight((inside ? '/*\n' : '') + text, language, '');
    const code = html.slice(html.indexOf('<code>') + 6, html.lastIndexOf('</code>'));
    return short(code).split('\n').slice(inside ? 1 : 0)
        .map(html => html.replace(/^<span class="line">|<\/span>$/g, ''));
}

const languageOf = file => /\.[ch]$/.test(file) ? 'c' : 'txt';

function head(file, place) {
    return `<div class="code-head"><code>${escape(file)}</code>` +
        (place ? `<span>${place}</span>` : '') + '</div>';
}

// Each line is a block that holds its own end, so that what is left when some
// are taken out, to be copied, has no empty lines.
const line = (html, kind = '') => `<span class="line${kind}">${html}\n</span>`;
const pre = lines => `<pre class="shiki vp-code" tabindex="0" v-pre><code>${lines.join('')}</code></pre>`;
const copy = '<button title="Copy" class="copy" aria-label="Copy the code"></button><span class="lang"></span>';

/** One hunk: its lines in pieces, the long deletions folded. */
function hunk(md, file, header, lines) {
    const code = highlight(md, lines.map(text => text.slice(1)), languageOf(file));
    const runs = [];
    lines.forEach(([sign], i) => {
        if (runs.at(-1)?.sign !== sign) runs.push({sign, lines: []});
        runs.at(-1).lines.push(line(code[i] ?? '', {'+': ' diff add', '-': ' diff remove'}[sign]));
    });
    let body = '', piece = [];
    const flush = () => { body += piece.length ? pre(piece) : ''; piece = []; };
    for (const run of runs) {
        if (run.sign !== '-' || run.lines.length <= LONG) {
            piece.push(...run.lines);
            continue;
        }
        flush();
        body += `<details class="fold vp-copy-ignore"><summary>${run.lines.length} lines go</summary>${pre(run.lines)}</details>`;
    }
    flush();
    const [, number, , where] = header.match(/\+(\d+)(,\d+)? @@ ?(.*)/);
    const place = header.includes('-0,0') ? 'a new file'
        : `line ${number}` + (where ? `, after <code>${escape(where)}</code>` : '');
    return `<div class="language-c diff-block">${head(file, place)}${copy}<div class="pieces">${body}</div></div>\n`;
}

export function diff(md, lines) {
    let html = '', file = '', header = null, body = [];
    const flush = () => { if (header) html += hunk(md, file, header, body); header = null; body = []; };
    lines.forEach((line, i) => {
        if (line.startsWith('--- ') && lines[i + 1]?.startsWith('+++ ')) {
            flush();
            file = (line === '--- /dev/null' ? lines[i + 1] : line).slice(6);
        } else if (line.startsWith('+++ ') && !header) {
            return;
        } else if (line.startsWith('@@')) {
            flush();
            header = line;
        } else if (header) {
            body.push(line || ' ');
        }
    });
    flush();
    return html;
}

export function code(md, file, lines, what = '') {
    return `<div class="language-c">${head(file, what)}${copy}${pre(highlight(md, lines, languageOf(file))
        .map(html => line(html)))}</div>\n`;
}

/** A session's lines: what was typed, after the prompt or as a key, stands apart. */
export function console_(lines, prompt) {
    return lines.map((line, i) => {
        if (line.startsWith('$ '))
            return `<span class="prompt">$ </span><span class="typed">${escape(line.slice(2))}</span>`;
        if (/^\^[A-Z]$/.test(line)) return `<span class="typed">${line}</span>`;
        if ((line + ' ').startsWith(prompt))
            return `<span class="prompt">${prompt}</span><span class="typed">${escape(line.slice(prompt.length))}</span>`;
        return escape(line);
    }).join('\n');
}
