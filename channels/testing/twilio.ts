import { readFileSync } from 'node:fs';
import type { ProviderRequest } from '../adapter.ts';

/** One parameter of a form, as the specification has it; limits are those its description tells. */
interface Field {
  type: string;
  required?: true;
  list?: true;
  format?: string;
  pattern?: string;
  oneOf?: string[];
  max?: number;
  maxItems?: number;
  minValue?: number;
  maxValue?: number;
}
interface Specification {
  operations: Record<string, { fields: Record<string, Field> }>;
}

/** Holds requests to a trimmed copy of Twilio's OpenAPI: the answer is what Twilio would complain about. */
export function twilioSpec(file: URL): (request: ProviderRequest) => string[] {
  const { operations } = JSON.parse(readFileSync(file, 'utf8')) as Specification;
  const known = Object.entries(operations).map(([name, { fields }]) => {
    const [method, path = ''] = name.split(' ');
    const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[A-Z]{2}[0-9a-f]{32}')}$`);
    return { method, pattern, fields };
  });

  return (request) => {
    const [path = '', query] = request.path.split('?');
    const operation = known.find(({ method, pattern }) => method === request.method && pattern.test(path));
    if (!operation) return [`${request.method} ${path} is not in the copy of the specification.`];
    if (request.method === 'POST' && request.encoding !== 'form') return ['Twilio reads forms.'];
    const body = (request.body ?? Object.fromEntries(new URLSearchParams(query))) as Record<string, unknown>;
    const faults = Object.keys(body)
      .filter((name) => !operation.fields[name])
      .map((name) => `${name} is not a parameter.`);
    for (const [name, field] of Object.entries(operation.fields)) {
      const value = body[name];
      if (value === undefined) {
        if (field.required) faults.push(`${name} is missing.`);
        continue;
      }
      const values = Array.isArray(value) ? value : [value];
      if (values.length > (field.list ? (field.maxItems ?? values.length) : 1))
        faults.push(`${name} has too many values.`);
      faults.push(...values.flatMap((one) => checkOne(one, field, name)));
    }
    return faults;
  };
}

function checkOne(value: unknown, field: Field, name: string): string[] {
  if (field.type === 'boolean') return typeof value === 'boolean' ? [] : [`${name} is not a boolean.`];
  if (field.type === 'integer' || field.type === 'number') {
    const fits = typeof value === 'number' && value >= (field.minValue ?? value) && value <= (field.maxValue ?? value);
    return fits ? [] : [`${name} is not a number in its range.`];
  }
  if (typeof value !== 'string') return [`${name} is not a text.`];
  const faults: string[] = [];
  if (value === '') faults.push(`${name} is empty.`);
  if (field.max !== undefined && value.length > field.max) faults.push(`${name} has ${value.length} characters.`);
  if (field.pattern && !new RegExp(field.pattern).test(value)) faults.push(`${name} is not of its form.`);
  if (field.oneOf && !field.oneOf.includes(value)) faults.push(`${name} may not be ${value}.`);
  if (field.format === 'uri' && !URL.canParse(value)) faults.push(`${name} is no URL.`);
  return faults;
}
