// What our own pages may load: their own files and nothing from elsewhere, and no inline script.

const own = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** Swagger UI sets styles on its elements. */
const docs = { ...own, 'style-src': ["'self'", "'unsafe-inline'"] };

const headerOf = (policy: Record<string, string[]>) =>
  Object.entries(policy)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');

export const pageContentSecurity = headerOf(own);
export const docsContentSecurity = headerOf(docs);
