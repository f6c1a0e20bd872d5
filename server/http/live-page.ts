// The live page at /: some static files, held in memory.
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { App } from './app.ts';
import { pageContentSecurity } from './content-security.ts';

const types: Record<string, string | undefined> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Files of another kind in that folder are not served. */
export async function serveLivePage(app: App, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const content = await readFile(join(folder, name));
    const path = name === 'index.html' ? '/' : `/${name}`;
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply
        .headers({
          'content-type': type,
          'content-security-policy': pageContentSecurity,
          'cache-control': 'no-cache',
          'referrer-policy': 'no-referrer',
        })
        .send(content),
    );
  }
}
