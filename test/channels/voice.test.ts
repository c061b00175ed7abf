import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** Calls from end to end: first by requests signed by hand, one after the other, then by Twilio as the Lab plays it. */

const OURS = '+15550100900';
const TOKEN = 'stage-voice-auth-token';
let stage: Stage;
let hook: string;
let channelId: string;
let menuBot: string;
let calls = 0;

const ACCOUNT = { accountSid: 'AC00000000000000000000000000005550', authToken: TOKEN };

/** A number that Twilio and the platform both know. */
async function connect(phoneNumber: string, name: string, config: object = {}): Promise<string> {
  const credentials = { ...ACCOUNT, phoneNumber };
  stage.lab.account({ provider: 'voice', account: phoneNumber, title: name, credentials });
  const { id } = await stage.api<{ id: string }>('/channels', 'POST', {
    type: 'voice',
    name,
    config: { ...credentials, ...config },
    defaultBotId: menuBot,
  });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${id}`)).status === 'active',
    'The channel did not become active.',
  );
  return id;
}

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ callSecondMs: 20 });
  menuBot = (await stage.api<{ id: string }>('/bots', 'POST', { name: 'menu', kind: 'menu' })).id;
  // A minute of the Lab’s is little more than a second: nobody here presses a key sooner.
  channelId = await connect(OURS, 'Switchboard', { answerMs: 3_000, gatherSeconds: 60, silenceSeconds: 200 });
  hook = hookOf(channelId);
});
afterAll(() => stage.stop());

/** The platform’s own idea of its address: Twilio signs what it was given. */
const hookOf = (id: string): string => `http://localhost:${new URL(stage.app.url).port}/webhooks/voice/${id}`;

interface Line {
  call: string;
  from: string;
  more?: Record<string, string>;
}
const newCall = (more: Partial<Line> = {}): Line => ({
  call: `CA${String(++calls).padStart(32, '0')}`,
  from: `+155501002${String(calls).padStart(2, '0')}`,
  ...more,
});

/** Asks as Twilio does, and answers what it would read. */
async function ask(line: Line, url: string, fields: Record<string, string> = {}): Promise<string> {
  const form: Record<string, string> = {
    CallSid: line.call,
    CallStatus: 'in-progress',
    Direction: 'inbound',
    From: line.from,
    To: OURS,
    ...line.more,
    ...fields,
  };
  const data = Object.keys(form)
    .sort()
    .reduce((text, name) => text + name + form[name], url);
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': createHmac('sha1', TOKEN).update(data).digest('base64'),
    },
    body: new URLSearchParams(form).toString(),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/xml');
  return answer.text();
}
const said = (xml: string): string => [...xml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text]) => text).join('\n');
const next = (xml: string): string =>
  (/(?: action="|<Redirect[^>]*>)([^"<#]+)/.exec(xml)?.[1] ?? '').replaceAll('&amp;', '&');

interface Message {
  id: string;
  direction: string;
  status: string;
  from: string;
  to: string;
  content: { type: string; event?: string; text?: string; payload?: string; detail?: Record<string, unknown> };
}
async function messagesWith(number: string): Promise<Message[]> {
  const { data } = await stage.api<{ data: Message[] }>(`/messages?channelId=${channelId}&limit=100`);
  return data.filter((one) => one.from === number || one.to === number).reverse();
}

test('the first answer of a call speaks the menu, a key is the choice, and what was said is told', async () => {
  const line = newCall();
  const first = await ask(line, hook, { CallStatus: 'ringing' });
  expect(said(first)).toContain('Which colour would you like?');
  expect(said(first)).toContain('For Blue, press 2.');

  const second = await ask(line, next(first), { Digits: '2' });
  expect(said(second)).toContain('Blue it is. Which size?');
  const third = await ask(line, next(second), { SpeechResult: 'Large.', Confidence: '0.9' });
  expect(said(third)).toContain('Noted: Blue, large.');
  await ask(line, `${hook}/status`, { CallStatus: 'completed', CallDuration: '31' });

  const messages = await messagesWith(line.from);
  expect(
    messages.map(({ direction, content }) => `${direction} ${content.event ?? content.type} ${content.payload ?? ''}`),
  ).toEqual([
    'inbound call ',
    'outbound text ',
    'inbound postback colour:Blue',
    'outbound list ',
    'inbound postback size:Blue, large',
    'outbound text ',
  ]);
  expect(messages[0]?.content.detail).toMatchObject({
    id: line.call,
    direction: 'inbound',
    state: 'completed',
    seconds: 31,
  });
  // The last words were handed over; nothing came after them to show that they were heard.
  expect(messages.filter((one) => one.direction === 'outbound').map((one) => one.status)).toEqual([
    'delivered',
    'delivered',
    'sent',
  ]);
});

test('the same request twice gets the same answer, and is one choice', async () => {
  const line = newCall();
  const first = await ask(line, hook, { CallStatus: 'ringing' });
  const again = await ask(line, hook, { CallStatus: 'ringing' });
  // Only how far the log was read may differ.
  const withoutPlace = (xml: string): string => xml.replace(/after=[\d.]+/g, '');
  expect(withoutPlace(again)).toBe(withoutPlace(first));
  const second = await ask(line, next(first), { Digits: '1' });
  expect(said(await ask(line, next(first), { Digits: '1' }))).toBe(said(second));
  const taps = (await messagesWith(line.from)).filter((one) => one.content.event === 'postback');
  expect(taps).toHaveLength(1);
});

test('a wrong key repeats the menu; three times, then a tape', async () => {
  const line = newCall();
  let xml = await ask(line, hook, { CallStatus: 'ringing' });
  for (let time = 0; time < 3; time++) {
    xml = await ask(line, next(xml), { Digits: '9' });
    expect(said(xml)).toMatch(/^Sorry, that is not one of the choices\.[\s\S]*For Red, press 1\./);
  }
  expect(await ask(line, next(xml), { Digits: '9' })).toContain('<Record');
  expect((await messagesWith(line.from)).filter((one) => one.direction === 'inbound')).toHaveLength(1);
});

test('what a member says goes into the open call; without one a program rings nobody, and what nobody fetched has failed', async () => {
  const line = newCall();
  const first = await ask(line, hook, { CallStatus: 'ringing' });
  await stage.api('/messages', 'POST', {
    channelId,
    to: line.from,
    content: { type: 'text', text: 'Ana here, hold on.' },
  });
  const second = await ask(line, next(first), { Digits: '' });
  expect(said(second)).toContain('Ana here, hold on.');
  await stage.api('/messages', 'POST', { channelId, to: line.from, content: { type: 'text', text: 'Still there?' } });
  const late = async () => (await messagesWith(line.from)).find((one) => one.content.text === 'Still there?')?.status;
  await expect.poll(late).toBe('sent');
  await ask(line, `${hook}/status`, { CallStatus: 'completed' });
  await expect.poll(late).toBe('failed');
  // Somebody spoke and hung up: the bot's answer must not ring them.
  await ask(line, next(second), { SpeechResult: 'Bye then' });
  await expect
    .poll(async () => (await messagesWith(line.from)).at(-1))
    .toMatchObject({
      direction: 'outbound',
      status: 'failed',
      failedReason: expect.stringContaining('The call ended'),
    });
});

test('a caller who withholds the number is a stranger each time', async () => {
  const [one, two] = [newCall({ from: 'anonymous' }), newCall({ from: 'anonymous' })];
  const [a, b] = await Promise.all([one, two].map((line) => ask(line, hook, { CallStatus: 'ringing' })));
  expect(said(a!)).toContain('Which colour');
  expect(said(b!)).toContain('Which colour');
  expect(await messagesWith(one.call)).toHaveLength(2);
});

test('silence is waited out, and ends', async () => {
  const bare = await connect('+15550100901', 'Nobody', { answerMs: 0, silenceSeconds: 5, gatherSeconds: 2 });
  await stage.api(`/channels/${bare}`, 'PATCH', { defaultBotId: null });
  const url = hookOf(bare);
  const line = newCall({ more: { To: '+15550100901' } });
  let xml = await ask(line, url, { CallStatus: 'ringing' });
  expect(xml).toContain('<Pause length="1"/>');
  for (let step = 0; step < 5 && !xml.includes('<Record'); step++) xml = await ask(line, next(xml));
  expect(xml).toContain('<Record');
});

describe('on the telephone', () => {
  const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') => stage.lab.act('voice', OURS, person, deed);
  const calls = (person = 'ana') =>
    stage.lab.phone('voice', OURS, person).messages.filter((one) => one.kind === 'call');
  const line = (person = 'ana') => calls(person).at(-1)?.call;
  const says = (person = 'ana'): string => line(person)?.says.join('\n') ?? '';
  const until = (check: () => boolean | Promise<boolean>, complaint: string) => waitFor(async () => check(), complaint);
  const numberOf = (person: string) => stage.lab.people.find(({ id }) => id === person)!.phone;
  const hear = (words: string, person = 'ana') =>
    until(() => says(person).includes(words), `“${words}” was never said.`);
  const free = async (person = 'ana') => {
    if (line(person) && line(person)!.state !== 'ended') act({ do: 'hangup' }, person);
    // What is said before the end is told would go into the call that has ended.
    await until(async () => {
      const told = (await messagesWith(numberOf(person))).findLast(({ content }) => content.event === 'call');
      return told?.content.detail?.id === calls(person).at(-1)?.id && told?.content.detail?.state === 'completed';
    }, 'The call did not end.');
  };

  test('a customer calls, chooses by key and by voice, and hears each answer', async () => {
    act({ do: 'dial' });
    await hear('Which colour would you like?');
    expect(line()?.menu).toContainEqual({ digit: '2', text: 'Blue' });
    act({ do: 'press', digits: '2' });
    await hear('Blue it is. Which size?');
    await until(() => line()?.gather?.includes('speech') === true, 'Nobody listened.');
    act({ do: 'speak', text: 'large' });
    await hear('Noted: Blue, large.');
    await free();
    const said = await messagesWith(numberOf('ana'));
    expect(said.map(({ content }) => content.payload).filter(Boolean)).toEqual(['colour:Blue', 'size:Blue, large']);
    await expect
      .poll(async () => (await messagesWith(numberOf('ana')))[0]?.content.detail)
      .toMatchObject({ state: 'completed', seconds: expect.any(Number) });
    expect(stage.lab.events().filter((one) => one.type === 'webhook' && one.status !== 200)).toEqual([]);
    const answer = said.find(({ direction }) => direction === 'outbound')!;
    const { steps } = await stage.api<{ steps: { title: string }[] }>(`/messages/${answer.id}/trace`);
    expect(steps.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Voice took say.', 'Voice took it with our answer.', 'Voice reports: delivered.']),
    );
  });

  test('a call survives that the platform is restarted in the middle of it', async () => {
    act({ do: 'dial' }, 'kofi');
    await hear('Which colour', 'kofi');
    await until(() => line('kofi')?.gather !== undefined, 'Nobody listened.');
    await stage.restart();
    await until(() => line('kofi')?.gather !== undefined, 'Nobody listened.');
    act({ do: 'press', digits: '3' }, 'kofi');
    await hear('Green it is.', 'kofi');
    await free('kofi');
  });

  test('a call stands a bad day: everything twice, out of order, its states late', async () => {
    stage.lab.misbehave({ voice: { duplicate: 1, reorder: 0.3, lateReceiptMs: 60 }, seed: 7 });
    act({ do: 'dial' }, 'yuki');
    await hear('Which colour', 'yuki');
    await until(() => line('yuki')?.gather !== undefined, 'Nobody listened.');
    act({ do: 'press', digits: '1' }, 'yuki');
    await hear('Red it is.', 'yuki');
    await free('yuki');
    stage.lab.misbehave({ voice: { duplicate: 0, reorder: 0, lateReceiptMs: 0 } });
    const said = await messagesWith(numberOf('yuki'));
    expect(said.map(({ direction, content }) => `${direction} ${content.event ?? content.type}`)).toEqual([
      'inbound call',
      'outbound text',
      'inbound postback',
      'outbound list',
    ]);
    expect(says('yuki').match(/Red it is/g)).toHaveLength(1);
  });

  test('we call somebody, who answers, hears it and chooses', async () => {
    const { id } = await stage.api<{ id: string }>('/messages', 'POST', {
      channelId,
      to: numberOf('lea'),
      content: {
        type: 'text',
        text: 'Your table is ready. Are you coming?',
        actions: [
          { type: 'reply', text: 'Yes', payload: 'table:yes' },
          { type: 'reply', text: 'No', payload: 'table:no' },
        ],
      },
    });
    const status = async () => (await stage.api<{ status: string }>(`/messages/${id}`)).status;
    await until(() => line('lea')?.state === 'ringing', 'It did not ring.');
    act({ do: 'answer' }, 'lea');
    await hear('For Yes, press 1.', 'lea');
    await expect.poll(status).toBe('delivered');
    await until(() => line('lea')?.gather !== undefined, 'Nobody listened.');
    act({ do: 'press', digits: '1' }, 'lea');
    await expect
      .poll(async () => (await messagesWith(numberOf('lea'))).map(({ content }) => content.payload))
      .toContain('table:yes');
    // What is said next goes into the same call.
    await stage.api('/messages', 'POST', {
      channelId,
      to: numberOf('lea'),
      content: { type: 'text', text: 'See you soon.' },
    });
    await hear('See you soon.', 'lea');
    expect(calls('lea')).toHaveLength(1);
    await free('lea');
  });

  test('somebody who is busy, or has no such number, is not reached, and why is told', async () => {
    const call = async (to: string) => {
      const { id } = await stage.api<{ id: string }>('/messages', 'POST', {
        channelId,
        to,
        content: { type: 'text', text: 'Hello?' },
      });
      return () => stage.api<{ status: string; failedReason?: string }>(`/messages/${id}`);
    };
    const busy = await call(numberOf('jurgen'));
    await until(() => line('jurgen')?.state === 'ringing', 'It did not ring.');
    act({ do: 'hangup' }, 'jurgen');
    await expect.poll(busy).toMatchObject({ status: 'failed', failedReason: expect.stringContaining('busy') });
    await expect
      .poll(await call('+12025559999'))
      .toMatchObject({ status: 'failed', failedReason: expect.stringContaining('no such number') });
  });

  test('a message that is left is kept with its sound and what was said in it', async () => {
    act({ do: 'dial' });
    for (let time = 0; time < 4; time++) {
      await until(() => line()?.gather?.includes('digits') === true, 'Nobody listened.');
      act({ do: 'press', digits: '9' });
      await until(() => !line()?.gather?.includes('digits'), 'The key was not heard.');
    }
    await until(() => line()?.gather?.[0] === 'record', 'There is no tape.');
    act({ do: 'record', seconds: 5 });
    const left = async () => (await messagesWith(numberOf('ana'))).find((one) => one.content.type === 'audio')?.content;
    await expect.poll(left, { timeout: 10_000 }).toMatchObject({
      text: expect.stringContaining('Please call me back.'),
      media: { mimeType: 'audio/mpeg', mediaId: expect.any(String) },
    });
    await until(() => line()?.state === 'ended', 'The call did not end.');
  });

  test('every kind of content is spoken with its words, or refused with a reason', async () => {
    for (const [name, { content, words }] of Object.entries(everyKind(stage.lab.url))) {
      // Ten minutes of speech in two seconds.
      stage.lab.configure({ callSecondMs: name === 'long text' ? 3 : 20 });
      const before = calls('layla').length;
      const ending = sendAndSettle(stage, { channelId, to: numberOf('layla') }, content);
      let refused: string | undefined;
      void ending.then(({ status, reason }) => {
        if (status === 'rejected') refused = reason ?? '';
      });
      await until(() => calls('layla').length > before || refused !== undefined, `${name} did not ring.`);
      if (refused !== undefined) {
        expect(refused, name).not.toBe('');
        continue;
      }
      act({ do: 'answer' }, 'layla');
      for (let level = 0; level < 4 && name === 'thirty buttons'; level++) {
        await hear(`Size ${Math.min(30, level * 9 + 9)}`, 'layla');
        await until(() => line('layla')?.gather !== undefined, 'Nobody listened.');
        if (level < 3) act({ do: 'press', digits: '0' }, 'layla');
      }
      const heard = () => says('layla').replace(/(?<=\d) (?=\d)/g, '');
      for (const word of words)
        await until(() => heard().includes(word), `${name}: “${word}” was not said, but ${heard()}`);
      expect((await ending).status, name).toMatch(/^(sent|delivered)$/);
      await free('layla');
    }
  }, 60_000);
});
