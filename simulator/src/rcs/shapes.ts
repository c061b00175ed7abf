import { isObject } from '../http.ts';
import { invalid } from './error.ts';

type Json = Record<string, unknown>;

/** What a field holds: a plain value, or an object (or list of objects) of a named shape. */
type Field = 'string' | 'number' | 'boolean' | { enum: readonly string[] } | { of: string } | { list: string };
type Shape = Readonly<Record<string, Field>>;

const file: Shape = {
  fileUrl: 'string',
  thumbnailUrl: 'string',
  forceRefresh: 'boolean',
  contentDescription: 'string',
};

/** The messages of Google's API that this double reads, field for field; what is not here, Google does not know. */
const SHAPES: Readonly<Record<string, Shape>> = {
  AgentMessage: {
    name: 'string',
    sendTime: 'string',
    contentMessage: { of: 'AgentContentMessage' },
    expireTime: 'string',
    ttl: 'string',
    messageTrafficType: {
      enum: ['AUTHENTICATION', 'TRANSACTION', 'PROMOTION', 'SERVICEREQUEST', 'ACKNOWLEDGEMENT'],
    },
  },
  AgentContentMessage: {
    text: 'string',
    fileName: 'string',
    uploadedRbmFile: { of: 'UploadedRbmFile' },
    richCard: { of: 'RichCard' },
    contentInfo: { of: 'ContentInfo' },
    suggestions: { list: 'Suggestion' },
  },
  ContentInfo: file,
  UploadedRbmFile: { fileName: 'string', thumbnailUrl: 'string', thumbnailName: 'string' },
  RichCard: { standaloneCard: { of: 'StandaloneCard' }, carouselCard: { of: 'CarouselCard' } },
  StandaloneCard: {
    cardOrientation: { enum: ['VERTICAL', 'HORIZONTAL'] },
    thumbnailImageAlignment: { enum: ['LEFT', 'RIGHT'] },
    cardContent: { of: 'CardContent' },
  },
  CarouselCard: { cardWidth: { enum: ['SMALL', 'MEDIUM'] }, cardContents: { list: 'CardContent' } },
  CardContent: {
    title: 'string',
    description: 'string',
    media: { of: 'Media' },
    suggestions: { list: 'Suggestion' },
  },
  Media: {
    height: { enum: ['SHORT', 'MEDIUM', 'TALL'] },
    contentInfo: { of: 'ContentInfo' },
    uploadedRbmFile: { of: 'UploadedRbmFile' },
    contentDescription: 'string',
  },
  Suggestion: { reply: { of: 'SuggestedReply' }, action: { of: 'SuggestedAction' } },
  SuggestedReply: { text: 'string', postbackData: 'string' },
  SuggestedAction: {
    text: 'string',
    postbackData: 'string',
    fallbackUrl: 'string',
    dialAction: { of: 'DialAction' },
    viewLocationAction: { of: 'ViewLocationAction' },
    createCalendarEventAction: { of: 'CreateCalendarEventAction' },
    openUrlAction: { of: 'OpenUrlAction' },
    shareLocationAction: { of: 'Nothing' },
  },
  DialAction: { phoneNumber: 'string' },
  ViewLocationAction: { latLong: { of: 'LatLng' }, label: 'string', query: 'string' },
  LatLng: { latitude: 'number', longitude: 'number' },
  CreateCalendarEventAction: { startTime: 'string', endTime: 'string', title: 'string', description: 'string' },
  OpenUrlAction: {
    url: 'string',
    application: { enum: ['BROWSER', 'WEBVIEW'] },
    webviewViewMode: { enum: ['FULL', 'HALF', 'TALL'] },
    description: 'string',
  },
  Nothing: {},
  AgentEvent: { name: 'string', eventType: { enum: ['IS_TYPING', 'READ'] }, messageId: 'string', sendTime: 'string' },
  FileRequest: { fileUrl: 'string', thumbnailUrl: 'string', agentId: 'string', contentDescription: 'string' },
  BatchRequest: { users: { list: 'string' }, agentId: 'string' },
};

/** Refuses what Google's reader of JSON refuses: fields it does not know, and values of another kind. */
export function checkShape(value: unknown, shape: string, at: string): void {
  if (!isObject(value)) throw invalid(`Invalid value at '${at}' (type.googleapis.com/${shape}).`);
  for (const [name, member] of Object.entries(value)) {
    const field = SHAPES[shape]?.[name];
    if (!field) {
      throw invalid(`Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`);
    }
    checkField(member, field, `${at}.${snake(name)}`);
  }
}

function checkField(value: unknown, field: Field, at: string): void {
  if (typeof field === 'string') {
    if (typeof value !== field) throw invalid(`Invalid value at '${at}' (TYPE_${field.toUpperCase()}).`);
  } else if ('enum' in field) {
    if (!field.enum.includes(String(value))) throw invalid(`Invalid value at '${at}' (TYPE_ENUM), "${String(value)}"`);
  } else if ('of' in field) {
    checkShape(value, field.of, at);
  } else {
    if (!Array.isArray(value)) throw invalid(`Invalid value at '${at}' (a list).`);
    value.forEach((one, i) => {
      if (field.list === 'string') checkField(one, 'string', `${at}[${i}]`);
      else checkShape(one, field.list, `${at}[${i}]`);
    });
  }
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The only one of these members that is there. */
export function onlyOf(value: Json, names: readonly string[], at: string): string {
  const found = names.filter((name) => value[name] !== undefined);
  if (found.length !== 1) throw invalid(`${at} must hold exactly one of ${names.join(', ')}.`);
  return found[0]!;
}
