import { type Capabilities, CHANNEL_TYPES, type Feature, type Level } from '@tributary/protocol';
import { ADAPTERS } from '../index.ts';
import { evidenceOf, FEATURES, type FeatureName } from './evidence.ts';

const TITLES: Record<FeatureName, string> = {
  text: 'Text messages',
  image: 'Images',
  document: 'Documents',
  audio: 'Audio',
  video: 'Video',
  sticker: 'Stickers',
  buttons: 'Buttons',
  quickReplies: 'Quick replies',
  list: 'Lists',
  card: 'Cards',
  carousel: 'Carousels',
  location: 'Locations',
  contact: 'Contacts',
  template: 'Templates',
  reaction: 'Reactions',
  reply: 'Replies',
  edit: 'Edits',
  remove: 'Removals',
  deliveryReceipt: 'Delivery receipts',
  readReceipt: 'Read receipts',
  typing: 'Typing indicators',
};
const SIGNS: Record<Level, string> = { full: '✅', partial: '⚠️', fallback: '↩️', dropped: '❌', rejected: '⛔' };

/** A column: a channel type, or one provider of it where they differ. */
interface Column {
  type: string;
  title: string;
  capabilities: Capabilities;
}

function columns(): Column[] {
  return CHANNEL_TYPES.flatMap((type): Column[] => {
    const adapter = ADAPTERS[type];
    if (!adapter) return [];
    const { title, providers = [] } = adapter;
    if (providers.length < 2) return [{ type, title, capabilities: adapter.capabilities({}) }];
    return providers.map((provider) => ({
      type,
      title: `${title} (${provider})`,
      capabilities: adapter.capabilities({ provider }),
    }));
  });
}

/** docs/channels.md: what each channel can carry each way, every cell with the fixture or the test that proves it. */
export function matrixPage(): string {
  const all = columns();
  const notes: string[] = [];
  const rows = FEATURES.map((feature) => {
    const cells = all.map(({ type, title, capabilities }) => {
      const levels = capabilities[feature] as Feature;
      const proof = evidenceOf(type, capabilities).proofs[feature];
      const cell = `${sign(levels.out, proof?.out?.fixture)} ${sign(levels.in, proof?.in?.fixture)}`;
      if (!levels.note) return cell;
      notes.push(`${title}, ${TITLES[feature].toLowerCase()}: ${levels.note.replace(/\.$/, '')}.`);
      return `${cell} [${notes.length}](#notes)`;
    });
    return `| ${TITLES[feature]} | ${cells.join(' | ')} |`;
  });
  return `# What each channel can carry

Made from the adapters by \`npm run docs\`; a test fails where this page is not current. The first sign of a cell is what goes out to a person, the second
what comes in from one. A sign that is a link leads to the fixture that the contract suite holds the adapter to; other levels are proven by the
suite itself, which renders everything that is declared and keeps every word of whatever is said.

✅ the channel’s own · ⚠️ with a restriction · ↩️ in another form, words kept · ❌ not at all · ⛔ refused with a reason · – does not apply

| | ${all.map(({ title, type }) => `[${title}](../channels/${type}/README.md)`).join(' | ')} |
|---|${all.map(() => ':---:').join('|')}|
${rows.join('\n')}

## Notes

${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}
`;
}

function sign(level: Level | undefined, fixture: string | undefined): string {
  if (level === undefined) return '–';
  return fixture ? `[${SIGNS[level]}](../${fixture})` : SIGNS[level];
}
