import { expect } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import type { Stage } from '../stage/inside.ts';
import { DOORS, messagesOn, untilActive, untilShown } from './doors.ts';
import { readTypes, type TypeInfo } from './entry.ts';
import { type Block, readTable, readText } from './read_document.ts';

/** The list of channels: every feature that it gives a channel type which exists. */
export async function offersFeatures(stage: Stage, block: Block): Promise<void> {
  const types = await readTypes(stage);
  const rows = readTable(block).map((row) => ({ type: /\/channels\/(\w+)\)/.exec(row.Channel!)![1]!, ...row }));
  for (const { type, Features } of rows as { type: string; Features: string }[]) {
    if (!types.has(type)) continue;
    for (const feature of Features.split(', ')) {
      const prove = PROOFS[feature.toLowerCase()];
      if (!prove) throw new Error(`Nobody has said how “${feature}” of ${type} shows: add it to tables.ts.`);
      await prove(stage, type);
    }
  }
}

const file = (type: string, name: string) => ({ type, media: { url: `https://files.example.com/${name}` } });
const PROOFS: Record<string, (stage: Stage, type: string) => Promise<void>> = {
  text: (stage, type) => fits(stage, type, { type: 'text', text: 'Hello' }),
  async media(stage, type) {
    await fits(stage, type, file('image', 'a.jpg'));
    await fits(stage, type, file('video', 'a.mp4'));
    await fits(stage, type, file('audio', 'a.mp3'));
    // The matrix says of which channels documents are promised.
    const { document } = (await readTypes(stage)).get(type)!.features;
    if (document!.out === 'full') await fits(stage, type, file('document', 'a.pdf'));
  },
  templates: (stage, type) =>
    fits(stage, type, { type: 'template', template: { name: 'hello_world', language: 'en_US' } }),
  buttons: (stage, type) => fits(stage, type, BUTTONS),
  'inline keyboards': (stage, type) => fits(stage, type, BUTTONS),
  lists: (stage, type) =>
    fits(stage, type, {
      type: 'list',
      text: 'Which size?',
      sections: [{ rows: ['Small', 'Medium', 'Large', 'Huge'].map((text) => ({ text, payload: text })) }],
    }),
  async 'typing indicators'(stage, type) {
    expect((await readTypes(stage)).get(type)!.features.typingIndicators!.out).toBe('full');
  },
  async commands(stage, type) {
    const message = await (await DOORS[type]!(stage)).say('/order 17');
    expect(message.content).toMatchObject({ type: 'text', text: '/order 17' });
  },
  async 'customizable ui'(stage, type) {
    const look = { primaryColor: '#0a7f5a', headerText: 'Ask the shop', welcomeMessage: 'Hello!', position: 'left' };
    const { id } = await stage.api<{ id: string }>('/channels', 'POST', {
      type,
      name: 'Shop',
      config: { theme: look },
    });
    await untilActive(stage, id);
    const answer = await fetch(`${stage.app.url}/${type}/${id}/sessions`, { method: 'POST' });
    const { config } = (await answer.json()) as { config: object };
    expect(config).toMatchObject({ color: '#0a7f5a', title: 'Ask the shop', greeting: 'Hello!', position: 'left' });
  },
  async 'mms (carrier dependent)'(stage, type) {
    await fits(stage, type, file('image', 'a.jpg'));
    const { note } = (await readTypes(stage)).get(type)!.features.image!;
    expect(note, 'whose carriers carry it').toMatch(/USA/);
  },
  async 'html/text'(stage, type) {
    await fits(stage, type, { type: 'email', subject: 'Hello', html: '<p>Hello</p>', text: 'Hello' });
  },
  attachments: (stage, type) =>
    fits(stage, type, {
      type: 'email',
      subject: 'Hello',
      text: 'Your invoice',
      attachments: [{ type: 'document', media: { url: 'https://files.example.com/a.pdf' } }],
    }),
  async threading(stage, type) {
    const door = await DOORS[type]!(stage);
    const first = await door.say('About the table');
    const second = await door.say('About the chair');
    expect(second.conversationId, 'another mail, another thread').not.toBe(first.conversationId);
  },
  async ivr(stage, type) {
    const door = await DOORS[type]!(stage);
    const { conversationId } = await door.say('Hello');
    await stage.api('/messages', 'POST', { conversationId, content: BUTTONS });
    await untilShown(door, 'Shall we?');
  },
  async 'speech-to-text'(stage, type) {
    const { content } = await (await DOORS[type]!(stage, { person: 1 })).say('I would like a table');
    expect(content).toMatchObject({ type: 'text', text: 'I would like a table' });
  },
  async 'call recording'(stage, type) {
    expect((await readTypes(stage)).get(type)!.features.audio!.in).toBe('full');
  },
  'persistent menu': (stage, type) => keepsSetting(stage, type, /menu/i),
  'ice breakers': (stage, type) => keepsSetting(stage, type, /ice/i),
  async 'story mentions'(stage, type) {
    const door = await DOORS[type]!(stage);
    await door.act({ do: 'story_mention' });
    await waitFor(async () => (await messagesOn(stage, door.channelId)).length > 0, 'The mention did not arrive.');
    expect(JSON.stringify(await messagesOn(stage, door.channelId))).toMatch(/story_mention/);
  },
  carousels: (stage, type) =>
    fits(stage, type, {
      type: 'carousel',
      cards: ['Oak', 'Ash'].map((title) => ({
        title,
        text: 'A table',
        media: { url: 'https://files.example.com/a.jpg' },
        actions: [{ type: 'postback', text: `Take ${title}`, payload: title }],
      })),
    }),
  'suggested actions': (stage, type) => fits(stage, type, BUTTONS),
};

