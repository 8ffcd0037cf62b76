// Builds the kernel of every session of the book, and those of the pictures:
//
//     node kernels.mjs TOP WORK OUT
//
// Each is stripped and packed with what the page must know of it; equal ones
// are one file. WORK/manifest.json has the pages, and which session runs which.
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import zlib from 'node:zlib';
import {pictures} from './pictures.mjs';
import {symbols} from './symbols.mjs';

const [TOP, WORK, OUT] = process.argv.slice(2).map(folder => path.resolve(folder));
const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAMS = path.join(HERE, '../programs');
const TREES = path.join(WORK, 'trees'), BUILT = path.join(WORK, 'built'), SHARED = path.join(WORK, 'shared');
const run = promisify(execFile);
const hash = (...parts) => parts.reduce((h, part) => h.update(part).update('\0'),
    createHash('sha256')).digest('hex').slice(0, 16);

const contents = folder => fs.readdirSync(folder, {withFileTypes: true}).map(entry => entry.isDirectory()
    ? contents(path.join(folder, entry.name)) : fs.readFileSync(path.join(folder, entry.name), 'utf8')).join('\0');

// What a kernel is made by, besides its tree and its program.
const {stdout: flags} = await run('make', ['-s', '-C', TOP, 'cflags']);
const {stdout: objcopy} = await run(process.env.CC ?? 'clang', ['-print-prog-name=llvm-objcopy']);
const rules = hash(flags, fs.readFileSync(path.join(TOP, 'Makefile')), contents(path.join(TOP, 'libc')),
    contents(PROGRAMS), fs.readFileSync(path.join(HERE, 'symbols.mjs')));
const built = new Set();

/** Builds a tree unless that was done before; returns the packed kernel. */
async function build(tree, program, defines) {
    const id = hash(tree, program ?? '', program ? fs.readFileSync(program) : '', defines, rules);
    const to = path.join(BUILT, id), packed = path.join(to, 'kernel.leaf');
    built.add(id);
    if (fs.existsSync(packed)) return packed;
    const folder = path.join(TREES, tree), kernel = path.join(to, 'kernel.elf');
    await run('make', ['-s', '-C', TOP, `SRC=${folder}`, `BUILD=${to}`, `DEFINES=${defines}`,
        `SHARED=${path.join(SHARED, hash(tree, defines))}`, ...(program ? [`APP=${program}`] : []), kernel]);
    const stripped = path.join(to, 'kernel.bin');
    await run(objcopy.trim(), ['--strip-all', kernel, stripped]);
    const linked = program ?? (fs.existsSync(path.join(folder, 'shell.c')) ? 'shell.c' : null);
    const user = linked && path.join(to, path.basename(linked, '.c') + '.elf');
    const known = Buffer.from(JSON.stringify(symbols({kernel, user, tree: folder})));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(known.length);
    fs.writeFileSync(packed, zlib.gzipSync(
        Buffer.concat([length, known, fs.readFileSync(stripped)]), {level: 9}));
    return packed;
}

const begin = Date.now();
for (const folder of [TREES, BUILT]) fs.mkdirSync(folder, {recursive: true});
const {stdout} = await run('python3', [path.join(HERE, 'sessions.py'), TREES], {maxBuffer: 1 << 28});
const manifest = JSON.parse(stdout), jobs = [], chapters = manifest.pages.filter(page => page.tree);
for (const page of manifest.pages) {
    page.sessions.forEach((session, index) => session && jobs.push({
        what: `${page.file}, session ${index + 1}`, ...session, done: file => { session.file = file; }}));
    const picture = page.tree && pictures(page);
    if (picture?.program) jobs.push({
        what: `${page.file}, picture`, tree: (picture.last ? chapters.at(-1) : page).tree,
        program: path.join(PROGRAMS, picture.program), defines: '', done: file => { page.picture = file; }});
}

fs.rmSync(OUT, {recursive: true, force: true});
fs.mkdirSync(OUT, {recursive: true});
const queue = [...jobs], sizes = new Map();
let failed = 0;
async function worker() {
    for (let job; (job = queue.shift());) {
        try {
            const packed = fs.readFileSync(await build(job.tree, job.program, job.defines));
            const file = `${hash(packed)}.leaf`;
            if (!sizes.has(file)) fs.writeFileSync(path.join(OUT, file), packed);
            sizes.set(file, packed.length);
            job.done(file);
        } catch (error) {
            failed++;
            console.error(`${job.what} cannot be built:\n${error.stderr || error.message}`);
        }
    }
}
await Promise.all(Array.from({length: os.availableParallelism()}, worker));

// What no session needs any more goes.
fs.rmSync(SHARED, {recursive: true, force: true});
const trees = new Set(jobs.map(({tree}) => tree).concat(chapters.map(({tree}) => tree)));
for (const [folder, used] of [[TREES, trees], [BUILT, built]])
    for (const old of fs.readdirSync(folder))
        if (!used.has(old)) fs.rmSync(path.join(folder, old), {recursive: true});

fs.writeFileSync(path.join(WORK, 'manifest.json'), JSON.stringify(manifest, null, 1));
const total = [...sizes.values()].reduce((a, b) => a + b, 0);
console.log(`${jobs.length} sessions and pictures, ${sizes.size} kernels, ` +
    `${(total / 1000).toFixed(0)} kB packed, ${((Date.now() - begin) / 1000).toFixed(1)} s`);
if (failed) process.exit(1);
