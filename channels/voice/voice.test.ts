import { readFileSync } from 'node:fs';
import { fit } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { InboundRequest, ProviderRequest, RenderContext } from '../adapter.ts';
import { type InboundFixture, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import { twilioSpec } from '../testing/twilio.ts';
import type { VoiceConfig } from './config.ts';
import { type Frame, isFrame, sayable } from './frame.ts';
import { voice } from './index.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const config: VoiceConfig = {
  accountSid: 'AC00000000000000000000000000005550',
  authToken: 'test-auth-token-twilio-0001',
  phoneNumber: '+15550100900',
};
const them = { kind: 'phone', value: '+15550100201' } as const;
const CALL = 'CA00000000000000000000000000000001';
const PART = 'dlv_0192aaaaaaaa7000800000000000000a.0';
const HOOK = 'https://hooks.example.com/webhooks/voice/ch_demo_voice';
const calls = twilioSpec(new URL('./fixtures/spec.json', import.meta.url));
const reply = voice.reply!;

testChannel(voice, {
  config,
  fixtures,
  proof: { header: 'x-twilio-signature', over: 'body' },
  spec: (request) => (request.name === 'say' ? faultsOfWords(request) : calls(request)),
  to: them,
  externalId: `${CALL}.1`,
});

/** Words for a call are ours until they are said: what they become must be TwiML that Twilio reads. */
function faultsOfWords({ body }: ProviderRequest): string[] {
  const frame = (body as { frame?: unknown }).frame;
  if (!isFrame(frame)) return ['There are no words.'];
  const xml = answer([frame], request('/next', { CallSid: frame.call }));
  return [
    ...[...xml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].flatMap(([, text]) =>
      Buffer.byteLength(text!.replace(/&(?:amp|lt|gt|quot|#xD);/g, '.')) > 3000 ? ['A Say is too long (13521).'] : [],
    ),
    ...(xml.isWellFormed() && !/\p{Cc}/u.test(xml.replaceAll('\n', '')) ? [] : ['No XML (12100).']),
    ...(Buffer.byteLength(xml) > 64 * 1024 ? ['The answer is too large.'] : []),
  ];
}

const fixture = (name: string): InboundRequest =>
  toRequest(JSON.parse(readFileSync(new URL(`inbound/${name}.json`, fixtures), 'utf8')) as InboundFixture, fixtures);

/** A request of a call as Twilio posts it. */
function request(path: string, fields: Record<string, string>): InboundRequest {
  const form = { CallSid: CALL, Direction: 'inbound', From: them.value, To: config.phoneNumber, ...fields };
  return {
    via: 'http',
    method: 'POST',
    publicUrl: `${HOOK}${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode(new URLSearchParams(form).toString()),
    receivedAt: new Date('2026-11-20T12:00:00Z'),
  };
}
const answer = (
  frames: readonly unknown[],
  to: InboundRequest,
  more: Partial<VoiceConfig> = {},
  after = '90.0',
): string => reply.answer(frames, to, { ...config, ...more }, after).body ?? '';

/** What a message becomes in an open call. */
function frames(content: Parameters<typeof fit>[0], key = PART): Frame[] {
  const fitted = fit(content, voice.capabilities(config), { channelTitle: 'Voice' });
  return fitted.parts.map((part, no) => {
    const context = {
      to: them,
      thread: { key: them.value, kind: 'direct' },
      session: CALL,
      choices: fitted.choices,
      partKey: key.replace(/\d+$/, String(no)),
    } as unknown as RenderContext;
    return (voice.render(part, context, config)[0]!.body as { frame: Frame }).frame;
  });
}
const choices = (count: number): Frame[] =>
  frames({
    type: 'text',
    text: 'Which?',
    actions: Array.from({ length: count }, (_, i) => ({ type: 'postback', text: `Dish ${i + 1}`, payload: `d${i}` })),
  });
const said = (xml: string): string[] => [...xml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text]) => text!);
const attribute = (xml: string, verb: string, name: string): string =>
  (new RegExp(`<${verb}[^>]* ${name}="([^"]*)"`).exec(xml)?.[1] ?? '')
    .replaceAll('&amp;', '&')
    .replace('#rc=5&rp=all', '');
const pathOf = (xml: string, verb = 'Gather'): string => attribute(xml, verb, 'action').replace(HOOK, '');

describe('an answer', () => {
  test('says what was published for this call, once, and listens', () => {
    const [frame] = frames({ type: 'text', text: 'Hello & welcome' });
    const xml = answer([frame, frame, { ...frame, call: 'CA2' }, 'nonsense', null], request('', {}));
    expect(said(xml)).toEqual(['Hello &amp; welcome']);
    expect(xml).toContain('<Say voice="Polly.Joanna" language="en-US">');
    expect(attribute(xml, 'Gather', 'input')).toBe('dtmf speech');
    expect(pathOf(xml)).toBe(`/gather?step=1&after=90.0&said=${PART}&spoken=1`);
    expect(reply.answer([frame], request('', {}), config, '90.0').said).toEqual([PART]);
  });

  test('with nothing to say yet waits a moment and asks again', () => {
    const xml = answer([], request('', {}));
    expect(xml).toContain('<Pause length="1"/>');
    expect(xml).toContain(`${HOOK}/next?step=1&amp;after=90.0&amp;quiet=6#rc=5&amp;rp=all</Redirect>`);
  });

  test('listens while it waits once it has waited', () => {
    expect(pathOf(answer([], request('/next?step=1&quiet=6', {})))).toBe('/gather?step=2&after=90.0&quiet=12');
  });

  test('greets whoever calls, before anybody has answered', () => {
    const xml = answer([], request('', {}), { greeting: 'This is Acme.' });
    expect(said(xml)).toEqual(['This is Acme.']);
    expect(xml).toContain('<Redirect');
  });

  test('plays sounds between its words', () => {
    const media = { url: 'https://media.example.com/a.mp3?x=1&y=2', mimeType: 'audio/mpeg' };
    const xml = answer(frames({ type: 'audio', media, text: 'Listen' }), request('', {}));
    expect(xml).toContain('<Play>https://media.example.com/a.mp3?x=1&amp;y=2</Play>');
    expect(said(xml)).toEqual(['Listen']);
  });

  test('cuts words at 3000 bytes, and speaks the channel’s language', () => {
    const [one, two] = said(answer(frames({ type: 'text', text: 'Olá, é já. '.repeat(300) }), request('', {})));
    expect(Buffer.byteLength(one!)).toBeLessThanOrEqual(3000);
    expect(two).toBeTruthy();
    const portuguese = answer(choices(2), request('', {}), { language: 'pt-BR' });
    expect(portuguese).toContain('voice="Polly.Camila" language="pt-BR"');
    expect(said(portuguese).join(' ')).toContain('Para Dish 1, tecle 1.');
  });

  test('keeps what XML cannot carry out of it', () => {
    expect(sayable('a\u0000b\ud800c\td\ne')).toBe('abc d\ne');
    expect(sayable('See https://www.example.com/a?b=c.')).toBe('See example.com.');
    expect(sayable('Ring +15550100301 or 12')).toBe('Ring 1 5 5 5 0 1 0 0 3 0 1 or 12');
  });

  test('records only where that is wanted, and says so first', () => {
    const xml = answer([], request('', {}), { recordCalls: true });
    expect(said(xml)).toEqual(['This call is recorded.']);
    expect(attribute(xml, 'Recording', 'recordingStatusCallback')).toBe(`${HOOK}/recording?with=15550100201`);
    expect(answer([], request('', {}))).not.toContain('Recording');
  });

  test('is TwiML for any request at all', () => {
    for (const nonsense of [
      { ...request('', {}), publicUrl: 'no URL' },
      { ...request('', {}), body: new Uint8Array([0xff, 0]) },
    ])
      expect(answer(['x'], nonsense)).toMatch(/^<\?xml/);
  });
});

describe('a menu', () => {
  const open = (xml: string, fields: Record<string, string>): InboundRequest => request(pathOf(xml), fields);
  const first = answer(choices(3), request('', {}));

  test('has a key for each choice, its words as hints, and takes one key', () => {
    expect(said(first)[0]).toBe('Which?\n\nFor Dish 1, press 1.\nFor Dish 2, press 2.\nFor Dish 3, press 3.');
    expect(attribute(first, 'Gather', 'numDigits')).toBe('1');
    expect(attribute(first, 'Gather', 'hints')).toBe('Dish 1,Dish 2,Dish 3');
    expect(pathOf(first)).toContain('of=3');
  });

  test('reads descriptions after the key', () => {
    const rows = [{ title: 'Small', description: 'Fits in a pocket', payload: 's' }];
    const xml = answer(
      frames({ type: 'list', text: 'Which size?', sections: [{ title: 'Sizes', rows }] }),
      request('', {}),
    );
    expect(said(xml)[0]).toContain('For Small, press 1. Fits in a pocket.');
  });

  test('turns a key into the number of its choice', () => {
    expect(voice.parse(open(first, { Digits: '2' }), config)).toMatchObject([
      { type: 'receipt', target: { partKey: PART }, state: 'delivered' },
      { type: 'call', detail: { state: 'in-progress' } },
      { type: 'message', content: { type: 'text', text: '2' } },
    ]);
    expect(reply.waits(open(first, { Digits: '2' }), config)).toEqual({ to: them, after: '90.0', waitMs: 5000 });
  });

  test('is read again from where it stands in the log, at a wrong key, at none and at the star', () => {
    for (const digits of ['7', '', '*', '0']) {
      const asked = open(first, { Digits: digits });
      expect(reply.waits(asked, config)).toEqual({ to: them, waitMs: 0 });
      const again = answer(choices(3), asked, {}, '95.0');
      expect(said(again).join('\n')).toContain('For Dish 3, press 3.');
      expect(pathOf(again)).toContain('of=3');
      expect(attribute(again, 'Gather', 'action').includes('tries=1')).toBe(digits !== '*');
      expect(said(again)[0] === 'Sorry, that is not one of the choices.').toBe(digits === '7' || digits === '0');
    }
    const later = answer(choices(2), request('/gather?step=4&after=80.0&said=', {}), {}, '90.0');
    expect(reply.waits(open(later, { Digits: '9' }), config)).toMatchObject({ after: '80.0' });
  });

  test('gives up after three more times: a tape, a person, or the end', () => {
    const press = (more: Partial<VoiceConfig>, fields: Record<string, string> = {}): string => {
      let xml = first;
      for (let time = 0; time < 4; time++) xml = answer(choices(3), open(xml, { Digits: '8', ...fields }), more);
      return xml;
    };
    const tape = press({});
    expect(tape).toContain('<Record');
    expect(attribute(tape, 'Record', 'transcribeCallback')).toBe(`${HOOK}/transcription`);
    expect(press({ transcribe: false })).not.toContain('transcribe');
    const person = press({ fallbackNumber: '+15550100301' });
    expect(person).toContain('<Number>+15550100301</Number>');
    expect(attribute(person, 'Dial', 'callerId')).toBe(config.phoneNumber);
    expect(press({ fallback: 'hangup', fallbackNumber: '+15550100301' })).toMatch(/<Hangup\/><\/Response>$/);
    // Whom we called is asked for no message.
    const ours = { Direction: 'outbound-api', From: config.phoneNumber, To: them.value };
    expect(press({}, ours)).not.toContain('<Record');
  });

  test('has levels of nine; 0 leads on, and the keys go on counting', () => {
    const one = answer(choices(14), request('', {}));
    expect(said(one).join('\n')).toMatch(/press 9\.\nFor more choices, press 0\.$/);
    expect(said(one).join('\n')).not.toContain('Dish 10');
    const more = open(one, { Digits: '0' });
    expect(reply.waits(more, config)).toEqual({ to: them, waitMs: 0 });
    const two = answer(choices(14), more);
    expect(said(two).join('\n')).toMatch(/For Dish 10, press 1\.[\s\S]*For Dish 14, press 5\.$/);
    expect(voice.parse(open(two, { Digits: '3' }), config).at(-1)).toMatchObject({ content: { text: '12' } });
    expect(voice.parse(open(two, { Digits: '6' }), config).at(-1)).toMatchObject({ type: 'ignored' });
  });

  test('offers a person with 0 where there is one', () => {
    const more = { fallbackNumber: '+15550100301' };
    const xml = answer(choices(2), request('', {}), more);
    expect(said(xml).join('\n')).toMatch(/To speak to a person, press 0\.$/);
    expect(answer([], open(xml, { Digits: '0' }), more)).toContain('<Number>+15550100301</Number>');
  });

  test('closes when something newer is said', () => {
    const newer = frames({ type: 'text', text: 'Never mind.' }, PART.replace('0192a', '0193a'));
    const xml = answer([...choices(3), ...newer], request('', {}));
    expect(attribute(xml, 'Gather', 'numDigits')).toBe('');
    expect(said(xml).join('\n')).not.toContain('press');
    expect(pathOf(xml)).not.toContain('of=');
  });

  test('is repeated in a call of ours too: its words wait under the part that made it', () => {
    const ours = { CallSid: CALL, Direction: 'outbound-api', From: config.phoneNumber, To: them.value };
    const waiting = choices(2).map((frame) => ({ ...frame, call: PART }));
    const xml = answer(waiting, request(`/next?step=0&part=${PART}`, ours));
    expect(said(xml)[0]).toContain('For Dish 1, press 1.');
    expect(said(answer(waiting, request(pathOf(xml), { ...ours, Digits: '' })))[0]).toContain('For Dish 1, press 1.');
    expect(said(answer(waiting, request('/next?step=0', ours)))).toEqual([]);
  });
});

describe('putting through', () => {
  const call = { type: 'call', text: 'Ring us', phone: '+15550100301' } as const;

  test('follows at once where there is nothing else to choose', () => {
    const frame: Frame = {
      id: PART,
      call: CALL,
      text: 'One moment.\n\n1) Ring us',
      choices: [{ number: 1, text: 'Ring us', dial: call.phone }],
    };
    const xml = answer([frame], request('', {}));
    expect(xml).toContain(`<Number>${call.phone}</Number>`);
    expect(said(xml)).toEqual(['One moment.\n\nRing us']);
    expect(pathOf(xml, 'Dial')).toBe(`/dialed?step=1&after=90.0&said=${PART}&spoken=1`);
  });

  test('is a choice among others', () => {
    const url = '/gather?step=8&after=70.0&of=2&dial=2_15550100301';
    const dialed = request(url, { Digits: '2' });
    expect(answer([], dialed)).toContain(`<Number>${call.phone}</Number>`);
    expect(reply.waits(dialed, config)).toMatchObject({ waitMs: 0 });
    expect(answer([], request(url, { Digits: '1' }))).not.toContain('<Dial');
  });

  test('ends the call when it went well, and asks for a message when nobody was there', () => {
    const after = (state: string, more: Partial<VoiceConfig> = {}): string =>
      answer([], request('/dialed?step=2', { DialCallStatus: state }), more);
    expect(after('completed')).toMatch(/<Response><Hangup\/><\/Response>$/);
    for (const state of ['busy', 'no-answer', 'failed', 'canceled', '']) expect(after(state)).toContain('<Record');
    expect(after('busy', { fallback: 'hangup' })).not.toContain('<Record');
  });
});

describe('silence', () => {
  test('ends a call politely once something has been said, and asks for a message where nothing was', () => {
    const quiet = (more: string): string =>
      answer([], request(`/gather?step=9&after=1.0&quiet=58${more}`, { Digits: '' }));
    expect(said(quiet('&spoken=1'))).toEqual(['Goodbye.']);
    expect(quiet('&spoken=1')).toContain('<Hangup/>');
    expect(quiet('')).toContain('<Record');
    expect(answer([], request('/gather?step=9&quiet=10&spoken=1', { Digits: '' }))).toContain('quiet=15');
  });

  test('starts anew whenever somebody says something', () => {
    expect(answer([], request('/gather?step=9&quiet=58&spoken=1', { SpeechResult: 'Hello?' }))).toContain('quiet=6');
    expect(answer(choices(1), request('/next?step=9&quiet=58', {}))).not.toContain('quiet');
  });
});

describe('what waits', () => {
  test('are the requests that have to be answered with words', () => {
    for (const name of ['incoming', 'gather-dtmf', 'next', 'record-action', 'dial-action'])
      expect(reply.waits(fixture(name), config), name).toMatchObject({ to: them });
    for (const name of ['status-completed', 'recording-status', 'transcription', 'recorded-hangup', 'no-call'])
      expect(reply.waits(fixture(name), config), name).toBeUndefined();
  });

  test('waits as long as the channel says, and for silence hardly at all', () => {
    expect(reply.waits(request('', {}), { ...config, answerMs: 1200 })).toMatchObject({ waitMs: 1200 });
    expect(reply.waits(request('/gather?step=1&after=5.5', { Digits: '' }), config)).toMatchObject({
      after: '5.5',
      waitMs: 250,
    });
  });

  test('believes nothing in a URL that we did not write', () => {
    const odd = request('/gather?step=x&after=evil&said=me&of=-1&dial=1_abc&before=%00&level=9e9&tries=99999999', {
      Digits: '1',
    });
    expect(voice.parse(odd, config)).toMatchObject([
      { type: 'message', externalId: `${CALL}.0`, content: { text: '1' } },
    ]);
  });
});

describe('recordings', () => {
  const media = { ref: { recordingSid: 'RE00000000000000000000000000000001' } };
  const io = (status: number) =>
    scriptedIo('http://far', [{ status, rawBody: 'sound', headers: { 'content-type': 'audio/mpeg' } }]);

  test('are fetched as mp3 with the account’s credentials', async () => {
    const far = io(200);
    const file = await voice.fetchMedia!(media, config, far, fixture('record-action'));
    expect(file).toMatchObject({ mimeType: 'audio/mpeg', filename: 'RE00000000000000000000000000000001.mp3' });
    expect(far.requests).toMatchObject([
      {
        url: `http://far/2010-04-01/Accounts/${config.accountSid}/Recordings/RE00000000000000000000000000000001.mp3`,
        headers: { authorization: `Basic ${btoa(`${config.accountSid}:${config.authToken}`)}` },
      },
    ]);
  });

  test('may not be there yet; what is no recording is not asked for', async () => {
    await expect(voice.fetchMedia!(media, config, io(404), fixture('next'))).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(voice.fetchMedia!(media, config, io(401), fixture('next'))).rejects.toMatchObject({
      code: 'bad_credentials',
    });
    for (const ref of [{ recordingSid: '../../Accounts' }, {}, { recordingSid: 7 }])
      await expect(voice.fetchMedia!({ ref }, config, io(200), fixture('next'))).rejects.toMatchObject({
        code: 'content_refused',
      });
  });
});

describe('connecting', () => {
  const number = {
    sid: 'PN00000000000000000000000000000001',
    phone_number: config.phoneNumber,
    friendly_name: 'Acme',
    capabilities: { voice: true },
  };
  const list = (...numbers: object[]) => ({ status: 200, body: { incoming_phone_numbers: numbers } });

  test('points the number’s calls and their news here', async () => {
    const io = scriptedIo('http://far', [list(number), { status: 200, body: number }]);
    expect(await voice.connect!(config, io, { url: HOOK })).toEqual({
      account: config.phoneNumber,
      config: { phoneNumberSid: number.sid },
      name: 'Acme · +15550100900',
    });
    expect(Object.fromEntries(new URLSearchParams(String(io.requests[1]?.body)))).toEqual({
      VoiceUrl: `${HOOK}#rc=5&rp=all`,
      VoiceMethod: 'POST',
      VoiceApplicationSid: '',
      StatusCallback: `${HOOK}/status#rc=5&rp=all`,
      StatusCallbackMethod: 'POST',
    });
    const stranger = scriptedIo('http://far', [list({ ...number, phone_number: '+15550100999' })]);
    await expect(voice.connect!(config, stranger, { url: HOOK })).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  test('each finding of the probe says what to do about it', async () => {
    const probe = async (...answers: Parameters<typeof scriptedIo>[1]) =>
      (await voice.probe!(config, scriptedIo('http://far', answers), { url: HOOK })).map(
        ({ name, ok, remedy }) => `${name} ${ok ? 'ok' : `mend: ${remedy ? 'told' : ''}`}`,
      );
    const well = { ...number, voice_url: HOOK, status_callback: `${HOOK}/status` };
    expect(await probe(list(well))).toEqual(['credentials ok', 'permissions ok', 'webhook ok', 'webhook ok']);
    expect(await probe(list({ ...number, capabilities: { voice: false }, voice_application_sid: 'AP1' }))).toEqual([
      'credentials ok',
      'webhook mend: told',
      'permissions mend: told',
      'webhook mend: told',
      'webhook mend: told',
    ]);
    expect(await probe(list())).toEqual(['credentials ok', 'permissions mend: told']);
    expect(await probe({ status: 401, body: { code: 20003 } })).toEqual(['credentials mend: told']);
    expect(await probe({ status: 503 })).toEqual(['credentials mend: told']);
  });
});

test('a call of ours asks who answered only where that is wanted, and is made without words too', () => {
  const context = { partKey: PART, callbackUrl: HOOK } as RenderContext;
  const [bare] = voice.call!(them, context, { ...config, machineDetection: true, recordCalls: true });
  expect(bare).toMatchObject({ body: { MachineDetection: 'Enable', Record: true } });
  expect(calls(bare!)).toEqual([]);
  expect(bare).not.toHaveProperty('frame');
});
