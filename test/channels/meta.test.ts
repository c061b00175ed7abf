import { uuidOf } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyContents } from '../../channels/testing/contents.ts';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

type Product = 'facebook' | 'instagram';
const ACCOUNTS: Record<Product, string> = { facebook: '105550000000001', instagram: '17841455500000001' };

interface Wire {
  id: string;
  direction: string;
  status: string;
  content: { type: string; text?: string; event?: string; payload?: string; media?: { url?: string } };
  metadata: Record<string, unknown>;
  failedReason?: string;
  externalId?: string;
}

let stage: Stage;
const channels = {} as Record<Product, { id: string; webhookUrl: string }>;

const phone = (on: Product, person = 'ana') => stage.lab.phone(on, ACCOUNTS[on], person);
const act = (on: Product, deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act(on, ACCOUNTS[on], person, deed) ?? '';
const business = (on: Product, person?: string) => phone(on, person).messages.filter(({ from }) => from === 'business');
const messages = async (on: Product): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channels[on].id}&limit=100`)).data;
const idOf = (on: Product, id: string): string => {
  const person = stage.lab.people.find((one) => one.id === id);
  return (on === 'facebook' ? person?.facebook.psid : person?.instagram.igsid) ?? '';
};
const send = (on: Product, content: unknown, more: object = {}, person = 'kofi'): Promise<Wire> =>
  stage.api('/messages', 'POST', { channelId: channels[on].id, to: idOf(on, person), content, ...more });
const read = (id: string): Promise<Wire> => stage.api(`/messages/${id}`);
const became = (id: string, ...statuses: string[]): Promise<void> =>
  waitFor(
    async () => statuses.includes((await read(id)).status),
    `The message did not become ${statuses.join(' or ')}.`,
  );
/** Somebody writes and is answered, so that the window is open. */
async function greet(on: Product, person: string): Promise<void> {
  const before = business(on, person).length;
  act(on, { do: 'text', text: 'Hello' }, person);
  await waitFor(async () => business(on, person).length > before, 'No answer came.');
}

/** As if so many hours had passed since somebody last wrote: here and at Meta. */
async function pass(on: Product, person: string, hours: number): Promise<void> {
  act(on, { do: 'elapse', hours }, person);
  const who = [uuidOf(channels[on].id), idOf(on, person), hours];
  await stage.db.query(
    "update messages set said_at = said_at - make_interval(hours => $3) where channel_id = $1 and sender = $2 and direction = 'inbound'",
    who,
  );
  await stage.db.query(
    'update identities set window_until = window_until - make_interval(hours => $3), last_seen_at = last_seen_at - make_interval(hours => $3) where channel_id = $1 and value = $2',
    who,
  );
}

beforeAll(async () => {
  stage = await openStage({ worker: { unknownMs: 600 } });
  stage.lab.configure({ autoReadMs: 20, limits: false });
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  for (const on of ['facebook', 'instagram'] as const) {
    const { credentials } = stage.lab.account({ provider: on, account: ACCOUNTS[on], title: 'Acme' });
    channels[on] = await stage.api('/channels', 'POST', {
      type: on,
      name: `Acme on ${on}`,
      config: credentials,
      defaultBotId: echo.id,
    });
    await waitFor(
      async () => (await stage.api<{ status: string }>(`/channels/${channels[on].id}`)).status === 'active',
      `The ${on} channel did not become active.`,
    );
  }
});
afterAll(() => stage?.stop());
beforeEach(() => {
  stage.lab.configure({ autoReadMs: 20 });
  for (const on of ['facebook', 'instagram'] as const) {
    stage.lab.misbehave({ [on]: { hang: 0, rateLimit: 0, duplicate: 0, reorder: 0, noReceipts: false } });
  }
});

describe.each(['facebook', 'instagram'] as const)('%s, end to end', (on) => {
  it('enters its own callback at the app, carries a message to the bot, the answer back, and its receipts up to read', async () => {
    act(on, { do: 'text', text: 'Is anybody there?' });
    await waitFor(async () => business(on).length === 1, 'No answer came.');
    expect(business(on)[0]).toMatchObject({ text: 'Is anybody there?' });
    await waitFor(
      async () => (await messages(on)).some(({ status }) => status === 'read'),
      'The answer was never read.',
    );
    const [answer] = (await messages(on)).filter(({ direction }) => direction === 'outbound');
    const events = await stage.db.query('select type from events where subject_id = $1 order by xid, seq', [
      uuidOf(answer?.id ?? ''),
    ]);
    const told = events.rows.map(({ type }) => type);
    expect(told.filter((type) => type !== 'message.delivered')).toEqual([
      'message.queued',
      'message.sent',
      'message.read',
    ]);
    // Our own words come back as echoes, and stand there once.
    expect((await messages(on)).filter(({ content }) => content.text === 'Is anybody there?')).toHaveLength(2);
  });

  it('learns who wrote, which webhooks do not tell', async () => {
    await waitFor(async () => {
      const { rows } = await stage.db.query('select profile from identities where channel_id = $1 and value = $2', [
        uuidOf(channels[on].id),
        idOf(on, 'ana'),
      ]);
      return rows[0]?.profile.name === 'Ana Prado' && typeof rows[0].profile.picture === 'string';
    }, 'Nobody asked for her name.');
  });

  it('shows answers as quick replies, and a press comes back as an action with its payload', async () => {
    act(on, { do: 'text', text: 'menu' });
    await waitFor(async () => Boolean(business(on).at(-1)?.buttons), 'No quick replies came.');
    const menu = business(on).at(-1);
    const pill = menu?.buttons?.flat().find(({ text }) => text === 'Blue');
    expect(pill).toMatchObject({ style: 'quick' });
    act(on, { do: 'tap', messageId: menu?.id ?? '', buttonId: pill?.id ?? '' });
    await waitFor(async () => Boolean(business(on).at(-1)?.text?.startsWith('Blue it is')), 'Nobody answered.');
    const tap = (await messages(on)).find(({ content }) => content.type === 'event');
    expect(tap?.content).toMatchObject({ event: 'postback', payload: 'colour:Blue', text: 'Blue' });
  });

  it('brings pictures in, with a link of ours, and sends one that is stored with us', async () => {
    act(on, { do: 'image', filename: 'cat.png', mimeType: 'image/png', base64: PIXEL });
    await waitFor(
      async () => (await messages(on)).some(({ content }) => content.media?.url),
      'The picture did not come.',
    );
    const got = (await messages(on)).find(({ content }) => content.type === 'image');
    await waitFor(async () => {
      const answer = await fetch(got?.content.media?.url ?? '');
      return answer.ok && Buffer.from(await answer.arrayBuffer()).toString('base64') === PIXEL;
    }, 'The picture was not fetched.');
    await greet(on, 'kofi');
    const sent = await send(on, { type: 'image', media: { url: `data:image/png;base64,${PIXEL}` } });
    await became(sent.id, 'read');
    const shown = business(on, 'kofi').at(-1);
    expect(shown?.kind).toBe('image');
    const file = await fetch(`${stage.lab.url}${shown?.mediaUrl}`);
    expect(Buffer.from(await file.arrayBuffer()).toString('base64')).toBe(PIXEL);
  });

  it('says what people of the business said elsewhere, and no program answers it', async () => {
    const before = business(on).length;
    act(on, { do: 'echo', text: 'Bia here, one moment.' });
    await waitFor(
      async () => (await messages(on)).some(({ content }) => content.text === 'Bia here, one moment.'),
      'The echo did not come.',
    );
    const said = (await messages(on)).find(({ content }) => content.text === 'Bia here, one moment.');
    expect(said).toMatchObject({ direction: 'outbound' });
    expect(business(on)).toHaveLength(before + 1);
  });

  it('hears each thing once, whatever comes twice or out of order', async () => {
    stage.lab.misbehave({ [on]: { duplicate: 1, reorder: 1 } });
    for (const text of ['first', 'second', 'third']) act(on, { do: 'text', text }, 'lea');
    const got = async () =>
      (await messages(on)).filter(
        ({ content, direction }) => direction === 'inbound' && /^(first|second|third)$/.test(content.text ?? ''),
      );
    await waitFor(async () => (await got()).length === 3, 'Not all came.');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await got()).toHaveLength(3);
  });

  it('is refused outside the window before Meta is asked, except for people of ours', async () => {
    await greet(on, 'yuki');
    await pass(on, 'yuki', 25);
    await expect(send(on, { type: 'text', text: 'Sale!' }, {}, 'yuki')).rejects.toThrow(/OUTSIDE_MESSAGE_WINDOW/);
    const { id } = await send(on, { type: 'text', text: 'Bia here' }, { tag: 'HUMAN_AGENT' }, 'yuki');
    await became(id, 'sent', 'delivered', 'read');
    await pass(on, 'yuki', 24 * 7);
    await expect(send(on, { type: 'text', text: 'Bia here' }, { tag: 'HUMAN_AGENT' }, 'yuki')).rejects.toThrow(
      /WINDOW/,
    );
  });
});

describe('Messenger', () => {
  it('keeps a message apart from the lost answer that told of it: the echo names our part', async () => {
    await greet('facebook', 'jurgen');
    stage.lab.misbehave({ facebook: { hang: 1 } });
    const { id } = await send('facebook', { type: 'text', text: 'Once and only once' }, {}, 'jurgen');
    await waitFor(
      async () => business('facebook', 'jurgen').some(({ text }) => text === 'Once and only once'),
      'It did not arrive.',
    );
    await waitFor(
      async () => ['sent', 'delivered', 'read'].includes((await read(id)).status),
      'It was not settled.',
      40_000,
    );
    stage.lab.misbehave({ facebook: { hang: 0 } });
    expect(business('facebook', 'jurgen').filter(({ text }) => text === 'Once and only once')).toHaveLength(1);
  }, 60_000);

  it('keeps menu, greeting and ice breakers, and templates are approved by webhook', async () => {
    const settings = {
      getStarted: 'GET_STARTED',
      greeting: 'Hello!',
      persistentMenu: [{ type: 'postback', text: 'Talk to us', payload: 'HELP' }],
      iceBreakers: [{ question: 'Where are you?', payload: 'WHERE' }],
    };
    const path = `/channels/${channels.facebook.id}/settings`;
    expect(await stage.api(path, 'PATCH', settings)).toEqual(settings);
    expect(phone('facebook').menu).toMatchObject([[{ text: 'Talk to us' }]]);
    act('facebook', { do: 'tap', messageId: 'menu', buttonId: 'HELP' });
    await waitFor(
      async () => (await messages('facebook')).some(({ content }) => content.payload === 'HELP'),
      'The menu was not heard.',
    );
    expect(await stage.api(path, 'PATCH', { iceBreakers: null })).not.toHaveProperty('iceBreakers');
    const draft = {
      name: 'order_sent',
      language: 'en',
      components: [{ type: 'BODY', text: 'Order {{1}} is on its way.' }],
    };
    const made = await stage.api<{ status: string }>(`/channels/${channels.facebook.id}/templates`, 'POST', draft);
    expect(made.status).toBe('pending');
    await waitFor(async () => {
      const { rows } = await stage.db.query("select data from events where type = 'channel.template_status'");
      return rows.some(({ data }) => data.name === 'order_sent' && data.status === 'APPROVED');
    }, 'The approval was not heard.');
    await greet('facebook', 'kofi');
    const content = { type: 'template', template: { name: 'order_sent', language: 'en', variables: { 1: '42' } } };
    const { id } = await send('facebook', content);
    await became(id, 'read');
    expect(business('facebook', 'kofi').at(-1)?.text).toBe('Order 42 is on its way.');
  });

  it('serves a second page of the same app through the callback that the first one entered', async () => {
    const { credentials } = stage.lab.account({ provider: 'facebook', account: ACCOUNTS.facebook, title: 'Acme' });
    const second = '105550000000002';
    const app = { appId: credentials.appId ?? '', appSecret: credentials.appSecret ?? '' };
    const page = stage.lab.account({ provider: 'facebook', account: second, title: 'Acme too', credentials: app });
    const channel = await stage.api<{ id: string }>('/channels', 'POST', {
      type: 'facebook',
      name: 'Acme’s other page',
      config: page.credentials,
    });
    await waitFor(
      async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
      'The second page did not become active.',
    );
    stage.lab.act('facebook', second, 'ana', { do: 'text', text: 'To the other page' });
    await waitFor(async () => {
      const { data } = await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}`);
      return data.some(({ content }) => content.text === 'To the other page');
    }, 'The other page did not hear it.');
  });

  it('gives a link whose code comes back', async () => {
    const { url } = await stage.api<{ url: string }>(`/channels/${channels.facebook.id}/link?code=abc_1`);
    expect(url).toBe(`https://m.me/${ACCOUNTS.facebook}?ref=abc_1`);
    act('facebook', { do: 'start', payload: 'abc_1' });
    await waitFor(async () => {
      const { rows } = await stage.db.query("select data from events where type = 'channel.referral'");
      return rows.some(({ data }) => data.code === 'abc_1' && data.source === 'deep_link');
    }, 'The code did not come back.');
  });
});

