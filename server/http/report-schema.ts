// The schema of reports in XML at /api/report.xsd, for whoever receives them.
import { readFile } from 'node:fs/promises';
import type { App } from './app.ts';

export async function serveReportSchema(app: App): Promise<void> {
  const schema = await readFile(new URL('../../docs/report.xsd', import.meta.url), 'utf8');
  app.get('/api/report.xsd', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/xml; charset=utf-8').send(schema),
  );
}
