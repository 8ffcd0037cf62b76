// Makes the built site light, and its links relative, so that any host can serve it
// from any folder: node finish.mjs FOLDER. VitePress is told a base that stands for the
// site's root; here each page says where that is, as it is loaded.
import fs from 'node:fs';
import path from 'node:path';
import {PurgeCSS} from 'purgecss';

const BASE = '/@LEAF@/', ROOT = 'globalThis.leafRoot';
const folder = process.argv[2];

function files(at) {
    return fs.readdirSync(at, {withFileTypes: true}).flatMap(entry => entry.isDirectory()
        ? files(path.join(at, entry.name)) : [path.join(at, entry.name)]);
}

/** "/@LEAF@/x" in a script is the root and "x". The search's index is one string,
 *  of JSON. */
function script(text) {
    const [, whole] = text.match(/^const \w+=(['"`])\{"documentCount"/) ?? [];
    if (whole) return text.replaceAll(BASE, `${whole}+${ROOT}+${whole}`);
    return text.replace(/(["'`])\/@LEAF@\/([^"'`\n]*)\1/g, (whole, quote, rest) =>
        rest ? `(${ROOT}+${quote}${rest}${quote})` : `(${ROOT})`);
}

function page(text, root) {
    const say = `<script>leafRoot=new URL(${JSON.stringify(root)},location).pathname</script>`;
    return text
        .replace(/<script([^>]*)>window\.__VP_HASH_MAP__[^]*?<\/script>/, whole => whole.replace(
            /\\"base\\":\\"\/@LEAF@\/\\"/, `\\"base\\":"+JSON.stringify(leafRoot)+"`))
        .replace('<head>', `<head>${say}`)
        .replaceAll('_@LEAF@_', '_') // in names of classes
        .replaceAll(BASE, root);
}

const text = file => fs.readFileSync(file, 'utf8');
const all = files(folder).filter(file => /\.(html|js|css)$/.test(file));

// Rules that no page has a use for go: most of the theme's are for others.
for (const {file, css} of await new PurgeCSS().purge({
    content: all.filter(file => !file.endsWith('.css')), css: all.filter(file => file.endsWith('.css'))}))
    fs.writeFileSync(file, css);

let left = 0;
for (const file of all) {
    const root = '../'.repeat(path.relative(folder, file).split(path.sep).length - 1) || './';
    const done = file.endsWith('.html') ? page(text(file), root)
        : file.endsWith('.css') ? text(file).replaceAll(BASE, root) : script(text(file));
    if (done.includes('@LEAF@')) {
        left++;
        console.error(`${file}: ${done.match(/.{60}@LEAF@.{60}/s)?.[0]}`);
    }
    fs.writeFileSync(file, done);
}
if (left) process.exit(1);
