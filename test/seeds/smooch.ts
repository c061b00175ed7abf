import { expect } from 'vitest';
import type { Stage } from '../stage/inside.ts';
import { DOORS, untilShown } from './doors.ts';
import type { Pending } from './entry.ts';
import { mendJson, readCurl } from './read_code.ts';
import type { Block } from './read_document.ts';

/** One carousel, sent without a thought for the channel, reaches every one of them with all its words. */
export async function adaptsCarousel(stage: Stage): Promise<void> {
  const cards = ['Oak table', 'Ash chair'].map((title) => ({
    title,
    text: `${title}, made to measure`,
    actions: [{ type: 'postback', text: `Take the ${title}`, payload: `take:${title}` }],
  }));
  for (const open of Object.values(DOORS)) {
    const door = await open(stage);
    const { conversationId } = await door.say('What have you got?');
    await stage.api('/messages', 'POST', { conversationId, content: { type: 'carousel', cards } });
    for (const { title, text } of cards) {
      await untilShown(door, title);
      await untilShown(door, text);
      await untilShown(door, `Take the ${title}`);
    }
  }
}

/** What the recipe sends, said by the native API to a user who is linked to a channel that exists. */
export async function sendsText(stage: Stage, block: Block): Promise<void> {
  const { method, body, headers } = readCurl(block.text);
  expect([method, headers['content-type']]).toEqual(['POST', 'application/json']);
  const content = JSON.parse(body!) as { text: string; type: string };
  const door = await DOORS.whatsapp!(stage);
  const { channelId, customer } = door;
  const contact = await stage.api<{ id: string }>('/contacts', 'POST', {
    identifiers: [{ channelId, identifier: customer.address }],
  });
  await door.say('You may write to me');
  await stage.api('/messages', 'POST', { channelId, contactId: contact.id, content });
  await untilShown(door, content.text);
}

/** Waits for the door that the recipe's curl knocks at. */
export const untilFacade = (why: string): Pending => ({
  part: 'the call as printed',
  why,
  async ready(stage, block) {
    const { method, url, headers, body } = readCurl(block.text);
    const { pathname } = new URL(url.replace(/\{\{.*?\}\}/, 'ada'));
    const answer = await fetch(`${stage.app.url}${pathname}`, { method, headers, body: readable(body!) });
    return answer.status !== 404;
  },
});

/** The recipe's body; where the guide closed the object too early, what it means. */
function readable(body: string): string {
  const written = isJson(body) ? body : mendJson(body);
  if (!isJson(written)) throw new Error(`This cannot be read as JSON: ${written}`);
  return written;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
