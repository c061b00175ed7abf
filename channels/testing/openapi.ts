/** A schema of an OpenAPI document, as far as requests are held to it. */
export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  allOf?: Schema[];
  items?: Schema;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  discriminator?: { propertyName: string; mapping: Record<string, string> };
}
export type Schemas = Readonly<Record<string, Schema>>;

/** An object’s members, those of everything it is made of together. */
interface Shape {
  properties: Record<string, Schema>;
  required: Set<string>;
  open: boolean;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Holds a JSON value to a schema by its name: the answer is what is wrong, and where. What the schema does not name is wrong, too. */
export function schemaFaults(value: unknown, name: string, schemas: Schemas): string[] {
  return check(value, { $ref: `#/${name}` }, '');

  function check(given: unknown, asked: Schema, at: string): string[] {
    const schema = resolve(asked, given);
    if (schema === undefined) return [`${at} is of a kind that is not known.`];
    if (schema.enum && !schema.enum.includes(given)) return [`${at} may not be ${JSON.stringify(given)}.`];
    if (schema.allOf || schema.properties || schema.type === 'object') return checkObject(given, schema, at);
    switch (schema.type) {
      case 'string':
        return typeof given === 'string' ? checkText(given, schema, at) : [`${at} is no text.`];
      case 'integer':
      case 'number':
        return checkNumber(given, schema, at);
      case 'boolean':
        return typeof given === 'boolean' ? [] : [`${at} is neither true nor false.`];
      case 'array':
        return Array.isArray(given) ? checkList(given, schema, at) : [`${at} is no list.`];
      default:
        return [];
    }
  }

  /** The schema meant: a reference followed, a kind told by its discriminator. */
  function resolve(asked: Schema, given: unknown): Schema | undefined {
    let schema: Schema | undefined = asked;
    while (schema?.$ref) schema = schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)];
    if (!schema?.discriminator) return schema;
    const { propertyName, mapping } = schema.discriminator;
    const kind = (given as Record<string, unknown> | null)?.[propertyName];
    const target = typeof kind === 'string' && Object.hasOwn(mapping, kind) ? mapping[kind] : undefined;
    return target === undefined ? undefined : schemas[target.slice(target.lastIndexOf('/') + 1)];
  }

  function checkObject(given: unknown, schema: Schema, at: string): string[] {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return [`${at} is no object.`];
    const { properties, required, open } = shapeOf(schema);
    const members = given as Record<string, unknown>;
    const missing = [...required].filter((one) => members[one] === undefined).map((one) => `${at}.${one} is missing.`);
    return Object.entries(members).reduce((faults, [key, member]) => {
      const known = properties[key];
      if (known) faults.push(...check(member, known, `${at}.${key}`));
      else if (!open) faults.push(`${at}.${key} is not known.`);
      return faults;
    }, missing);
  }

  function shapeOf(schema: Schema): Shape {
    const shape: Shape = {
      properties: { ...schema.properties },
      required: new Set(schema.required),
      open: schema.additionalProperties !== undefined && schema.additionalProperties !== false,
    };
    for (let part of schema.allOf ?? []) {
      while (part.$ref) part = schemas[part.$ref.slice(part.$ref.lastIndexOf('/') + 1)] ?? {};
      const inner = shapeOf(part);
      Object.assign(shape.properties, inner.properties);
      for (const one of inner.required) shape.required.add(one);
    }
    return shape;
  }

  function checkList(given: unknown[], { items, minItems = 0, maxItems = Infinity }: Schema, at: string): string[] {
    const faults = items ? given.flatMap((one, i) => check(one, items, `${at}[${i}]`)) : [];
    if (given.length < minItems || given.length > maxItems) faults.push(`${at} has ${given.length} items.`);
    return faults;
  }
}

function checkText(given: string, { format, pattern, minLength = 0, maxLength }: Schema, at: string): string[] {
  const faults: string[] = [];
  const length = maxLength === undefined ? given.length : [...graphemes.segment(given)].length;
  if (length < minLength || length > (maxLength ?? Infinity)) faults.push(`${at} has ${length} characters.`);
  if (pattern && !new RegExp(pattern).test(given)) faults.push(`${at} is not written like that.`);
  if (format === 'uri' && !URL.canParse(given)) faults.push(`${at} is no link.`);
  return faults;
}

function checkNumber(given: unknown, { type, minimum = -Infinity, maximum = Infinity }: Schema, at: string): string[] {
  if (typeof given !== 'number' || (type === 'integer' && !Number.isInteger(given))) return [`${at} is no ${type}.`];
  return given < minimum || given > maximum ? [`${at} is out of range.`] : [];
}
