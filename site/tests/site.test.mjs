// The built site in Chromium: make test-site. Every session of the book runs in
// its page and says what the page says; pages fit; search finds; what is drawn
// is what the kernel counts.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import zlib from 'node:zlib';
import {chromium} from 'playwright-core';
import {serve} from '../build/serve.mjs';
import {powerOn, STOP, unpack} from '../machine/machine.js';
import {likeness} from './likeness.mjs';

const {LEAF_TOP: TOP = process.cwd()} = process.env;
const SITE = path.join(TOP, 'build/site');
const PATIENCE = 30000 * Number(process.env.LEAF_PATIENCE ?? 1);
const BUSY = 5e6, LONGEST = 1e10; // instructions
const BASE = '/some/folder/'; // on a host with others
const manifest = JSON.parse(fs.readFileSync(path.join(TOP, 'build/node/work/pages.json'), 'utf8'));
const pages = manifest.pages.map(page => ({...page, html: page.file.replace(/\.md$/, '.html'),
    sessions: page.sessions.filter(Boolean)}));
const chapters = pages.filter(page => page.number && !page.answers);
const everyPage = ['index.html', 'about.html', ...pages.map(({html}) => html)];
const {CHROMIUM = '/usr/bin/chromium'} = process.env;

let server, browser, origin;
before(async () => {
    server = await serve(SITE, 0, BASE);
    origin = `http://127.0.0.1:${server.address().port}${BASE}`;
    browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']});
});
after(async () => {
    await browser?.close();
    server?.close();
});

/** A new page of the site; what it complains about. */
async function open(file, options = {}) {
    const page = await browser.newPage({viewport: {width: 1280, height: 900}, ...options});
    page.complaints = [];
    page.on('console', message => message.type() === 'error' && page.complaints.push(message.text()));
    page.on('pageerror', error => page.complaints.push(error.message));
    page.setDefaultTimeout(PATIENCE);
    await page.goto(origin + file);
    return page;
}

/** What a terminal shows, lines that were wrapped in one piece. */
const text = screen => screen.evaluate(({terminal: {buffer: {active}}}) => {
    let all = '';
    for (let i = 0; i < active.length; i++) {
        const line = active.getLine(i);
        all += (line.isWrapped || !i ? '' : '\n') + line.translateToString(true);
    }
    return all.trimEnd();
});

/** Waits until f is true. A machine's page is given up only when the machine is
 *  idle, or has run for longer than any session does, however slow the host. */
async function until(f, what, machine = null) {
    let end = Date.now() + PATIENCE, counted = 0;
    while (!await f()) {
        const now = machine ? await instructions(machine) : 0;
        if (now > counted + BUSY && now < LONGEST) {
            end = Date.now() + PATIENCE;
            counted = now;
        }
        if (Date.now() > end)
            throw new Error(`${what} did not happen, ${PATIENCE / 1000} s after the last sign of work`);
        await new Promise(resolve => setTimeout(resolve, 15));
    }
}

/** How many instructions a machine's page says it has run. */
const instructions = async machine => Number((await machine.locator('.counted').allTextContents())
    .join('').replace(/\D/g, ''));

/** Presses Run, again if that was before the page listened. */
async function run(element) {
    const idle = async () => await element.getAttribute('data-phase') === 'idle';
    await until(async () => {
        if (await idle()) await element.locator('button.run').click();
        return !await idle();
    }, 'Run');
}

/** Splits work on a few pages of the browser. */
async function spread(items, work) {
    const queue = [...items];
    await Promise.all(Array.from({length: 3}, async () => {
        for (let item; (item = queue.shift()) !== undefined; ) await work(item);
    }));
}

/** Are two lines the same but for counts of instructions? The machine's firmware
 *  takes none, QEMU's some, so that a clock tick comes a little sooner or later. */
function counted(want, got) {
    const numbers = line => (line.match(/\d+/g) ?? []).map(Number), found = numbers(got);
    return want.replace(/\d+/g, '#') === got.replace(/\d+/g, '#') &&
        numbers(want).every((n, i) => Math.abs(n - found[i]) <= Math.max(1, n / 1000));
}

