import { type Action, SendError } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import type { Io } from '../adapter.ts';
import { type Json, readNumber, readObject, readObjects, readText } from '../common/json.ts';
import { toAction } from './actions.ts';
import type { LineConfig } from './config.ts';
import { ask, refusal } from './send.ts';

const label = Type.String({ minLength: 1, maxLength: 20 });
const Item = Type.Union([
  Type.Object({
    type: Type.Literal('postback'),
    text: label,
    payload: Type.String({ minLength: 1, maxLength: 300 }),
  }),
  Type.Object({
    type: Type.Literal('reply'),
    text: label,
    payload: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  }),
  Type.Object({ type: Type.Literal('link'), text: label, url: Type.String({ minLength: 1, maxLength: 1000 }) }),
  Type.Object({ type: Type.Literal('call'), text: label, phone: Type.String({ minLength: 1 }) }),
]);

const RichMenu = Type.Object(
  {
    chatBarText: Type.String({
      minLength: 1,
      maxLength: 14,
      title: 'Bar',
      description: 'What the bar says that opens the menu.',
    }),
    imageUrl: Type.String({
      minLength: 1,
      title: 'Picture',
      description:
        'The whole menu as one JPEG or PNG of 2500 × 1686 (or 843 when it is half as high), at most 1 MB. LINE draws no words of its own.',
    }),
    columns: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 5,
        title: 'Columns',
        description: 'How many areas stand beside each other; three, unless there are fewer.',
      }),
    ),
    compact: Type.Optional(Type.Boolean({ title: 'Half as high', description: '843 instead of 1686.' })),
    actions: Type.Array(Item, {
      minItems: 1,
      maxItems: 20,
      title: 'Areas',
      description: 'From left to right and from top to bottom.',
    }),
  },
  { title: 'Rich menu', description: 'Always at hand below the chat, for everybody.' },
);
type RichMenu = Static<typeof RichMenu>;

/** What LINE keeps for an account: the menu that everybody sees. */
export const settingsSchema = Type.Object({ richMenu: Type.Optional(RichMenu) }, { additionalProperties: false });

const WIDTH = 2500;
const HEIGHT = 1686;
const COMPACT_HEIGHT = 843;
const COLUMNS = 3;
const PICTURE_MAX = 1024 * 1024;
const DEFAULT_MENU = '/v2/bot/user/all/richmenu';
const menuPath = (id: string): string => `/v2/bot/richmenu/${encodeURIComponent(id)}`;

/** The menu as LINE keeps it. Its picture stays with LINE, which tells no link to it. */
export async function readSettings(config: LineConfig, io: Io): Promise<Record<string, unknown>> {
  const id = await defaultMenu(config, io);
  if (!id) return {};
  const menu = await ask('GET', menuPath(id), undefined, config, io);
  const areas = readObjects(menu.areas);
  const top = areas.filter((area) => readNumber(readObject(area.bounds)?.y) === 0).length;
  return {
    richMenu: {
      chatBarText: readText(menu.chatBarText) ?? '',
      columns: Math.max(1, top),
      compact: readNumber(readObject(menu.size)?.height) === COMPACT_HEIGHT,
      actions: areas.flatMap((area) => fromAction(readObject(area.action)) ?? []),
    },
  };
}

/** Puts a new menu in the old one’s place, or takes it away. A menu cannot be changed, so it is made anew; the old one goes last. */
export async function writeSettings(settings: Record<string, unknown>, config: LineConfig, io: Io): Promise<void> {
  if (!('richMenu' in settings)) return;
  const menu = settings.richMenu as RichMenu | null;
  const before = await defaultMenu(config, io);
  if (menu) await ask('POST', `${DEFAULT_MENU}/${await makeMenu(menu, config, io)}`, undefined, config, io);
  else if (before) await ask('DELETE', DEFAULT_MENU, undefined, config, io);
  if (before) await ask('DELETE', menuPath(before), undefined, config, io);
}

async function defaultMenu(config: LineConfig, io: Io): Promise<string | undefined> {
  try {
    return readText((await ask('GET', DEFAULT_MENU, undefined, config, io)).richMenuId);
  } catch (error) {
    if (error instanceof SendError && error.detail.providerCode === '404') return undefined;
    throw error;
  }
}

/** Makes a menu with its picture, or none at all. */
async function makeMenu(menu: RichMenu, config: LineConfig, io: Io): Promise<string> {
  const picture = await io.open({ url: menu.imageUrl }, { maxBytes: PICTURE_MAX });
  const chunks: Uint8Array[] = [];
  for await (const chunk of picture.body) chunks.push(chunk);
  const id = readText((await ask('POST', '/v2/bot/richmenu', toRichMenu(menu), config, io)).richMenuId) ?? '';
  const answer = await io.http({
    method: 'POST',
    url: `${io.hosts.data}${menuPath(id)}/content`,
    headers: {
      authorization: `Bearer ${config.channelAccessToken}`,
      'content-type': picture.mimeType === 'image/png' ? 'image/png' : 'image/jpeg',
    },
    body: Buffer.concat(chunks),
  });
  if (answer.status === 200) return id;
  // Without its picture nobody could see it.
  await ask('DELETE', menuPath(id), undefined, config, io);
  throw refusal(answer, config);
}

/** Areas in rows of equal height; those of a row that is not full share its width. */
function toRichMenu({ chatBarText, columns, compact, actions }: RichMenu): Json {
  const across = Math.min(columns ?? COLUMNS, actions.length);
  const down = Math.ceil(actions.length / across);
  const height = compact ? COMPACT_HEIGHT : HEIGHT;
  const areas = actions.map((action, at) => {
    const row = Math.floor(at / across);
    const inRow = Math.min(across, actions.length - row * across);
    const [left, right] = edges(at % across, inRow, WIDTH);
    const [top, bottom] = edges(row, down, height);
    const bounds = { x: left, y: top, width: right - left, height: bottom - top };
    return { bounds, action: toAction(action) };
  });
  return { size: { width: WIDTH, height }, selected: false, name: chatBarText, chatBarText, areas };
}

const edges = (at: number, of: number, length: number): [number, number] => [
  Math.round((at * length) / of),
  Math.round(((at + 1) * length) / of),
];

function fromAction(action: Json | undefined): Action | undefined {
  const text = readText(action?.label) ?? '';
  const uri = readText(action?.uri);
  if (uri?.startsWith('tel:')) return { type: 'call', text, phone: uri.slice('tel:'.length) };
  if (uri) return { type: 'link', text, url: uri };
  const payload = readText(action?.data);
  if (payload === undefined) return undefined;
  return { type: action?.displayText === undefined ? 'postback' : 'reply', text, payload };
}
