import raw from '../../specs/telegram-bot-api-10.1.json';
import { isObject } from '../http.ts';
import { badRequest } from './error.ts';

interface Field {
  name: string;
  types: string[];
  required: boolean;
  description: string;
}
interface Spec {
  methods: Record<string, { fields: Field[] }>;
  types: Record<string, { fields?: Field[]; subtypes?: string[] }>;
  others: string[];
}
const spec = raw as Spec;

/** Reads a value as its type: answers what it means, or throws Telegram's refusal. `path` names it in the refusal. */
type Reader = (value: unknown, path: string) => unknown;

/** Checks and reads a method's parameters in place; answers the names that the specification does not know. */
export type MethodReader = (params: Record<string, unknown>) => string[];

const wrong = (path: string, type: string) => badRequest(`field "${path}" must be of type ${type}`);

const numeral = /^-?\d+$/;
const yes = new Set(['true', 'True', 'yes', 't', '1']);
const no = new Set(['false', 'False', 'no', 'f', '0', '']);

const scalars: Record<string, Reader> = {
  Integer: (value, path) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (typeof value === 'string' && numeral.test(value)) return Number(value);
    throw wrong(path, 'Integer');
  },
  Float: (value, path) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
    throw wrong(path, 'Float');
  },
  Boolean: (value, path) => {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'string' && yes.has(value)) return true;
    if (typeof value === 'string' && no.has(value)) return false;
    throw wrong(path, 'Boolean');
  },
  String: (value, path) => {
    if (typeof value === 'string') return value;
    throw wrong(path, 'String');
  },
  // An upload travels beside the fields; what stands here is its name, a file_id or a URL.
  InputFile: (value, path) => {
    if (typeof value === 'string') return value;
    throw wrong(path, 'InputFile');
  },
};

const objects = new Map<string, Reader>();

/** Refusals that Telegram words by the server's own constants. */
const lengthRefusals: Record<string, string> = {
  'InlineKeyboardButton.callback_data': 'BUTTON_DATA_INVALID',
  'CopyTextButton.text': 'BUTTON_COPY_TEXT_INVALID',
  'answerCallbackQuery.text': 'MESSAGE_TOO_LONG',
  'sendContact.vcard': 'vCard is too long',
};

function readerOf(types: string[]): Reader {
  if (types.length === 1) return readerOfOne(types[0]!);
  if (types.every((type) => type.startsWith('Array of '))) {
    return listOf(readerOf(types.map((type) => type.slice('Array of '.length))));
  }
  const plain = types.filter((type) => scalars[type]);
  const complex = types.filter((type) => !scalars[type]);
  if (complex.length === 0) {
    return (value, path) => {
      for (const type of plain) {
        try {
          return scalars[type]!(value, path);
        } catch {
          // The next type may fit.
        }
      }
      throw wrong(path, plain.join(' or '));
    };
  }
  const either = oneOf(complex);
  return (value, path) =>
    plain.includes('String') && typeof value === 'string' && !/^\s*[{[]/.test(value) ? value : either(value, path);
}

function readerOfOne(type: string): Reader {
  const scalar = scalars[type];
  if (scalar) return scalar;
  if (type.startsWith('Array of ')) return listOf(readerOfOne(type.slice('Array of '.length)));
  const known = objects.get(type);
  if (known) return known;
  const definition = spec.types[type];
  if (definition?.subtypes) {
    // Set before it is built, because types may contain themselves.
    objects.set(type, (value, path) => built(value, path));
    const built = oneOf(definition.subtypes);
    return built;
  }
  let read: Reader = asObject;
  objects.set(type, (value, path) => read(value, path));
  if (definition?.fields) {
    const fields = readFields(type, definition.fields);
    read = (value, path) => {
      // "For simple text buttons, String can be used instead of this object."
      if (type === 'KeyboardButton' && typeof value === 'string') return value;
      const object = asObject(value, path);
      fields(object, path);
      return object;
    };
  }
  return objects.get(type)!;
}

/** Forms carry objects as JSON text, JSON bodies may carry either. */
function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'string') value = parse(value, path);
  if (isObject(value)) return value;
  throw badRequest(
    path.includes('reply_markup') ? 'object expected as reply markup' : `field "${path}" must be of type Object`,
  );
}

function listOf(read: Reader): Reader {
  return (value, path) => {
    if (typeof value === 'string') value = parse(value, path);
    if (!Array.isArray(value)) throw wrong(path, 'Array');
    for (let at = 0; at < value.length; at++) value[at] = read(value[at], `${path}[${at}]`);
    return value;
  };
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(
      path === 'reply_markup' ? "can't parse reply keyboard markup JSON object" : `can't parse ${path} JSON object`,
    );
  }
}

/** The kind of object is told by a constant `type`, else by the fields it must have. */
function oneOf(types: string[]): Reader {
  const candidates = types
    .filter((type) => type !== 'String')
    .map((type) => ({
      read: readerOfOne(type),
      needs: (spec.types[type]?.fields ?? []).filter((field) => field.required).map((field) => field.name),
      constant: constantOf(type),
    }));
  return (value, path) => {
    const object = asObject(value, path);
    const fitting = candidates.filter(({ constant, needs }) =>
      constant ? object[constant.field] === constant.value : needs.every((name) => name in object),
    );
    if (fitting.length > 0) return fitting[0]!.read(object, path);
    throw badRequest(
      path === 'reply_markup'
        ? "can't parse reply keyboard markup JSON object"
        : `${path}: type must be one of ${types.join(', ')}`,
    );
  };
}