function compare({shown, counts}, said) {
    const alike = likeness(), lines = said.split('\n').map(line => line.trimEnd());
    while (lines.length && !lines[0]) lines.shift();
    let n = 0;
    for (const line of shown) {
        if (/^\^[A-Z]$/.test(line)) continue; // a key
        const want = line.replace(/^(leaf>) \^[A-Z]$/, '$1');
        const got = lines[n] ?? '';
        if (!alike(want, got) && !(counts && counted(want.replace(/ +/g, ' '), got.replace(/ +/g, ' '))))
            return `expected: ${want}\n     got: ${got}\n${said}`;
        n++;
    }
    return null;
}

test('every session runs in its page and says what the page says', async () => {
    const wrong = [];
    let ran = 0;
    await spread(pages.filter(({sessions}) => sessions.length), async ({file, html, sessions: found}) => {
        const page = await open(html), sessions = page.locator('.session');
        assert.equal(await sessions.count(), found.length, file);
        for (const [index, expected] of found.entries()) {
            const {status, command} = expected;
            const session = sessions.nth(index);
            await run(session);
            const begin = Date.now();
            let why = 'it did not boot';
            try {
                await until(async () => {
                    const phase = await session.getAttribute('data-phase');
                    if (phase !== 'on' && phase !== 'off') return false;
                    why = compare(expected, await text(session.locator('.screen')));
                    return !why && (status === null || phase === 'off');
                }, command, session);
                if (status !== null) assert.equal(await session.locator('.said').textContent(),
                    `The machine is off: status ${status}.`);
            } catch (error) {
                wrong.push(`${file}, session ${index + 1}: ${error.message}\n${why ?? ''}`);
            }
            ran++;
            if (process.env.TIMES) console.log(`${Date.now() - begin} ms: ${file}, session ${index + 1}`);
            await session.locator('button.close').click();
        }
        wrong.push(...page.complaints.map(said => `${file}: ${said}`));
        await page.close();
    });
    assert.equal(wrong.join('\n\n'), '');
    assert.ok(ran >= chapters.length);
});

test('pages fit a phone and a desktop, and complain of nothing', async () => {
    const wrong = [];
    await spread(everyPage, async file => {
        const page = await open(file);
        for (const width of [1280, 390]) {
            await page.setViewportSize({width, height: 900});
            const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            if (wide[0] > wide[1]) wrong.push(`${file}: ${wide[0]} pixels wide on a screen of ${wide[1]}`);
        }
        const fixed = fs.readFileSync(path.join(SITE, file), 'utf8').match(/(href|src)="(\/|https?:)[^"]*"/g);
        if (fixed) wrong.push(`${file}: not relative: ${fixed.slice(0, 3)}`);
        wrong.push(...page.complaints.map(said => `${file}: ${said}`));
        await page.close();
    });
    assert.equal(wrong.join('\n'), '');
});

test('a session runs on a phone without making the page wider', async () => {
    const page = await open(chapters.at(-1).html, {viewport: {width: 390, height: 844}});
    const session = page.locator('.session').first();
    await run(session);
    await page.waitForSelector('.session .memory canvas');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await session.getByRole('button', {name: 'Control C'}).click();
    await page.close();
});

/** The first session whose kernel has a shell. */
const withShell = chapters.flatMap(({html, sessions}) => sessions.map((session, index) => ({...session, html, index})))
    .findLast(({changed, script}) => !changed && script.some(({keys}) => keys === 'mem\r'));

/** One step of a session's machine: what it says. */
async function stepOn(session) {
    const events = session.locator('.events'), before = await events.count() && await events.getAttribute('data-count');
    await session.getByRole('button', {name: 'Step'}).click();
    await until(async () => await events.count() && (await events.getAttribute('data-count')) !== before, 'a step');
    return events.locator('li').first().textContent();
}

