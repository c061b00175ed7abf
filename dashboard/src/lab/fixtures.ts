import type { WireEvent } from './wire.ts';

/** A file to be saved. */
export interface Saved {
  name: string;
  text: string;
}

/**
 * Recorded webhooks as inbound fixtures of the channel, one file each, in the order in which they came: unpack them into the channel's
 * `fixtures/inbound/`, run its tests, and write down what they should have parsed to.
 */
export function fixturesOf(events: readonly WireEvent[], now: Date): Saved[] {
  return events.flatMap((event, index) => {
    if (event.type !== 'webhook' || !event.wire) return [];
    const { method, headers, body, base64 } = event.wire;
    const fixture = {
      source: 'Recorded in the Lab',
      date: now.toISOString().slice(0, 10),
      request: { method, url: event.url, headers, ...(base64 ? { bodyBase64: body } : { body }) },
      receivedAt: event.at,
      events: [],
    };
    const name = `recorded-${String(index + 1).padStart(2, '0')}.json`;
    return [{ name, text: `${JSON.stringify(fixture, null, 2)}\n` }];
  });
}

const BLOCK = 512;

/** The files in one, as POSIX ustar lays them out: nothing but plain files in one folder, so it takes no library. */
export function tar(files: readonly Saved[]): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const parts = files.map(({ name, text }) => ({ name, bytes: utf8.encode(text) }));
  const size = parts.reduce((sum, { bytes }) => sum + BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK, 2 * BLOCK);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const { name, bytes } of parts) {
    const put = (offset: number, words: string) => whole.set(utf8.encode(words), at + offset);
    put(0, name);
    put(100, '0000644\0');
    put(108, '0000000\0');
    put(116, '0000000\0');
    put(124, `${bytes.length.toString(8).padStart(11, '0')}\0`);
    put(136, '00000000000\0');
    // The sum counts its own field as spaces.
    put(148, '        ');
    put(156, '0');
    put(257, 'ustar\x0000');
    const sum = whole.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
    put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
    whole.set(bytes, at + BLOCK);
    at += BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK;
  }
  return whole;
}