describe('Instagram', () => {
  it('erases what a person takes back, and nothing takes the unsend for a repetition', async () => {
    const mid = act('instagram', { do: 'text', text: 'A secret that slipped' }, 'layla');
    const kept = async () => (await messages('instagram')).find(({ externalId }) => externalId === mid);
    await waitFor(async () => Boolean(await kept()), 'It was not heard.');
    act('instagram', { do: 'unsend', messageId: mid }, 'layla');
    await waitFor(async () => !JSON.stringify(await kept()).includes('A secret'), 'It was not erased.');
  });

  it('hears of stories, and takes edits', async () => {
    act('instagram', { do: 'story_mention' }, 'layla');
    act('instagram', { do: 'story_reply', text: 'Is this still there?' }, 'layla');
    const mid = act('instagram', { do: 'text', text: 'Helo' }, 'layla');
    act('instagram', { do: 'edit', messageId: mid, text: 'Hello again' }, 'layla');
    await waitFor(async () => {
      const all = await messages('instagram');
      return (
        all.some(({ content }) => content.event === 'story_mention') &&
        all.some(({ content }) => content.event === 'story_reply' && content.text === 'Is this still there?') &&
        all.some(({ content }) => content.text === 'Hello again')
      );
    }, 'Not all was heard.');
  });

  it('tells by the last message that all before it were read', async () => {
    await greet('instagram', 'kofi');
    stage.lab.configure({ autoReadMs: null });
    const sent: string[] = [];
    for (const text of ['one', 'two', 'three']) sent.push((await send('instagram', { type: 'text', text })).id);
    for (const id of sent) await became(id, 'sent');
    await waitFor(async () => business('instagram', 'kofi').at(-1)?.status === 'delivered', 'They did not arrive.');
    act('instagram', { do: 'read' }, 'kofi');
    for (const id of sent) await became(id, 'read');
  });

  it('offers ice breakers', async () => {
    const iceBreakers = [{ question: 'Where are you?', payload: 'WHERE' }];
    expect(await stage.api(`/channels/${channels.instagram.id}/settings`, 'PATCH', { iceBreakers })).toEqual({
      iceBreakers,
    });
    expect(phone('instagram').starters).toMatchObject([{ text: 'Where are you?' }]);
  });
});

