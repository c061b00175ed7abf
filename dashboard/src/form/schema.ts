/** The JSON Schema of a channel's config, as far as forms read it: what TypeBox writes. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  examples?: unknown[];
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

/** How a field is shown. */
export type Kind = 'text' | 'secret' | 'long' | 'number' | 'switch' | 'choice' | 'lines' | 'group' | 'json';

export interface Field {
  name: string;
  schema: Schema;
  kind: Kind;
  required: boolean;
  title: string;
  /** Of a choice. */
  options: string[];
}

/** The fields of an object's schema; those that must be given first, each in the order its author wrote. */
export function fieldsOf(schema: Schema, secrets: readonly string[]): Field[] {
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]): Field => {
    const options = optionsOf(one);
    return {
      name,
      schema: one,
      kind: kindOf(name, one, secrets, options),
      required: schema.required?.includes(name) ?? false,
      title: one.title ?? name,
      options,
    };
  });
  // A choice of one is no choice.
  const shown = fields.filter((field) => field.kind !== 'choice' || field.options.length > 1);
  return [...shown.filter((field) => field.required), ...shown.filter((field) => !field.required)];
}

function optionsOf(schema: Schema): string[] {
  const values =
    schema.enum ?? schema.anyOf?.map((one) => one.const) ?? (schema.const === undefined ? [] : [schema.const]);
  return values.every((value) => typeof value === 'string') ? (values as string[]) : [];
}

function kindOf(name: string, schema: Schema, secrets: readonly string[], options: readonly string[]): Kind {
  if (options.length > 0) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'array') return schema.items?.type === 'string' ? 'lines' : 'json';
  if (schema.type === 'object') return schema.properties ? 'group' : 'json';
  if (schema.type !== 'string') return 'json';
  // A key file is pasted whole; nobody can hide dots of that length from themselves.
  if (/json|privateKey/i.test(name)) return 'long';
  return secrets.includes(name) ? 'secret' : 'text';
}

/** What is sent: the fields that say something, each in its own type. Empty fields are left out, or `null` where `before` had them. */
export function readTyped(fields: readonly Field[], typed: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { name, kind, schema } of fields) {
    const one = read(kind, typed[name], schema);
    if (one !== undefined) value[name] = one;
  }
  return value;
}

function read(kind: Kind, typed: unknown, schema: Schema): unknown {
  if (typed === undefined || typed === '') return undefined;
  if (kind === 'group') {
    const inner = readTyped(fieldsOf(schema, []), typed as Record<string, unknown>);
    return Object.keys(inner).length > 0 ? inner : undefined;
  }
  if (typeof typed !== 'string') return typed;
  if (kind === 'number') return Number.isFinite(Number(typed)) ? Number(typed) : typed;
  if (kind === 'json') return parsed(typed);
  if (kind !== 'lines') return kind === 'long' ? typed : typed.trim();
  const lines = typed
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.length > 0 ? lines : undefined;
}

/** What a form begins with, from a stored value: the way back of `readTyped`. */
export function toTyped(fields: readonly Field[], value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind, schema }) => {
      const one = value[name];
      if (one === undefined || one === null) return [];
      if (kind === 'group') return [[name, toTyped(fieldsOf(schema, []), one as Record<string, unknown>)]];
      if (kind === 'lines' && Array.isArray(one)) return [[name, one.join('\n')]];
      if (kind === 'json') return [[name, JSON.stringify(one, null, 2)]];
      return [[name, kind === 'number' ? String(one) : one]];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
