// A chapter that is too long for one page goes on in a second one:
//
//     node cut.mjs WORK
//
// WORK/pages has the book's pages, WORK/manifest.json what kernels.mjs found.
// The pages are cut, and WORK/pages.json is the manifest of what there is then.
import fs from 'node:fs';
import path from 'node:path';

const CUTS = [{page: /better-heap/, at: '## Stage 3: checks'}];

const [WORK] = process.argv.slice(2);
const manifest = JSON.parse(fs.readFileSync(path.join(WORK, 'manifest.json'), 'utf8'));

function cut(page) {
    const found = !page.answers && CUTS.find(({page: pattern}) => pattern.test(page.file));
    if (!found) return [page];
    const file = path.join(WORK, 'pages', page.file), next = page.file.replace(/\.md$/, '-2.md');
    const text = fs.readFileSync(file, 'utf8'), at = text.indexOf(`\n${found.at}\n`) + 1;
    if (!at) throw new Error(`${page.file} has no "${found.at}", where its second page begins`);
    const before = text.slice(0, at), after = text.slice(at);
    const title = text.match(/^# (.*)\n/)[1], sessions = before.match(/^```console/gm).length;
    fs.writeFileSync(file, `${before}[${found.at.replace(/^#+ /, '')}](${next}) is on the chapter's second page.\n`);
    fs.writeFileSync(path.join(WORK, 'pages', next),
        `# ${title}, continued\n\n[The chapter's first page](${page.file}) comes before this.\n\n${after}`);
    return [{...page, sessions: page.sessions.slice(0, sessions)},
        {...page, file: next, title: `${page.title}, continued`, tree: null, picture: undefined,
            sessions: page.sessions.slice(sessions)}];
}

manifest.pages = manifest.pages.flatMap(cut);
fs.writeFileSync(path.join(WORK, 'pages.json'), JSON.stringify(manifest, null, 1));
