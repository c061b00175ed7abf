import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, sleep, startReceiver } from '../test/receiver.ts';
import { Lab } from './lab.ts';
import { type Manner, WebhookQueue, wireOf } from './webhook.ts';

let lab: Lab;
let platform: Receiver;

beforeEach(async () => {
  lab = new Lab({ seed: 1, settings: { retryFirstMs: 10, retryMaxMs: 40 }, doubles: [] });
  platform = await startReceiver();
});
afterEach(async () => {
  await lab.close();
  await platform.stop();
});

const queueOf = (manner: Partial<Manner> = {}) =>
  new WebhookQueue(lab, { provider: 'viber', account: () => 'shop', connections: () => 2, ...manner });
const update = (lane: string, text: string, more: object = {}) => ({
  lane,
  shown: { text },
  call: () => ({ url: platform.url, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) }),
  ...more,
});
const texts = () => platform.got.map(({ json }) => json.text);

describe('a queue of webhooks', () => {
  it('lets nothing overtake within a lane, and lets lanes go side by side', async () => {
    let refusals = 2;
    platform.answer = ({ json }) => ({ status: json.text === 'a1' && refusals-- > 0 ? 503 : 200 });
    const queue = queueOf();
    for (const [lane, text] of ['a1', 'a2', 'b1'].map((text) => [text[0]!, text] as const))
      queue.enqueue(update(lane, text));
    await platform.wait(({ json }) => json.text === 'a2');
    expect(texts().filter((text) => text.startsWith('a'))).toEqual(['a1', 'a1', 'a1', 'a2']);
    expect(texts().indexOf('b1')).toBeLessThan(3);
    await sleep(10);
    expect(queue.pending).toBe(0);
  });
  it('gives up after as many tries as the provider makes, and goes on', async () => {
    platform.answer = ({ json }) => ({ status: json.text === 'lost' ? 500 : 200 });
    const queue = queueOf({ attempts: 2 });
    queue.enqueue(update('a', 'lost'));
    queue.enqueue(update('a', 'found'));
    await platform.wait(({ json }) => json.text === 'found');
    expect(texts()).toEqual(['lost', 'lost', 'found']);
  });
  it('waits while there is nowhere to go, and goes when woken', async () => {
    let open = false;
    const queue = queueOf({ open: () => open });
    queue.enqueue(update('a', 'patient'));
    await sleep(20);
    expect([texts(), queue.pending]).toEqual([[], 1]);
    open = true;
    queue.wake();
    await platform.wait();
    expect(texts()).toEqual(['patient']);
  });
  it('hands over the platform’s answer, and shows the call word for word', async () => {
    platform.answer = () => ({ status: 200, body: '<Response/>' });
    const answers: string[] = [];
    queueOf().enqueue(update('a', 'hi', { answered: ({ text }: { text: string }) => answers.push(text) }));
    await platform.wait();
    await sleep(10);
    expect(answers).toEqual(['<Response/>']);
    expect(lab.log.since(0)).toMatchObject([
      { type: 'webhook', provider: 'viber', status: 200, wire: { method: 'POST', body: '{"text":"hi"}' } },
    ]);
  });
  it('writes the call anew for each try, and repeats a duplicate byte for byte', async () => {
    platform.answer = ({ json }) => ({ status: json.text === 'try 1' ? 500 : 200 });
    lab.chaos.viber.set({ duplicate: 1 });
    let tries = 0;
    const call = () => ({ url: platform.url, headers: {}, body: JSON.stringify({ text: `try ${++tries}` }) });
    queueOf().enqueue(update('a', '', { call }));
    await platform.wait(undefined, 3);
    expect(texts()).toEqual(['try 1', 'try 2', 'try 2']);
  });
  it('keeps bytes that are no text as base64', () => {
    const bytes = Buffer.from([0xff, 0xfe]);
    expect(wireOf({ url: '', headers: {}, body: bytes })).toEqual({
      method: 'POST',
      headers: {},
      body: '//4=',
      base64: true,
    });
  });
});
