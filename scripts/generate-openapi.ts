// Writes docs/openapi.json: `node scripts/run.mjs scripts/generate-openapi.ts`. A test says when it is stale.
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../server/http/openapi-document.ts';

await writeFile(new URL('../docs/openapi.json', import.meta.url), await openApiDocument());