test('the frames that are drawn are those that mem counts', async () => {
    const page = await open(withShell.html);
    const session = page.locator('.session').nth(withShell.index);
    await run(session);
    await session.locator('button.boot').click(); // and the keyboard is ours
    const screen = session.locator('.screen'), keyboard = session.locator('.screen textarea');
    await keyboard.focus();
    await until(async () => /^leaf:.*\n.*\nleaf>$/.test(await text(screen)), 'the prompt');
    // mem may be a process of its own, whose frames are there as long as it runs:
    // we stop where it has asked, and go on to see what it was told.
    await session.getByRole('button', {name: 'Pause'}).click();
    await keyboard.focus();
    await page.keyboard.type('mem\n');
    for (let steps = 0; !/meminfo\(/.test(await stepOn(session)); steps++) assert.ok(steps < 200);
    const names = ['free', 'kernel', 'heap', 'tables', 'stacks', 'user', 'promised'];
    const drawn = Object.fromEntries(await session.locator('.legend li').evaluateAll(items =>
        items.map(({dataset: {use, count}}) => [use, Number(count)])));
    drawn.user = (drawn.user ?? 0) + (drawn.shared ?? 0);
    await session.getByRole('button', {name: 'Go on'}).click();
    await until(async () => /promised[^]*leaf>$/.test(await text(screen)), 'mem');
    const said = (await text(screen)).match(/free +(\d+)[^]*kernel +(\d+)[^]*heap +(\d+)[^]*tables +(\d+)[^]*stacks +(\d+)[^]*user +(\d+)[^]*promised +(\d+)/);
    assert.deepEqual(names.map(name => drawn[name] ?? 0), said.slice(1).map(Number));
    await page.close();
});

test('a step stops at what happens next, and says what it came to', async () => {
    const page = await open(withShell.html);
    const session = page.locator('.session').nth(withShell.index);
    await run(session);
    await session.locator('button.boot').click();
    const screen = session.locator('.screen'), keyboard = session.locator('.screen textarea');
    await keyboard.focus();
    await until(async () => /^leaf:.*\n.*\nleaf>$/.test(await text(screen)), 'the prompt');
    await session.getByRole('button', {name: 'Pause'}).click();
    await keyboard.focus();
    await page.keyboard.type('cow\n');
    const seen = [], wanted = [/read\(.*\) = \d+/, /store to [0-9a-f]{8} in \w+: first touch, frame \d+ is taken for it/,
        /fork\(\)/, /shared page, copied from frame \d+ to frame \d+/];
    while (wanted.some(what => !seen.some(said => what.test(said))) && seen.length < 600)
        seen.push(await stepOn(session));
    for (const what of wanted) assert.ok(seen.some(said => what.test(said)), `${what} not in:\n${seen.join('\n')}`);
    await page.close();
});

test('a kernel.elf that is dropped on the page boots', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leaf-'));
    try {
        execFileSync('make', ['-s', '-C', TOP, `BUILD=${folder}`, `${folder}/kernel.elf`]);
        const page = await open(withShell.html);
        const elf = fs.readFileSync(path.join(folder, 'kernel.elf')).toString('base64');
        const transfer = await page.evaluateHandle(async data => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), moved = new DataTransfer();
            moved.items.add(new File([bytes], 'mine.elf'));
            return moved;
        }, elf);
        await page.dispatchEvent('main', 'drop', {dataTransfer: transfer});
        const session = page.locator('.session').first();
        await until(async () => /leaf>$/.test(await text(session.locator('.screen')).catch(() => '')), 'the prompt');
        assert.equal(await session.locator('.session-head code').textContent(), 'mine.elf');
        await until(async () => await session.locator('.legend li').count() > 3, 'the frames');
        await page.close();
    } finally {
        fs.rmSync(folder, {recursive: true});
    }
});

