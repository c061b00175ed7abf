import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Capabilities, Feature } from '@tributary/protocol';
import type { InboundFixture, OutboundFixture } from './fixtures.ts';

/** The rows of the matrix and the capability each is. */
export const FEATURES = [
  'text',
  'image',
  'document',
  'audio',
  'video',
  'sticker',
  'buttons',
  'quickReplies',
  'list',
  'card',
  'carousel',
  'location',
  'contact',
  'template',
  'reaction',
  'reply',
  'edit',
  'remove',
  'deliveryReceipt',
  'readReceipt',
  'typing',
] as const;
export type FeatureName = (typeof FEATURES)[number];
export type Direction = 'out' | 'in';

/** Where a cell of the matrix is proven: a fixture that the contract suite holds the adapter to, or a test of the suite by its name. */
export interface Proof {
  fixture?: string;
  test?: string;
}

type Event = Record<string, unknown> & { type?: string };
const contentOf = (event: Event): Record<string, unknown> => (event.content ?? {}) as Record<string, unknown>;
const attachmentsOf = (event: Event): string[] =>
  [event.attachments, contentOf(event).attachments]
    .flatMap((list) => (Array.isArray(list) ? (list as { type?: string }[]) : []))
    .flatMap(({ type }) => type ?? []);

/** An event that shows the feature coming in. What a person chooses comes back as a tap, or as words that the open choices are matched with. */
function shows(feature: FeatureName, event: Event): boolean {
  // A fixture may leave out what its key says.
  const isMessage = event.type === 'message' || (event.type === undefined && String(event.key).startsWith('message:'));
  const said = isMessage ? contentOf(event).type : undefined;
  switch (feature) {
    case 'text':
      return said === 'text' || said === 'email';
    case 'buttons':
    case 'quickReplies':
    case 'list':
    case 'card':
    case 'carousel':
      return event.type === 'action';
    case 'reply':
      return isMessage && event.replyTo !== undefined;
    case 'edit':
      return event.type === 'edited';
    case 'remove':
      return event.type === 'deleted';
    case 'deliveryReceipt':
      return event.type === 'receipt' && event.state === 'delivered';
    case 'readReceipt':
      return event.type === 'receipt' && event.state === 'read';
    case 'reaction':
    case 'typing':
      return event.type === feature;
    case 'contact':
      return said === 'contact' || (isMessage && JSON.stringify(event).includes('vcard'));
    default:
      return said === feature || (isMessage && attachmentsOf(event).includes(feature));
  }
}

/** What a feature comes in as where it has no form of its own: words choose where nothing can be tapped, and a sticker is a picture. */
const LESSER: Partial<Record<FeatureName, FeatureName>> = {
  buttons: 'text',
  quickReplies: 'text',
  list: 'text',
  card: 'text',
  carousel: 'text',
  sticker: 'image',
};

const ABILITY = { edit: 'edit', remove: 'remove', typing: 'typing', reaction: 'react' } as const;

/** An outbound fixture that shows the feature going out. */
function says(feature: FeatureName, fixture: OutboundFixture): boolean {
  const { part, ability, context } = fixture;
  const content = part?.content as unknown as { type: string; actions?: { type: string }[] } | undefined;
  if (feature in ABILITY && ability === ABILITY[feature as keyof typeof ABILITY]) return true;
  if (ability) return false;
  if (feature === 'reply') return context?.replyTo !== undefined;
  if (feature === 'buttons') return (content?.actions ?? []).some(({ type }) => type !== 'reply');
  if (feature === 'quickReplies') return (content?.actions ?? []).some(({ type }) => type === 'reply');
  return content?.type === feature;
}

/** What proves each cell of a channel's row; a cell that promises something and is not proven is missing. */
export function evidenceOf(
  type: string,
  capabilities: Capabilities,
): { proofs: Partial<Record<FeatureName, Partial<Record<Direction, Proof>>>>; missing: string[] } {
  const inbound = fixturesOf<InboundFixture>(type, 'inbound');
  const outbound = fixturesOf<OutboundFixture>(type, 'outbound');
  const proofs: Partial<Record<FeatureName, Partial<Record<Direction, Proof>>>> = {};
  const missing: string[] = [];
  for (const feature of FEATURES) {
    const levels = capabilities[feature] as Feature;
    const row: Partial<Record<Direction, Proof>> = {};
    if (levels.in === 'full' || levels.in === 'partial') {
      const find = (what: FeatureName) =>
        inbound.find(({ fixture }) => (fixture.events ?? []).some((event) => shows(what, event)));
      const lesser = LESSER[feature];
      const proof = find(feature) ?? (lesser ? find(lesser) : undefined);
      if (proof) row.in = { fixture: proof.path };
      else missing.push(`${type}: ${feature} in`);
    }
    if (levels.out === 'full' || levels.out === 'partial') {
      const proof = outbound.find(({ fixture }) => says(feature, fixture));
      row.out = proof ? { fixture: proof.path } : { test: `the contract of ${type} › what goes out` };
    } else if (levels.out === 'fallback') row.out = { test: `the contract of ${type} › keeps every word` };
    if (row.in || row.out) proofs[feature] = row;
  }
  return { proofs, missing };
}

/** The channels' folder: scripts and tests run at the repository's root, bundled or not. */
const ROOT = pathToFileURL(`${join(process.cwd(), 'channels')}/`);

/** The fixtures of a channel in one direction, of all its providers, with their paths from the repository's root. */
function fixturesOf<Fixture>(type: string, direction: string): { path: string; fixture: Fixture }[] {
  const folder = `${type}/fixtures`;
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => new RegExp(`(^|/)${direction}/[^_/][^/]*\\.json$`).test(path))
    .sort()
    .map((path) => ({
      path: `channels/${folder}/${path}`,
      fixture: JSON.parse(readFileSync(new URL(`${folder}/${path}`, ROOT), 'utf8')) as Fixture,
    }));
}
