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
const SITE = path.join(TOP, 'build/site'), WORK = path.join(TOP, 'build/node/work');
const PATIENCE = 10000 * Number(process.env.LEAF_PATIENCE ?? 1);
const BASE = '/some/folder/'; // on a host with others
const manifest = JSON.parse(fs.readFileSync(path.join(WORK, 'manifest.json'), 'utf8'));
const pageOf = file => file.replace(/\.md$/, '.html');
const chapters = Object.keys(manifest.pages).filter(file => /^\d/.test(file));
const everyPage = ['index.html', 'about.html', ...Object.keys(manifest.pages)
    .filter(file => file !== 'README.md').map(pageOf)];
const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    .find(file => fs.existsSync(file));

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

/** Waits until f is true. */
async function until(f, what) {
    for (const end = Date.now() + PATIENCE; ;) {
        if (await f()) return;
        if (Date.now() > end) throw new Error(`${what} did not happen in ${PATIENCE / 1000} s`);
        await new Promise(resolve => setTimeout(resolve, 15));
    }
}

/** Splits work on a few pages of the browser. */
async function spread(items, work) {
    const queue = [...items];
    await Promise.all(Array.from({length: 3}, async () => {
        for (let item; (item = queue.shift()) !== undefined; ) await work(item);
    }));
}

function compare(shown, said) {
    const alike = likeness(), lines = said.split('\n').map(line => line.trimEnd());
    while (lines.length && !lines[0]) lines.shift();
    let n = 0;
    for (const line of shown) {
        if (/^\^[A-Z]$/.test(line)) continue; // a key
        const want = line.replace(/^(leaf>) \^[A-Z]$/, '$1');
        if (!alike(want, lines[n] ?? '')) return `expected: ${want}\n     got: ${lines[n]}\n${said}`;
        n++;
    }
    return null;
}

test('every session runs in its page and says what the page says', async () => {
    const wrong = [];
    let ran = 0;
    await spread(Object.keys(manifest.pages).filter(file => manifest.pages[file].some(Boolean)), async file => {
        const page = await open(pageOf(file));
        const sessions = page.locator('.session'), found = manifest.pages[file].filter(Boolean);
        assert.equal(await sessions.count(), found.length, file);
        for (const [index, {shown, status, command}] of found.entries()) {
            const session = sessions.nth(index);
            await session.locator('button.run').click();
            const begin = Date.now();
            let why = 'it did not boot';
            try {
                await until(async () => {
                    const phase = await session.getAttribute('data-phase');
                    if (phase !== 'on' && phase !== 'off') return false;
                    why = compare(shown, await text(session.locator('.screen')));
                    return !why && (status === null || phase === 'off');
                }, command);
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