test('what is no kernel is refused with a sentence', async () => {
    const page = await open(withShell.html);
    await page.locator('.session button.run').first().click();
    await page.waitForSelector('.session input[type=file]', {state: 'attached'});
    await page.locator('.session input[type=file]').first().setInputFiles(
        {name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no kernel')});
    await until(async () => /no kernel/.test(await page.locator('.session .said').first().textContent().catch(() => '')),
        'the refusal');
    await page.close();
});

test('every chapter\'s own picture runs and does what it is told', async () => {
    const wrong = [], found = chapters.filter(({picture}) => picture);
    assert.ok(found.length >= 6);
    await spread(found, async ({file, html}) => {
        const page = await open(html);
        const picture = page.locator('.picture');
        await run(picture);
        await until(async () => (await picture.getAttribute('data-scripted')) === 'true', `${file}: the picture's start`)
            .catch(error => wrong.push(error.message));
        const what = picture.locator('.drawing :is(canvas, .squares button.user, .holes .region, .promises .bar i)').first();
        await what.waitFor().catch(() => wrong.push(`${file}: nothing is drawn`));
        wrong.push(...page.complaints.map(said => `${file}: ${said}`));
        await page.close();
    });
    assert.equal(wrong.join('\n'), '');
});

test('an address is walked through the tables', async () => {
    const page = await open(chapters.find(({file}) => /page-table/.test(file)).html);
    const picture = page.locator('.picture.Walk');
    await run(picture);
    await picture.locator('input').fill('80400000');
    await until(async () => /Physical address 80400000: read, write\./.test(await picture.locator('ol').textContent().catch(() => '')), 'the walk');
    await picture.locator('input').fill('0');
    await until(async () => /not valid: a page fault/.test(await picture.locator('ol').textContent()), 'a fault');
    await page.close();
});

test('search finds', async () => {
    const page = await open('index.html');
    await page.locator('.VPNavBarSearchButton, .DocSearch-Button').first().click();
    await page.locator('#localsearch-input').fill('copy on write');
    const hit = page.locator('#localsearch-list a[href*="fork"]').first();
    await hit.waitFor();
    await hit.click();
    await page.waitForURL(/fork/);
    await page.close();
});

test('copying a block gives its code without signs', async () => {
    const context = await browser.newContext({permissions: ['clipboard-read', 'clipboard-write']});
    const page = await context.newPage();
    await page.goto(origin + chapters.at(-1).html);
    const block = page.locator('.diff-block:has(.diff.remove):has(.diff.add)').first();
    await block.locator('button.copy').click();
    await page.waitForSelector('.copied');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const lines = await block.locator('.line:not(.remove)').allTextContents();
    assert.equal(copied.trim(), lines.join('').trim());
    await context.close();
});

test('a page with one run weighs less than 250 kB, compressed', async () => {
    const weights = [], size = async bodies => (await Promise.all(bodies)).reduce((n, body) => n + zlib.gzipSync(body).length, 0);
    await spread(chapters.filter(({sessions}) => sessions.length), async ({html, sessions}) => {
        // Its largest kernel, with what it takes to show and to run one.
        const page = await browser.newPage(), bodies = [];
        page.on('response', response => bodies.push(response.body().catch(() => Buffer.alloc(0))));
        await page.goto(origin + html, {waitUntil: 'networkidle'});
        const reading = await size(bodies), first = page.locator('.session').first();
        await first.locator('button.run').click();
        await until(async () => /on|off/.test(await first.getAttribute('data-phase')), 'boot');
        const kernel = file => fs.statSync(path.join(SITE, 'k', file)).size;
        const all = await size(bodies) - kernel(sessions[0].file) + Math.max(...sessions.map(({file}) => kernel(file)));
        weights.push([all, `${html}: ${(reading / 1000).toFixed(0)} kB to read, ${(all / 1000).toFixed(0)} kB with a run`]);
        await page.close();
    });
    weights.sort(([a], [b]) => b - a);
    console.log(weights[0][1]);
    assert.ok(weights[0][0] < 250000, weights[0][1]);
});

test('WebAssembly says what the machine says natively, byte for byte', async () => {
    const native = path.join(TOP, 'build/machine/machine');
    execFileSync('make', ['-s', '-C', TOP, 'machine']);
    const module = await WebAssembly.compile(fs.readFileSync(path.join(SITE, 'machine.wasm')));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leaf-'));
    try {
        for (const {file, script} of chapters.flatMap(({sessions}) => sessions.slice(0, 1)).filter(session =>
            session.script.at(-1)?.keys.startsWith('exit'))) {
            const {kernel} = await unpack(fs.readFileSync(path.join(SITE, 'k', file)));
            const elf = path.join(folder, 'kernel.elf'), keys = script.map(({keys}) => keys).join('');
            fs.writeFileSync(elf, kernel);
            const done = spawnSync(native, [elf], {input: keys});
            const machine = await powerOn(module, kernel), said = [];
            machine.type(Buffer.from(keys));
            for (let why; why !== STOP.OFF; ) {
                why = machine.run(1e6);
                said.push(Buffer.from(machine.output()));
                if (why === STOP.IDLE) machine.sleep(machine.idle());
            }
            assert.equal(Buffer.concat(said).toString('latin1'), done.stdout.toString('latin1'), file);
            assert.equal(machine.status(), done.status, file);
        }
    } finally {
        fs.rmSync(folder, {recursive: true});
    }
});
