import raw from '../../specs/line-messaging-api.json';
import { isObject } from '../http.ts';
import type { Fault } from './error.ts';

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  required?: string[];
  allOf?: Schema[];
  items?: Schema;
  enum?: unknown[];
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  discriminator?: { propertyName: string; mapping: Record<string, string> };
}
const schemas = raw.schemas as unknown as Record<string, Schema>;

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The length of a text as people see it: LINE counts so in all but the texts of messages. */
export const countGraphemes = (text: string): number => [...characters.segment(text)].length;

/** What a request's body lacks or has too much of, by the specification; `ignored` gathers the names it does not know. */
export function faultsOf(name: string, body: unknown, ignored: string[]): Fault[] {
  const faults: Fault[] = [];
  read(schemas[name]!, body, '', { faults, ignored });
  return faults;
}

interface Found {
  faults: Fault[];
  ignored: string[];
}

const named = (ref: string): Schema => schemas[ref.slice(ref.lastIndexOf('/') + 1)]!;

function read(schema: Schema, value: unknown, at: string, found: Found): void {
  const fault = (message: string): number => found.faults.push({ message, property: at });
  if (schema.$ref) {
    read(named(schema.$ref), value, at, found);
    return;
  }
  if (schema.discriminator && isObject(value)) {
    const { propertyName, mapping } = schema.discriminator;
    const kind = String(value[propertyName]);
    const target = Object.hasOwn(mapping, kind) ? mapping[kind] : undefined;
    const message = `must be one of the following: ${Object.keys(mapping).join(', ')}`;
    if (target) readObject(named(target), value, at, found);
    else found.faults.push({ message, property: `${at}.${propertyName}` });
    return;
  }
  if (schema.enum && !schema.enum.includes(value)) {
    fault(`must be one of the following: ${schema.enum.join(', ')}`);
    return;
  }
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') fault('must be a string');
      else if (schema.maxLength !== undefined && countGraphemes(value) > schema.maxLength)
        fault(`Length must be between 0 and ${schema.maxLength}`);
      break;
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || (schema.type === 'integer' && !Number.isInteger(value)))
        fault('must be a number');
      else if (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity))
        fault(`must be between ${schema.minimum} and ${schema.maximum}`);
      break;
    case 'boolean':
      if (typeof value !== 'boolean') fault('must be a boolean');
      break;
    case 'array':
      readList(schema, value, at, found);
      break;
    default:
      readObject(schema, value, at, found);
  }
}

function readList(schema: Schema, value: unknown, at: string, found: Found): void {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  if (!Array.isArray(value)) {
    found.faults.push({ message: 'must be an array', property: at });
    return;
  }
  if (value.length < minItems || value.length > maxItems)
    found.faults.push({ message: `Size must be between ${minItems} and ${maxItems}`, property: at });
  if (items) for (const [i, one] of value.entries()) read(items, one, `${at}[${i}]`, found);
}

function readObject(schema: Schema, value: unknown, at: string, found: Found): void {
  if (!isObject(value)) {
    found.faults.push({ message: 'must be an object', property: at });
    return;
  }
  const { properties, required, free } = shapeOf(schema);
  const below = (name: string): string => (at ? `${at}.${name}` : name);
  for (const name of required) {
    if (value[name] === undefined || value[name] === '')
      found.faults.push({ message: 'May not be empty', property: below(name) });
  }
  for (const [name, member] of Object.entries(value)) {
    const known = properties[name] ?? free;
    if (!known) found.ignored.push(below(name));
    else if (member !== undefined && member !== '') read(known, member, below(name), found);
  }
}

interface Shape {
  properties: Record<string, Schema>;
  required: Set<string>;
  free: Schema | undefined;
}
const shapes = new WeakMap<Schema, Shape>();

/** An object's own members and those of everything it is made of. */
function shapeOf(schema: Schema): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const shape: Shape = {
    properties: { ...schema.properties },
    required: new Set(schema.required),
    free: schema.additionalProperties,
  };
  for (const part of schema.allOf ?? []) {
    const inner = shapeOf(part.$ref ? named(part.$ref) : part);
    Object.assign(shape.properties, inner.properties);
    for (const name of inner.required) shape.required.add(name);
  }
  shapes.set(schema, shape);
  return shape;
}
