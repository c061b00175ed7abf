import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Three strokes joining into one. */
const MARK =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#1b938c" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><title>Tributary</title><path d="M2 3c4.4 0 3.6 5 8 5M2 13c4.4 0 3.6-5 8-5M2 8h12"/></svg>';
/** The page has one document to show: no bar to choose another, and our colours rather than its makers'. */
const PAGE = `
.swagger-ui .topbar { display: none }
.swagger-ui .scheme-container { box-shadow: none; padding: 0 0 12px; background: none }
.swagger-ui .info { margin: 32px 0 8px }
.swagger-ui .info .title small.version-stamp { background: #0b7a75 }
.swagger-ui .btn.authorize { color: #0b7a75; border-color: #0b7a75 }
.swagger-ui .btn.authorize svg { fill: #0b7a75 }
.swagger-ui .opblock { border-radius: 8px; box-shadow: none }
`;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Serves the OpenAPI 3.1 document at /openapi.json and a page to read it at /docs, both made from the routes' own schemas. Call it on the root
 * before the API is registered, because it listens for routes being added.
 */
export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tributary',
        version,
        description:
          'Every channel, one conversation. Send an API key as `X-API-Key`, or as a Bearer token. Every write takes an `Idempotency-Key`: the same request with the same key is answered once more with the first answer, for 24 hours.',
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }],
    },
    // Only what is documented on purpose: pages, webhooks and assets have no schema.
    hideUntagged: true,
    transform: ({ schema, url }) => ({ schema: withoutIds(schema) as typeof schema, url }),
    transformObject: (document) => hoist('openapiObject' in document ? document.openapiObject : {}) as never,
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list', deepLinking: true },
    theme: {
      title: 'Tributary API',
      favicon: [{ filename: 'favicon.svg', rel: 'icon', type: 'image/svg+xml', sizes: '16x16', content: MARK }],
      css: [{ filename: 'tributary.css', content: PAGE }],
    },
  });
}

/** `$id` would make the generator look schemas up by reference; the names stay, as titles. */
function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (!isObject(value)) return value;
  const { $id, ...rest } = value;
  const clean = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withoutIds(item)]));
  return typeof $id === 'string' && clean.title === undefined ? { ...clean, title: $id } : clean;
}

/** Moves every schema with a title to `components`, once, and refers to it everywhere else. */
function hoist(document: Json): Json {
  const schemas: Json = {};
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    const walked = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
    const { title } = walked;
    if (typeof title !== 'string' || !/^[A-Z]\w+$/.test(title) || !('type' in walked || 'anyOf' in walked))
      return walked;
    schemas[title] ??= walked;
    return { $ref: `#/components/schemas/${title}` };
  };
  const paths = walk(document.paths);
  return { ...document, paths, components: { ...(isObject(document.components) ? document.components : {}), schemas } };
}