describe('WhatsApp', () => {
  const NUMBER = '106540000000001';
  let whatsapp: { id: string };

  beforeAll(async () => {
    const { credentials } = stage.lab.account({ provider: 'whatsapp', account: NUMBER, title: 'Acme' });
    whatsapp = await stage.api('/channels', 'POST', {
      type: 'whatsapp',
      name: 'Acme on WhatsApp',
      config: credentials,
    });
    await waitFor(
      async () => (await stage.api<{ status: string }>(`/channels/${whatsapp.id}`)).status === 'active',
      'The WhatsApp channel did not become active.',
    );
  });

  it('hands a template in, hears that it was approved, and begins a conversation with it', async () => {
    const path = `/channels/${whatsapp.id}/templates`;
    const draft = { name: 'parcel', language: 'en_US', components: [{ type: 'BODY', text: 'Parcel {{1}} is here.' }] };
    expect(await stage.api(path, 'POST', draft)).toMatchObject({ status: 'pending' });
    await waitFor(async () => {
      const { rows } = await stage.db.query("select data from events where type = 'channel.template_status'");
      return rows.some(({ data }) => data.name === 'parcel' && data.status === 'APPROVED');
    }, 'The approval was not heard.');
    const { data } = await stage.api<{ data: { name: string; status: string }[] }>(path);
    expect(data).toContainEqual(expect.objectContaining({ name: 'parcel', status: 'approved' }));
    const { id } = await stage.api<Wire>('/messages', 'POST', {
      channelId: whatsapp.id,
      to: stage.lab.people[1]?.phone,
      content: { type: 'template', template: { name: 'parcel', language: 'en_US', variables: { 1: '7' } } },
    });
    await became(id, 'read');
    expect(stage.lab.phone('whatsapp', NUMBER, 'kofi').messages.at(-1)?.text).toBe('Parcel 7 is here.');
    await stage.api(`${path}/parcel`, 'DELETE');
  });

  it('offers what the settings say, and a link whose code comes back', async () => {
    const settings = { about: 'Plants', iceBreakers: ['Where are you?'] };
    expect(await stage.api(`/channels/${whatsapp.id}/settings`, 'PATCH', settings)).toMatchObject(settings);
    expect(stage.lab.phone('whatsapp', NUMBER, 'ana').starters).toMatchObject([{ text: 'Where are you?' }]);
    const { url } = await stage.api<{ url: string }>(`/channels/${whatsapp.id}/link?code=abc_2`);
    const words = new URL(url).searchParams.get('text') ?? '';
    stage.lab.act('whatsapp', NUMBER, 'ana', { do: 'start', payload: words });
    await waitFor(async () => {
      const { rows } = await stage.db.query("select data from events where type = 'channel.referral'");
      return rows.some(({ data: told }) => told.code === 'abc_2');
    }, 'The code did not come back.');
  });
});

