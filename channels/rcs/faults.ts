import type { ProviderRequest } from '../adapter.ts';
import { type Json, readObject, readObjects } from '../common/json.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const PERSON = '/v1/phones/%2B\\d{5,20}';
const MESSAGE = new RegExp(`^${PERSON}/agentMessages\\?messageId=${UUID}&agentId=[\\w.-]+$`);
const REVOKED = new RegExp(`^${PERSON}/agentMessages/[^/?]+\\?agentId=[\\w.-]+$`);
// An event without an id gets one when it is sent.
const EVENT = new RegExp(`^${PERSON}/agentEvents\\?(eventId=${UUID}&)?agentId=[\\w.-]+$`);
const PAYLOAD_MAX = 250 * 1024;

/**
 * What Google would find wrong with a request, by the limits of its guides. There is no machine-readable specification; this is written from the
 * pages, not from `render`, so that the tests hold the one against the other.
 */
export function findFaults(request: ProviderRequest): string[] {
  const faults: string[] = [];
  const must: Must = (holds, says) => {
    if (!holds) faults.push(says);
  };
  const body = readObject(request.body) ?? {};
  if (request.method === 'DELETE') {
    must(REVOKED.test(request.path) && request.body === undefined, `path ${request.path}`);
  } else if (EVENT.test(request.path)) {
    const alone = Object.keys(body).length === 1;
    must(body.eventType === 'READ' ? isText(body.messageId, 1000) : body.eventType === 'IS_TYPING' && alone, 'event');
  } else {
    must(request.method === 'POST' && MESSAGE.test(request.path), `path ${request.path}`);
    must(body.ttl === undefined || /^\d+(\.\d{1,9})?s$/.test(String(body.ttl)), 'ttl');
    must(
      Object.keys(body).every((name) => ['contentMessage', 'ttl', 'messageTrafficType'].includes(name)),
      'members of the message',
    );
    must(JSON.stringify(body).length <= PAYLOAD_MAX, 'payload of 250 KB');
    checkMessage(readObject(body.contentMessage) ?? {}, must);
  }
  return faults;
}

type Must = (holds: boolean, says: string) => void;

function checkMessage({ suggestions, ...content }: Json, must: Must): void {
  const [kind = '', ...others] = Object.keys(content);
  must(others.length === 0, `one content and not ${kind} with ${others.join()}`);
  const chips = readObjects(suggestions);
  must(suggestions === undefined || (chips.length >= 1 && chips.length <= 11), '1 to 11 suggestions');
  for (const chip of chips) checkSuggestion(chip, must);
  if (kind === 'text') must(isText(content.text, 3072), 'text of 1 to 3072');
  else if (kind === 'richCard') checkRichCard(readObject(content.richCard) ?? {}, must);
  else checkFile(content, must);
}

function checkRichCard(rich: Json, must: Must): void {
  const alone = readObject(rich.standaloneCard);
  if (alone) {
    must(alone.cardOrientation === 'VERTICAL' || alone.cardOrientation === 'HORIZONTAL', 'orientation');
    must(alone.cardOrientation === 'VERTICAL' || alone.thumbnailImageAlignment !== undefined, 'alignment');
    checkCard(readObject(alone.cardContent) ?? {}, must, true);
    return;
  }
  const row = readObject(rich.carouselCard) ?? {};
  const cards = readObjects(row.cardContents);
  must(row.cardWidth === 'SMALL' || row.cardWidth === 'MEDIUM', 'card width');
  must(cards.length >= 2 && cards.length <= 10, '2 to 10 cards');
  for (const card of cards) checkCard(card, must, false);
}

function checkCard({ title, description, media, suggestions }: Json, must: Must, tall: boolean): void {
  must(title !== undefined || description !== undefined || media !== undefined, 'something on the card');
  must(title === undefined || isText(title, 200), 'title of 1 to 200');
  must(description === undefined || isText(description, 2000), 'description of 1 to 2000');
  if (media !== undefined) {
    const { height, ...file } = readObject(media) ?? {};
    must(['SHORT', 'MEDIUM', ...(tall ? ['TALL'] : [])].includes(String(height)), 'media height');
    checkFile(file, must);
  }
  const buttons = readObjects(suggestions);
  must(suggestions === undefined || (buttons.length >= 1 && buttons.length <= 4), '1 to 4 suggestions on a card');
  for (const button of buttons) checkSuggestion(button, must);
}

function checkFile(file: Json, must: Must): void {
  const link = readObject(file.contentInfo);
  const uploaded = readObject(file.uploadedRbmFile);
  must(Object.keys(file).length === 1 && (link !== undefined || uploaded !== undefined), 'one file');
  if (link) must(/^https:\/\/\S+$/.test(String(link.fileUrl)), 'a link to the file');
  if (uploaded) must(isText(uploaded.fileName, 200) || readObject(uploaded.upload) !== undefined, 'a file name');
}

const ACTIONS = [
  'openUrlAction',
  'dialAction',
  'viewLocationAction',
  'shareLocationAction',
  'createCalendarEventAction',
];

function checkSuggestion(suggestion: Json, must: Must): void {
  must(Object.keys(suggestion).length === 1, 'a reply or an action');
  const reply = readObject(suggestion.reply);
  const action = readObject(suggestion.action);
  const { text, postbackData } = reply ?? action ?? {};
  must(isText(text, 25), `suggestion of 1 to 25: ${String(text)}`);
  must(isText(postbackData, 2048), 'postbackData of 1 to 2048');
  if (!action) return;
  must(ACTIONS.filter((name) => readObject(action[name])).length === 1, 'one thing to do');
  const open = readObject(action.openUrlAction);
  if (open) must(isText(open.url, 2048) && /^[a-z][a-z0-9+.-]*:/i.test(String(open.url)), 'url');
  if (open?.application === 'WEBVIEW') must(['FULL', 'HALF', 'TALL'].includes(String(open.webviewViewMode)), 'view');
  const dial = readObject(action.dialAction);
  if (dial) must(/^\+\d{3,20}$/.test(String(dial.phoneNumber)), 'phone number');
}

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= max;
