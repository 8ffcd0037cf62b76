// The pages of answers, for the list of them.
import fs from 'node:fs';
import path from 'node:path';

export default {
    load: () => JSON.parse(fs.readFileSync(path.join(process.env.LEAF_WORK, 'pages.json'), 'utf8')).pages
        .filter(page => page.answers)
        .map(({title, file}) => ({title, link: `/${file.replace(/\.md$/, '.html')}`})),
};
