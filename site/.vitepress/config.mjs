import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vitepress';
import {code, colorRules, console_, diff, escape} from '../build/fences.mjs';
import {pictures} from '../build/pictures.mjs';

// site.mk says where the repository is, where it works and where the site goes.
const {LEAF_TOP: TOP, LEAF_WORK: WORK, LEAF_OUT: OUT} = process.env;
const {prompt, pages} = JSON.parse(fs.readFileSync(path.join(WORK, 'pages.json'), 'utf8'));
const chapters = pages.filter(page => page.number && !page.answers);
const others = pages.filter(page => !page.number);
const pageOf = file => pages.find(page => page.file === file);

/** What the reader's buttons type: the commands of a page's sessions. */
const commands = page => [...new Set(page.sessions.flatMap(session => (session?.script ?? [])
    .filter(typed => typed.prompt && typed.keys >= ' ').map(({keys}) => keys.replace(/\r$/, ''))))].slice(0, 12);

function fences(md) {
    const plain = md.renderer.rules.fence;
    md.renderer.rules.fence = (tokens, index, options, env, self) => {
        const token = tokens[index], [kind = '', file = ''] = token.info.trim().split(/\s+/);
        const lines = token.content.replace(/\n$/, '').split('\n');
        if (kind === 'diff') return diff(md, lines);
        if (kind === 'without' || kind === 'with')
            return `<div class="${kind}">${code(md, file, lines, `${kind} these lines`)}</div>`;
        if (kind === 'c' && file) return code(md, file, lines);
        if (kind !== 'console') return plain(tokens, index, options, env, self);
        env.sessions = (env.sessions ?? 0) + 1;
        const page = pageOf(env.relativePath), found = page?.sessions[env.sessions - 1];
        const shown = `<pre class="console" tabindex="0" v-pre><code>${console_(lines, prompt)}</code></pre>`;
        if (!found) return `<div class="language-console">${shown}</div>\n`;
        const {file: kernel, script, command, changed, ram} = found;
        const rows = Math.max(10, Math.min(24, lines.length + 2)); // of the terminal
        const data = {kernel, script, command, changed, rows, commands: commands(page), ...(ram && {ram})};
        return `<Session data="${escape(JSON.stringify(data))}">${shown}</Session>\n`;
    };
    // A chapter's own picture stands at the end of the section that it is about.
    md.core.ruler.push('picture', state => {
        const page = pageOf(state.env.relativePath), found = page?.tree && pictures(page);
        if (!found) return;
        const {tokens} = state;
        const heading = tokens.findIndex((token, i) =>
            token.type === 'heading_open' && token.tag !== 'h1' && found.at.test(tokens[i + 1].content));
        let place = heading < 0 ? -1 : tokens.findIndex((token, i) => i > heading && token.type === 'heading_open');
        if (place < 0) place = 1 + tokens.findIndex(token => token.type === 'fence' && /^console/.test(token.info));
        const kernel = page.picture ?? page.sessions.findLast(session => session && !session.changed)?.file;
        if (!place || !kernel) return;
        const token = new state.Token('html_block', '', 0);
        token.content = `<Picture kind="${found.picture}" file="${kernel}" />\n`;
        tokens.splice(place, 0, token);
    });
}

// The front page boots the last kernel that has a shell.
const front = chapters.flatMap(page => page.sessions)
    .findLast(session => session && !session.changed && !session.program && session.script.length > 1);

const theme = file => fileURLToPath(new URL(`theme/${file}`, import.meta.url));

const item = page => ({text: page.title, link: '/' + page.file.replace(/\.md$/, '')});

export default defineConfig({
    title: 'leaf',
    description: 'A kernel that you can read in one sitting, and a book in which every chapter boots.',
    head: [['link', {rel: 'icon', href: '/@LEAF@/leaf.svg'}]],
    base: '/@LEAF@/', // build/finish.mjs makes it relative
    srcDir: path.join(WORK, 'pages'),
    outDir: OUT,
    cacheDir: path.join(WORK, 'cache'),
    rewrites: {'README.md': 'about.md'},
    router: {prefetchLinks: false}, // a page costs what it costs, not its neighbors
    ignoreDeadLinks: [/LICENSE/, /^\.\.?\//],
    transformHtml: html => html.replace('</head>', `<style>${colorRules()}</style></head>`),
    markdown: {config: fences, theme: {light: 'github-light', dark: 'github-dark'}},
    vite: {
        // What the theme has and these pages don't use weighs nothing then.
        define: {__VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false'},
        resolve: {alias: [
            {find: /^(@docsearch\/css.*|.*\/vp-(sponsor|code-group)\.css)$/, replacement: theme('nothing.css')},
            {find: /^.*\/VP(Home|DocAside(Sponsors|CarbonAds)|CarbonAds|Badge|AlgoliaSearchBox|Nav(Bar|Screen)(Translations|SocialLinks))\.vue$/,
                replacement: theme('nothing.mjs')},
        ]},
        publicDir: path.join(WORK, 'public'),
        build: {chunkSizeWarningLimit: 1000, assetsInlineLimit: 0},
        worker: {format: 'es'},
    },
    themeConfig: {
        search: {provider: 'local', options: {detailedView: false}},
        outline: [2, 3],
        nav: [{text: 'The book', link: '/' + chapters[0].file.replace(/\.md$/, '')},
            {text: 'About the book', link: '/about'}],
        sidebar: [
            {text: 'The book', items: chapters.map(page => {
                const own = item(page);
                return {...own, text: `${page.number}. ${page.title}`};
            })},
            ...(others.length ? [{text: 'Besides', items: others.map(item)}] : []),
            {text: 'Answers to the exercises', link: '/answers/'},
        ],
        front: front.file,
        docFooter: {prev: 'Before', next: 'Next'},
    },
});
