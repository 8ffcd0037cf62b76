// Makes the built site's links relative, so that any host can serve it from any
// folder: node relative.mjs FOLDER. VitePress is told a base that stands for the
// site's root; here each page says where that is, as it is loaded.
import fs from 'node:fs';
import path from 'node:path';

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

/** Rules of VitePress's theme for what this site does not have. */
const UNUSED = /[^{}]*(VPSponsor|VPTeam|VPHome|VPHero|VPFeature|VPCarbon|VPSocial|VPBadge|vp-sponsor|custom-block|vp-code-group)[^{}]*\{[^{}]*\}/g;
const style = (text, root) => text.replace(UNUSED, '').replaceAll(BASE, root);

let left = 0;
for (const file of files(folder)) {
    const html = file.endsWith('.html');
    if (!html && !/\.(js|css)$/.test(file)) continue;
    const text = fs.readFileSync(file, 'utf8');
    const root = '../'.repeat(path.relative(folder, file).split(path.sep).length - 1) || './';
    const done = html ? page(text, root) : file.endsWith('.css') ? style(text, root) : script(text);
    if (done.includes('@LEAF@')) {
        left++;
        console.error(`${file}: ${done.match(/.{60}@LEAF@.{60}/s)?.[0]}`);
    }
    fs.writeFileSync(file, done);
}
if (left) process.exit(1);
