// A server of static files, as plain as any: node serve.mjs FOLDER [PORT]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const TYPES = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css',
    '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.json': 'application/json'};

/** Serves a folder; base is a path in front of it, as on a host with others. */
export function serve(folder, port = 0, base = '/') {
    const server = http.createServer((request, response) => {
        const {pathname} = new URL(request.url, 'http://localhost');
        let file = path.join(folder, decodeURIComponent(pathname).slice(base.length - 1));
        if (pathname.endsWith('/')) file += 'index.html';
        if (!pathname.startsWith(base) || !file.startsWith(path.resolve(folder)) ||
            !fs.statSync(file, {throwIfNoEntry: false})?.isFile()) {
            response.writeHead(404).end('not found');
            return;
        }
        response.writeHead(200, {'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream'});
        fs.createReadStream(file).pipe(response);
    });
    return new Promise((resolve, reject) => {
        server.on('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(server));
    });
}

if (path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const [folder, port] = process.argv.slice(2);
    const server = await serve(path.resolve(folder), Number(port ?? 8000));
    console.log(`http://127.0.0.1:${server.address().port}/ until Ctrl-C`);
}