/** What the provider keeps for a channel is offered by the type's own schema. */
async function keepsSetting(stage: Stage, type: string, name: RegExp): Promise<void> {
  const { data } = await stage.api<{ data: { type: string; settingsSchema?: { properties: object } }[] }>(
    '/channel-types',
  );
  const { settingsSchema } = data.find((one) => one.type === type)!;
  expect(
    Object.keys(settingsSchema?.properties ?? {}).some((key) => name.test(key)),
    `${type} keeps ${name}`,
  ).toBe(true);
}
const BUTTONS = {
  type: 'text',
  text: 'Shall we?',
  actions: [
    { type: 'reply', text: 'Yes', payload: 'yes' },
    { type: 'reply', text: 'No', payload: 'no' },
  ],
};

/** Asks the platform how the channel would say it: as written, with nothing lost. */
async function fits(stage: Stage, type: string, content: Record<string, unknown>): Promise<void> {
  const { data } = await stage.api<{ data: object[] }>('/messages/preview', 'POST', { content, channelTypes: [type] });
  expect(data, `${content.type} on ${type}`).toMatchObject([{ channelType: type, fits: true, losses: [] }]);
}

/** The matrix's rows in the words of `GET /channel-types`, and the direction in which each is promised. */
const ROWS: Record<string, [feature: string, direction: 'out' | 'in']> = {
  'Text Messages': ['text', 'out'],
  Images: ['image', 'out'],
  Documents: ['document', 'out'],
  Audio: ['audio', 'out'],
  Video: ['video', 'out'],
  Buttons: ['buttons', 'out'],
  'Quick Replies': ['quickReplies', 'out'],
  Templates: ['templates', 'out'],
  'Delivery Receipts': ['deliveryReceipts', 'in'],
  'Read Receipts': ['readReceipts', 'in'],
  'Typing Indicators': ['typingIndicators', 'out'],
};

/** The matrix, cell by cell. Where a provider's facts contradict it the platform may differ, with a footnote. */
export async function matchesMatrix(stage: Stage, block: Block): Promise<void> {
  const types = await readTypes(stage);
  const signs = readLegend(block.document);
  const cells = readTable(block).flatMap(({ Feature: row, ...columns }) =>
    Object.entries(columns).map(([column, cell]) => ({ row: row!, column, cell })),
  );
  expect(cells).toHaveLength(99);
  const differing: string[] = [];
  for (const { row, column, cell } of cells) {
    const promised = signs.get(cell);
    expect(promised, `“${cell}” is in the legend`).toBeDefined();
    const named = ROWS[row];
    if (!named) throw new Error(`Nobody has said what “${row}” is called here: add it to tables.ts.`);
    const info = types.get(column.toLowerCase());
    if (!info) continue;
    const { level, note } = levelOf(info, ...named);
    if (level !== promised)
      differing.push(`${row}, ${column}: ${promised} → ${level}, ${note ?? 'WITHOUT A FOOTNOTE'}`);
  }
  expect(differing.filter((one) => one.endsWith('WITHOUT A FOOTNOTE'))).toEqual([]);
  if (differing.length > 0) console.info(`The matrix differs, with footnotes:\n  ${differing.join('\n  ')}`);
}

type Verdict = 'supported' | 'partial' | 'not supported';

/** The legend under the table: which sign means what. */
function readLegend(document: string): Map<string, Verdict> {
  const [, legend] = /^\*\*Legend\*\*: (.+)$/m.exec(readText(document)) ?? [];
  if (!legend) throw new Error('The matrix has lost its legend.');
  return new Map(
    legend.split(' | ').map((entry) => {
      const [sign, meaning] = entry.split(/ (.*)/);
      return [sign!, meaning!.split('/')[0]!.toLowerCase() as Verdict];
    }),
  );
}

/** What is said in another form counts as not supported, as the seed counts it. */
function levelOf(info: TypeInfo, feature: string, direction: 'out' | 'in'): { level: Verdict; note?: string } {
  const found = info.features[feature];
  if (!found) throw new Error(`${info.type} says nothing of ${feature}.`);
  const level = found[direction];
  return {
    level: level === 'full' ? 'supported' : level === 'partial' ? 'partial' : 'not supported',
    note: found.note,
  };
}
