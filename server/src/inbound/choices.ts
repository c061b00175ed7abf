import type { InboundEventOf } from '@tributary/channels';
import { type Content, consentWord, matchChoice, toId, uuidOf } from '@tributary/protocol';
import type { Place } from '../contacts/resolve.ts';
import { closeChoices, openChoices } from '../store/accept.ts';
import type { Tx } from '../store/db.ts';
import type { Fresh, Spoken } from './pages.ts';

/** An option's own words are a button's title; nobody writes more to choose. */
const LONGEST_CHOICE = 80;

/** Whether a message may be the answer to numbered choices. Opt-out words come first: they never are. */
export function mayChoose(event: InboundEventOf<'message'>): boolean {
  const text = event.automatic ? undefined : wordsOf(event.content);
  return text !== undefined && text.length <= LONGEST_CHOICE && consentWord(text) !== 'stop';
}

/** What a person wrote by hand: a mail's words are those above what it quotes. */
const wordsOf = (content: Content): string | undefined =>
  content.type === 'text' || content.type === 'email' ? content.text : undefined;

/** The newest open set of choices, matched by number or words; opt-out words come first and are never taken for a choice. */
export async function readChoices(
  tx: Tx,
  spoken: readonly Spoken[],
  places: ReadonlyMap<Fresh, Place>,
): Promise<Map<Spoken, Content>> {
  const answers = new Map<Spoken, Content>();
  const texts = spoken.filter(({ event }) => event.type === 'message' && mayChoose(event));
  if (texts.length === 0) return answers;
  const open = await openChoices(
    tx,
    texts.map((one) => ({ ws: uuidOf(one.channel.workspaceId), idn: places.get(one)!.identity })),
  );
  if (open.size === 0) return answers;
  const closed: { ws: string; idn: string }[] = [];
  for (const one of texts) {
    const { identity } = places.get(one)!;
    const asked = open.get(identity);
    const text = one.event.type === 'message' ? wordsOf(one.event.content) : undefined;
    if (!asked || text === undefined) continue;
    const choice = matchChoice(text, asked.choices);
    if (!choice) continue;
    open.delete(identity);
    closed.push({ ws: uuidOf(one.channel.workspaceId), idn: identity });
    answers.set(one, {
      type: 'event',
      event: 'postback',
      payload: choice.payload,
      text,
      of: toId('message', asked.messageId),
      inferred: true,
    });
  }
  if (closed.length > 0) await closeChoices(tx, closed);
  return answers;
}