describe.each(['facebook', 'instagram'] as const)('every kind of content on %s', (on) => {
  beforeAll(() => greet(on, 'kofi'));

  it.each(anyContents().map(({ name, content }) => [name, content] as const))(
    '%s arrives with its words, or is refused with a reason',
    async (_name, content) => {
      const before = business(on, 'kofi').length;
      const sent = await send(on, content).catch((error: Error) => error);
      if (sent instanceof Error) {
        expect(sent.message).toMatch(/answered 4\d\d: .*"message"/s);
        return;
      }
      await became(sent.id, 'sent', 'delivered', 'read', 'failed');
      const told = await read(sent.id);
      if (told.status === 'failed') {
        expect(told.failedReason).toBeTruthy();
        return;
      }
      const screen = JSON.stringify(
        business(on, 'kofi')
          .slice(before)
          .map(({ id: _id, ...rest }) => rest),
      );
      for (const word of wordsOf(content)) expect(screen).toContain(word);
    },
  );
});

/** A picture of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The words a reader has to find: of texts, titles, names and numbers, wherever they stand. */
function wordsOf(content: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown, key: string): void => {
    if (Array.isArray(node)) for (const one of node) visit(one, key);
    else if (typeof node === 'object' && node !== null)
      for (const [name, value] of Object.entries(node)) visit(value, name);
    else if (typeof node === 'string' && READ.has(key))
      for (const word of node.split(/[^\p{L}\p{N}]+/u)) if (word) found.add(word);
  };
  visit(content, '');
  return found;
}
const READ = new Set(['text', 'title', 'description', 'name', 'phones', 'subject', 'header', 'footer']);
