import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { ApiError, type Fault, invalid } from '../errors.ts';
import { cleanText } from '../store/db.ts';

/** How deep a body may nest: far above anything meant, far below what overflows a stack. */
const DEPTH = 64;

/** Checks requests with the same schemas that the types and the OpenAPI document come from; every fault is named with its path. */
export const checkCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  return (value: unknown) => {
    let asked: unknown;
    try {
      asked = clean(value);
    } catch (error) {
      return { error: error as Error };
    }
    // A POST that only names a resource may leave its body out.
    if (httpPart === 'body') asked ??= {};
    if (httpPart === 'querystring') asked = check.Convert(tidyQuery(asked as Record<string, unknown>, schema));
    if (check.Check(asked)) return { value: asked };
    return { error: invalid(...faultsOf(check.Errors(asked))) };
  };
};

/** NUL and lone surrogates, which the database cannot hold, become U+FFFD wherever they stand. */
function clean(value: unknown, depth = 0): unknown {
  if (depth > DEPTH) throw invalid({ field: 'body', message: `is nested more than ${DEPTH} levels deep` });
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), clean(item, depth + 1)]));
}

/** `tags[]=a&tags[]=b`, `tags[0]=a` and `tags=a` all mean a list where the schema has one; `channelTypes=a,b` too. Empty values were not meant. */
function tidyQuery(query: Record<string, unknown>, schema: TSchema): Record<string, unknown> {
  const properties = ('properties' in schema ? schema.properties : {}) as Record<string, { type?: string }>;
  const tidy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(query)) {
    const name = key.replace(/\[\d*\]$/, '');
    const values = (Array.isArray(value) ? value : [value]).filter((item) => item !== '');
    if (values.length === 0) continue;
    if (properties[name]?.type === 'array') {
      const list = values.flatMap((item) => (key === name ? String(item).split(',') : [item]));
      tidy[name] = [...((tidy[name] as unknown[]) ?? []), ...list];
    } else {
      tidy[name] = values.at(-1);
    }
  }
  return tidy;
}

/** The faults of a value, one for each place: paths such as `config.botToken` and `triggers[0].action`. */
export function faultsOf(errors: readonly TLocalizedValidationError[], prefix = ''): Fault[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf');
  const faults = new Map<string, string>();
  for (const error of errors) {
    // What each branch of a union had to say is summed up by the union's own error.
    const inUnion = unions.some(
      (union) => union !== error && error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`),
    );
    if (inUnion && error.keyword !== 'anyOf') continue;
    const at = pathOf(error.instancePath, prefix);
    if (error.keyword === 'required') {
      for (const name of error.params.requiredProperties) faults.set(at ? `${at}.${name}` : name, 'is required');
    } else if (!faults.has(at || 'body')) {
      faults.set(at || 'body', sentence(error, errors));
    }
  }
  return [...faults].map(([field, message]) => ({ field, message }));
}

function sentence(error: TLocalizedValidationError, all: readonly TLocalizedValidationError[]): string {
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.map(String).join(', ')}`;
  if (error.keyword !== 'anyOf') return error.message;
  const types = all.flatMap((other) =>
    other.keyword === 'type' &&
    other.schemaPath.startsWith(`${error.schemaPath}/anyOf/`) &&
    other.instancePath === error.instancePath
      ? [other.params.type].flat()
      : [],
  );
  return types.length > 0 ? `must be ${[...new Set(types)].join(' or ')}` : 'is of none of the forms allowed here';
}

function pathOf(pointer: string, prefix: string): string {
  let path = prefix;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path += /^\d+$/.test(name) ? `[${name}]` : path ? `.${name}` : name;
  }
  return path;
}

/** A moment a caller wrote, as ISO 8601 with or without a time. */
export function readTime(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime())) {
    throw invalid({ field, message: 'must be a date or time in ISO 8601' });
  }
  return at;
}

/** Throws the fault for a feature whose wire form is known but which would otherwise be ignored in silence. */
export function refuse(field: string, value: unknown, message: string): void {
  if (value !== undefined && value !== null && value !== false) {
    throw new ApiError('VALIDATION_ERROR', `${field}: ${message}`, [{ field, message }]);
  }
}