function constantOf(type: string): { field: string; value: string } | undefined {
  for (const field of spec.types[type]?.fields ?? []) {
    if (field.name !== 'type' && field.name !== 'source') continue;
    const value = /(?:must be|always) ["“]?(\w+)["”]?/.exec(field.description)?.[1];
    if (value) return { field: field.name, value };
  }
  return undefined;
}

/** Lengths and ranges that only the descriptions tell. Those "after entities parsing" are counted where the text is parsed. */
function limitOf(owner: string, field: Field): Reader | undefined {
  const length = /(\d+)-(\d+) (characters|bytes)(?! after)/.exec(field.description);
  const refusal = lengthRefusals[`${owner}.${field.name}`];
  if (length && field.types.includes('String') && !/after entit/.test(field.description)) {
    const [low, high, unit] = [Number(length[1]), Number(length[2]), length[3]];
    return (value, path) => {
      const text = value as string;
      const size = unit === 'bytes' ? Buffer.byteLength(text) : countCharacters(text);
      if (size < low || size > high) {
        throw badRequest(refusal ?? `field "${path}" must have ${low}-${high} ${unit}, has ${size}`);
      }
      return value;
    };
  }
  const range = /(?:[,;] |between |Values between )(\d+)[-–](\d+)(?: are accepted|\.|$)/.exec(field.description);
  if (range && (field.types.includes('Integer') || field.types.includes('Float'))) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    return (value, path) => {
      if ((value as number) < low || (value as number) > high) {
        throw badRequest(`field "${path}" must be from ${low} to ${high}`);
      }
      return value;
    };
  }
  const words = /(?:[Mm]ust be one of|can be one of) ((?:["“][^"”]+["”](?: \([^)]*\))?(?:,| or|\.)? ?)+)/.exec(
    field.description,
  );
  if (words && field.types.length === 1 && field.types[0] === 'String') {
    const allowed = new Set([...words[1]!.matchAll(/["“]([^"”]+)["”]/g)].map((match) => bare(match[1]!)));
    return (value, path) => {
      if (!allowed.has(bare(value as string))) {
        throw badRequest(
          owner.startsWith('ReactionType')
            ? 'REACTION_INVALID'
            : `field "${path}" must be one of ${[...allowed].join(', ')}`,
        );
      }
      return value;
    };
  }
  return undefined;
}

// Emoji come with and without the variation selector, and mean the same.
const bare = (text: string) => text.replaceAll('\ufe0f', '');

/** Characters as Telegram's own limits count them: code points. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) count--;
  }
  return count;
}

/** Telegram's own words for what is missing; the rest is said in one form. */
const missing: Record<string, string> = {
  chat_id: 'chat_id is empty',
  'sendMessage.text': 'message text is empty',
  message_id: 'message identifier is not specified',
  phone_number: 'phone number is empty',
  file_id: 'file_id not specified',
  callback_query_id: 'query is too old and response timeout expired or query ID is invalid',
  'setWebhook.url': 'url is empty',
};

function readFields(owner: string, fields: Field[]): (object: Record<string, unknown>, path: string) => void {
  const steps = fields.map((field) => ({
    name: field.name,
    required: field.required,
    read: readerOf(field.types),
    limit: limitOf(owner, field),
  }));
  return (object, path) => {
    for (const step of steps) {
      const value = object[step.name];
      const at = path ? `${path}.${step.name}` : step.name;
      if (value === undefined || value === null) {
        if (!step.required) continue;
        throw badRequest(path ? `can't parse ${path}: Can't find field "${step.name}"` : lacking(owner, step.name));
      }
      const meant = step.read(value, at);
      step.limit?.(meant, at);
      if (meant !== value) object[step.name] = meant;
    }
  };
}

function lacking(owner: string, name: string): string {
  return (
    missing[`${owner}.${name}`] ??
    missing[name] ??
    (/^send[A-Z]/.test(owner) && owner.slice(4).toLowerCase() === name.replaceAll('_', '')
      ? `there is no ${name.replaceAll('_', ' ')} in the request`
      : `parameter "${name}" is required`)
  );
}

const readers = new Map<string, MethodReader>();

/** The check of a method that the Lab plays, made once. */
export function methodReader(method: string): MethodReader | undefined {
  const known = readers.get(method);
  if (known) return known;
  const definition = spec.methods[method];
  if (!definition) return undefined;
  const names = new Set(definition.fields.map((field) => field.name));
  const read = readFields(method, definition.fields);
  const reader: MethodReader = (params) => {
    read(params, '');
    const ignored: string[] = [];
    for (const name in params) if (!names.has(name)) ignored.push(name);
    return ignored;
  };
  readers.set(method, reader);
  return reader;
}

const names = new Map([...Object.keys(spec.methods), ...spec.others].map((name) => [name.toLowerCase(), name]));

/** A method's proper name; Telegram does not mind its case. Undefined: there is no such method. */
export const methodName = (word: string): string | undefined => names.get(word.toLowerCase());
