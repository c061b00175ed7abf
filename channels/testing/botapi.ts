import { readFileSync } from 'node:fs';
import type { ProviderRequest } from '../adapter.ts';

/** One parameter or member, as the specification describes it; limits are those its description tells. */
interface Field {
  types: string[];
  required?: true;
  min?: number;
  max?: number;
  unit?: 'characters' | 'bytes';
  /** The limit holds for what is left when markup has been read. */
  afterParsing?: true;
  minItems?: number;
  maxItems?: number;
  minValue?: number;
  maxValue?: number;
  oneOf?: string[];
}
type Fields = Record<string, Field>;
interface Specification {
  methods: Record<string, Fields>;
  types: Record<string, Fields>;
}

/** Unions the specification names, told apart by their `type`. */
const UNIONS: Record<string, string[]> = {
  InputMedia: ['InputMediaPhoto', 'InputMediaVideo', 'InputMediaAnimation', 'InputMediaAudio', 'InputMediaDocument'],
  ReactionType: ['ReactionTypeEmoji'],
};
const TAGS = /^(?:b|strong|i|em|u|ins|s|strike|del|span|tg-spoiler|tg-emoji|a|code|pre|blockquote)$/;

/** Holds requests to a trimmed copy of the Bot API's specification: the answer is what Telegram would complain about. */
export function botApiSpec(file: URL): (request: ProviderRequest) => string[] {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as Specification;

  const checkFields = (value: Record<string, unknown>, fields: Fields, at: string): string[] => {
    const faults: string[] = [];
    const parsed = value.parse_mode === 'HTML';
    const attached = new Set(JSON.stringify(value).match(/(?<="attach:\/\/)\w+/g));
    for (const name of Object.keys(value))
      if (!fields[name] && !(attached.has(name) && isUpload(value[name])))
        faults.push(`${at}.${name} is not a parameter.`);
    for (const [name, field] of Object.entries(fields)) {
      const member = value[name];
      if (member === undefined) {
        if (field.required) faults.push(`${at}.${name} is missing.`);
        continue;
      }
      faults.push(...checkType(member, field, `${at}.${name}`));
      if (typeof member === 'string') faults.push(...checkText(member, field, parsed, `${at}.${name}`));
      if (typeof member === 'number' && field.maxValue !== undefined) {
        if (member < (field.minValue ?? 0) || member > field.maxValue) faults.push(`${at}.${name} is out of range.`);
      }
    }
    return faults;
  };

  const checkType = (value: unknown, field: Field, at: string): string[] => {
    const tries = field.types.map((type) => checkOne(value, type, field, at));
    // The first type that fits wins; else what the nearest of them had to say.
    return tries.find((faults) => faults.length === 0) ?? tries.sort((a, b) => a.length - b.length)[0] ?? [];
  };

  const checkOne = (value: unknown, type: string, field: Field, at: string): string[] => {
    if (type.startsWith('Array of ')) {
      if (!Array.isArray(value)) return [`${at} is not a list.`];
      if (field.maxItems !== undefined && (value.length < (field.minItems ?? 0) || value.length > field.maxItems)) {
        return [`${at} has ${value.length} items.`];
      }
      const inner = field.types.map((one) => one.replace(/^Array of /, ''));
      return value.flatMap((one, i) => checkType(one, { types: inner }, `${at}[${i}]`));
    }
    if (type === 'Integer') return Number.isSafeInteger(value) ? [] : [`${at} is not an integer.`];
    if (type === 'Float') return typeof value === 'number' ? [] : [`${at} is not a number.`];
    if (type === 'Boolean') return typeof value === 'boolean' ? [] : [`${at} is not a boolean.`];
    if (type === 'InputFile') return isUpload(value) ? [] : [`${at} is not an uploaded file.`];
    if (type === 'String') return typeof value === 'string' ? [] : [`${at} is not a string.`];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is not a ${type}.`];
    const record = value as Record<string, unknown>;
    const union = UNIONS[type];
    if (union) return checkType(value, { types: union }, at);
    const fields = spec.types[type];
    if (!fields) return [`${at}: ${type} is not in the copy of the specification.`];
    return [...checkFields(record, fields, at), ...checkMeaning(record, type, at)];
  };

  return (request) => {
    if (request.method !== 'POST') return [`${request.name} is called with ${request.method}.`];
    const method = request.path.slice(1);
    const fields = spec.methods[method];
    if (!fields) return [`${method} is not a method in the copy of the specification.`];
    const body = (request.body ?? {}) as Record<string, unknown>;
    const faults = checkFields(body, fields, method);
    if (method.startsWith('edit') && (body.chat_id === undefined) !== (body.message_id === undefined)) {
      faults.push(`${method} names no message.`);
    }
    return faults;
  };
}

/** A file of ours, in the place of its bytes. */
const isUpload = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { mediaId?: unknown }).mediaId === 'string';

/** What the descriptions say and types cannot. */
function checkMeaning(value: Record<string, unknown>, type: string, at: string): string[] {
  if (type === 'InlineKeyboardButton') {
    const kinds = Object.keys(value).filter((name) => !['text', 'style', 'icon_custom_emoji_id'].includes(name));
    if (kinds.length !== 1) return [`${at} must do exactly one thing and does ${kinds.length}.`];
    if (value.text === '') return [`${at} has no label.`];
    const url = value.url;
    if (typeof url === 'string' && !/^(?:https?:\/\/(?:[^/\s]*\.[^/\s]+|\[)|tg:\/\/)\S*$/.test(url)) {
      return [`${at}: ${url} is refused as a link.`];
    }
    const app = (value.web_app as { url?: unknown } | undefined)?.url;
    return app !== undefined && !String(app).startsWith('https://') ? [`${at}: a web app needs HTTPS.`] : [];
  }
  if (type === 'InlineKeyboardMarkup' || type === 'ReplyKeyboardMarkup') {
    const rows = (value.inline_keyboard ?? value.keyboard) as unknown[][] | undefined;
    if (!Array.isArray(rows) || !rows.every(Array.isArray)) return [];
    if (rows.length === 0 || rows.some((row) => row.length === 0 || row.length > 8)) return [`${at} has a bad row.`];
    return rows.flat().length > 100 ? [`${at} has more than 100 buttons.`] : [];
  }
  return [];
}

function checkText(text: string, field: Field, parsed: boolean, at: string): string[] {
  const faults: string[] = [];
  if (field.oneOf && !field.oneOf.includes(text)) faults.push(`${at} may not be ${text}.`);
  let measured = text;
  if (parsed && /\.(?:text|caption)$/.test(at)) {
    const fault = htmlFault(text);
    if (fault) faults.push(`${at}: can't parse entities: ${fault}`);
    measured = text.replace(/<[^>]*>/g, '').replace(/&(?:lt|gt|amp|quot|#\d+);/g, '.');
  }
  if (field.max !== undefined) {
    const length = field.unit === 'bytes' ? Buffer.byteLength(measured) : measured.length;
    if (length < (field.min ?? 0) || length > field.max) {
      faults.push(`${at} has ${length} ${field.unit}, allowed are ${field.min} to ${field.max}.`);
    }
  }
  return faults;
}

/** Telegram reads a few tags, properly nested, and wants every other < and & written out. */
function htmlFault(html: string): string | undefined {
  const open: string[] = [];
  for (const [token] of html.matchAll(/<[^>]*>?|&[^;\s]*;?/g)) {
    if (token.startsWith('&')) {
      if (!/^&(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);$/i.test(token)) return `unknown entity ${token}`;
      continue;
    }
    const tag = /^<(\/?)([a-z-]+)(?:\s[^>]*)?>$/i.exec(token);
    if (!tag || !TAGS.test(tag[2]!.toLowerCase())) return `unsupported tag ${token}`;
    const name = tag[2]!.toLowerCase();
    if (tag[1] === '') open.push(name);
    else if (open.pop() !== name) return `unexpected ${token}`;
  }
  return open.length > 0 ? `no end of ${open.at(-1)}` : undefined;
}
