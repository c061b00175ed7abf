import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiet, type Receiver, startReceiver } from '../test/receiver.ts';
import type { Account, Act, Provider } from './control.ts';
import { DOUBLES } from './doubles.ts';
import { LabError } from './lab-error.ts';
import { type Simulator, startSimulator } from './simulator.ts';

/** One example of everything a customer may do anywhere. Types hold it to the whole list. */
const DEEDS: Record<Act['do'], Act> = {
  text: { do: 'text', text: 'Hello' },
  tap: { do: 'tap', messageId: 'none', buttonId: 'none' },
  choose: { do: 'choose', messageId: 'none', rowId: 'none' },
  image: { do: 'image', filename: 'a.png', mimeType: 'image/png', base64: 'iVBORw0KGgo=' },
  document: { do: 'document', filename: 'a.pdf', mimeType: 'application/pdf', base64: 'JVBERg==' },
  audio: { do: 'audio', filename: 'a.ogg', mimeType: 'audio/ogg', base64: 'T2dnUw==' },
  video: { do: 'video', filename: 'a.mp4', mimeType: 'video/mp4', base64: 'AAAA' },
  location: { do: 'location', latitude: 52.5, longitude: 13.4, name: 'Here' },
  contact: { do: 'contact' },
  sticker: { do: 'sticker', emoji: '☕' },
  edit: { do: 'edit', messageId: 'none', text: 'Better' },
  react: { do: 'react', messageId: 'none', emoji: '👍' },
  read: { do: 'read' },
  block: { do: 'block' },
  unblock: { do: 'unblock' },
  echo: { do: 'echo', text: 'From the shop' },
  elapse: { do: 'elapse', hours: 1 },
  mail: { do: 'mail', subject: 'Beans', text: 'How much?' },
  dial: { do: 'dial' },
  answer: { do: 'answer' },
  hangup: { do: 'hangup' },
  press: { do: 'press', digits: '1' },
  speak: { do: 'speak', text: 'Red' },
  record: { do: 'record', seconds: 1 },
  unsend: { do: 'unsend', messageId: 'none' },
  typing: { do: 'typing', on: true },
  follow: { do: 'follow' },
  unfollow: { do: 'unfollow' },
  start: { do: 'start', payload: 'HELLO' },
  story_mention: { do: 'story_mention' },
  story_reply: { do: 'story_reply', text: 'Lovely' },
  share: { do: 'share', title: 'A post' },
  device: { do: 'device', reach: 'rcs' },
};

let lab: Simulator;
let platform: Receiver;

beforeAll(async () => {
  lab = await startSimulator({ settings: { retryFirstMs: 5, retryMaxMs: 20, autoReadMs: null } });
  platform = await startReceiver();
});
afterAll(async () => {
  await lab.stop();
  await platform.stop();
});

describe.each(Object.keys(DOUBLES) as Provider[])('the double of %s', (provider) => {
  let account: Account;
  let deeds: Act['do'][];
  const can = async () => {
    const { providers } = (await (await fetch(`${lab.url}/lab`)).json()) as {
      providers: { provider: Provider; baseUrl: string; deeds: Act['do'][] }[];
    };
    return providers.find((one) => one.provider === provider);
  };
  beforeAll(async () => {
    account = lab.account({ provider, webhookUrl: platform.url });
    deeds = (await can())?.deeds ?? [];
  });

  it('says where it is, and what can be done there', async () => {
    expect((await can())?.baseUrl).toBe(lab.baseUrls[provider]);
    expect(new Set(deeds).size).toBe(deeds.length);
    expect(Object.keys(DEEDS)).toEqual(expect.arrayContaining(deeds));
  });
  it('makes an account once', () => {
    const again = lab.account({ provider, account: account.account });
    expect(again).toEqual(account);
    expect(account).toMatchObject({ provider, title: expect.any(String), account: expect.any(String) });
  });
  it('lets a customer do what it says, and nothing else', () => {
    for (const deed of Object.values(DEEDS)) {
      let refusal: unknown;
      try {
        const id = lab.act(provider, account.account, 'ana', deed);
        expect([null, expect.any(String)], deed.do).toContainEqual(id);
      } catch (error) {
        refusal = error;
      }
      if (deeds.includes(deed.do)) {
        // What an act is about may be missing; that somebody has no means for it is another thing.
        if (refusal !== undefined) expect(refusal, deed.do).toBeInstanceOf(LabError);
        expect((refusal as LabError | undefined)?.status, deed.do).not.toBe(400);
      } else expect((refusal as LabError | undefined)?.status, deed.do).toBe(400);
    }
  });
  it('shows each webhook word for word', async () => {
    await quiet(lab, platform);
    const webhooks = lab.events().filter((event) => event.type === 'webhook' && event.provider === provider);
    for (const webhook of webhooks) expect(webhook).toMatchObject({ wire: { method: expect.any(String) } });
  });
  it('shows a phone to everybody of the cast, and forgets it on a reset', () => {
    for (const { id } of lab.people) expect(lab.phone(provider, account.account, id).person).toBe(id);
    lab.reset();
    expect(lab.phone(provider, account.account, 'ana').messages).toEqual([]);
    expect(lab.account({ provider, account: account.account }).account).toBe(account.account);
  });
});
