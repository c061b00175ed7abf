import { isObject } from '../http.ts';
import { invalid } from './error.ts';
import { checkShape, onlyOf } from './shapes.ts';

type Json = Record<string, unknown>;

const PAYLOAD_MAX = 250 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const CONTENTS = ['text', 'fileName', 'uploadedRbmFile', 'richCard', 'contentInfo'];
const ACTIONS = [
  'dialAction',
  'viewLocationAction',
  'createCalendarEventAction',
  'openUrlAction',
  'shareLocationAction',
];

/** The id that the agent chooses for a message or an event: a UUID. */
export function readChosenId(query: URLSearchParams, name: string): string {
  const id = query.get(name) ?? '';
  if (!UUID.test(id)) throw invalid(`${name} must be a UUID as defined in RFC 4122.`);
  return id;
}

/** Refuses a message that breaks a limit of Google's guides; answers how long it may wait, in milliseconds. */
export function checkMessage(body: Json): number | undefined {
  checkShape(body, 'AgentMessage', 'agent_message');
  if (JSON.stringify(body).length > PAYLOAD_MAX) throw invalid('The message is larger than 250 KB.');
  const content = body.contentMessage;
  if (!isObject(content)) throw invalid('content_message is required.');
  onlyOf(content, CONTENTS, 'content_message');
  if (content.text !== undefined) checkLength(content.text, 1, 3072, 'text');
  checkSuggestions(content.suggestions, 11, 'content_message.suggestions');
  if (isObject(content.contentInfo)) checkLink(content.contentInfo);
  if (isObject(content.uploadedRbmFile)) checkLength(content.uploadedRbmFile.fileName, 1, 1000, 'file_name');
  if (isObject(content.richCard)) checkRichCard(content.richCard);
  return readLife(body);
}

function readLife({ ttl, expireTime }: Json): number | undefined {
  if (ttl !== undefined && expireTime !== undefined) throw invalid('Only one of ttl and expire_time may be set.');
  if (ttl !== undefined) {
    const seconds = /^(\d+(?:\.\d{1,9})?)s$/.exec(String(ttl))?.[1];
    if (seconds === undefined || Number(seconds) <= 0) throw invalid(`Invalid value at 'agent_message.ttl'.`);
    return Number(seconds) * 1000;
  }
  if (expireTime === undefined) return undefined;
  const left = Date.parse(String(expireTime)) - Date.now();
  if (!(left > 0)) throw invalid('expire_time must be in the future.');
  return left;
}

function checkRichCard(rich: Json): void {
  const kind = onlyOf(rich, ['standaloneCard', 'carouselCard'], 'rich_card');
  if (kind === 'standaloneCard') {
    const card = rich.standaloneCard as Json;
    if (card.cardOrientation === undefined) throw invalid('card_orientation is required.');
    if (card.cardOrientation === 'HORIZONTAL' && card.thumbnailImageAlignment === undefined) {
      throw invalid('thumbnail_image_alignment is required for a horizontal card.');
    }
    checkCard(card.cardContent, true);
    return;
  }
  const { cardWidth, cardContents } = rich.carouselCard as Json;
  if (cardWidth === undefined) throw invalid('card_width is required.');
  if (!Array.isArray(cardContents) || cardContents.length < 2 || cardContents.length > 10) {
    throw invalid('A carousel has 2 to 10 cards.');
  }
  for (const card of cardContents) checkCard(card, false);
}

function checkCard(card: unknown, mayBeTall: boolean): void {
  if (!isObject(card)) throw invalid('card_content is required.');
  const { title, description, media, suggestions } = card;
  if (title === undefined && description === undefined && media === undefined) {
    throw invalid('A card needs a title, a description or media.');
  }
  if (title !== undefined) checkLength(title, 1, 200, 'title');
  if (description !== undefined) checkLength(description, 1, 2000, 'description');
  if (isObject(media)) {
    onlyOf(media, ['contentInfo', 'uploadedRbmFile'], 'media');
    if (media.height === undefined) throw invalid('media.height is required.');
    if (media.height === 'TALL' && !mayBeTall) throw invalid('TALL media cannot be used in a carousel.');
    if (isObject(media.contentInfo)) checkLink(media.contentInfo);
  }
  checkSuggestions(suggestions, 4, 'card_content.suggestions');
}

function checkSuggestions(suggestions: unknown, max: number, at: string): void {
  if (suggestions === undefined) return;
  const all = suggestions as Json[];
  if (all.length > max) throw invalid(`${at} has ${all.length} entries, at most ${max} are allowed.`);
  for (const suggestion of all) {
    const kind = onlyOf(suggestion, ['reply', 'action'], 'suggestion');
    const pressed = suggestion[kind] as Json;
    checkLength(pressed.text, 1, 25, 'suggestion text');
    checkLength(pressed.postbackData, 1, 2048, 'postback_data');
    if (kind === 'action') checkAction(pressed);
  }
}

function checkAction(action: Json): void {
  const kind = onlyOf(action, ACTIONS, 'action');
  const what = action[kind] as Json;
  switch (kind) {
    case 'openUrlAction':
      checkLength(what.url, 1, 2048, 'url');
      if (!/^[a-z][a-z0-9+.-]*:/i.test(String(what.url))) throw invalid('open_url_action.url is no URL.');
      if (what.application === 'WEBVIEW' && what.webviewViewMode === undefined) {
        throw invalid('webview_view_mode is required.');
      }
      break;
    case 'dialAction':
      if (!/^\+\d{3,15}$/.test(String(what.phoneNumber))) throw invalid('phone_number must be in E.164 format.');
      break;
    case 'viewLocationAction':
      onlyOf(what, ['latLong', 'query'], 'view_location_action');
      break;
    case 'createCalendarEventAction':
      for (const name of ['startTime', 'endTime']) {
        if (Number.isNaN(Date.parse(String(what[name])))) throw invalid(`${name} must be a timestamp.`);
      }
      checkLength(what.title, 1, 100, 'title');
      if (what.description !== undefined) checkLength(what.description, 0, 500, 'description');
  }
}

function checkLink({ fileUrl }: Json): void {
  if (!/^https?:\/\/\S+$/.test(String(fileUrl))) throw invalid('file_url must be a publicly reachable URL.');
}

function checkLength(value: unknown, min: number, max: number, at: string): void {
  const length = typeof value === 'string' ? value.length : 0;
  if (length < min) throw invalid(`${at} is required.`);
  if (length > max) throw invalid(`${at} has ${length} characters, at most ${max} are allowed.`);
}
