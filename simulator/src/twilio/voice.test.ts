import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { quiet, type Received, type Receiver, startReceiver } from '../../test/receiver.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import { sign } from './sign.ts';
import { readTwiml, TwimlError } from './twiml.ts';
import { readXml } from './xml.ts';

let lab: Simulator;
let platform: Receiver;
const accountSid = 'AC00000000000000000000000000005550';
const authToken = 'test-auth-token-twilio-0001';
const number = '+15550100900';
const ana = '+12025550142';

beforeAll(async () => {
  lab = await startSimulator({ settings: { callSecondMs: 10, retryFirstMs: 20, retryMaxMs: 80 } });
  platform = await startReceiver();
});
afterAll(async () => {
  await lab.stop();
  await platform.stop();
});
let script: Record<string, string | { status?: number; body?: string; contentType?: string }>;
beforeEach(async () => {
  await quiet(lab, platform);
  lab.reset(true);
  platform.got.length = 0;
  script = {};
  platform.answer = ({ url }) => {
    const path = url.replace(/^\/hook/, '').replace(/\?.*$/, '') || '/';
    const found = script[path] ?? '<Response/>';
    const { status = 200, body = '', contentType = 'text/xml' } = typeof found === 'string' ? { body: found } : found;
    return { status, body, contentType };
  };
  lab.account({
    provider: 'voice',
    title: 'Acme Demo',
    account: number,
    credentials: { accountSid, authToken },
    webhookUrl: platform.url,
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into deeply.
type Any = any;
async function ask(method: string, path: string, form?: [string, string][], token = authToken): Promise<Any> {
  const answer = await fetch(`${lab.url}/twilio/2010-04-01/Accounts/${accountSid}${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${accountSid}:${token}`)}` },
    ...(form ? { body: new URLSearchParams(form) } : {}),
  });
  const text = await answer.text();
  return { http: answer.status, ...(text.startsWith('{') ? JSON.parse(text) : { text }) };
}
const call = (fields: Record<string, string> = {}): Promise<Any> =>
  ask('POST', '/Calls.json', [
    ...Object.entries({
      To: ana,
      From: number,
      Url: `${platform.url}/out`,
      StatusCallback: `${platform.url}/status?part=p`,
      ...fields,
    }),
    ...['initiated', 'ringing', 'answered', 'completed'].map((event): [string, string] => [
      'StatusCallbackEvent',
      event,
    ]),
  ]);
const act = (deed: Parameters<Simulator['act']>[3], person = 'ana') => lab.act('voice', number, person, deed) ?? '';
const phone = (person = 'ana') => lab.phone('voice', number, person);
const view = (person = 'ana') => phone(person).messages.at(-1)?.call;
const fieldsOf = ({ raw }: Received): Record<string, string> => Object.fromEntries(new URLSearchParams(raw.toString()));
const asked = (path: string) =>
  platform.got.filter(({ url }) => url.replace(/\?.*$/, '') === `/hook${path}`).map(fieldsOf);
const until = async (check: () => boolean): Promise<void> => {
  await expect.poll(check, { interval: 5, timeout: 4000 }).toBe(true);
};
const say = (text: string) => `<Say voice="Polly.Joanna">${text}</Say>`;
const menu = (more = '') =>
  `<Response><Gather input="dtmf speech" numDigits="1" timeout="5" action="${platform.url}/gather?step=1&amp;x=2" actionOnEmptyResult="true">${say('For sales press 1. For support, press 2.')}</Gather>${more}</Response>`;

describe('somebody who calls', () => {
  it('is answered with what the platform says, by requests that are signed', async () => {
    script['/'] = menu();
    const sid = act({ do: 'dial' });
    await until(() => view()?.gather !== undefined);
    const first = platform.got[0]!;
    const fields = fieldsOf(first);
    expect(fields).toMatchObject({
      CallSid: sid,
      CallStatus: 'ringing',
      Direction: 'inbound',
      From: ana,
      To: number,
      AccountSid: accountSid,
    });
    expect(first.headers['x-twilio-signature']).toBe(sign(authToken, platform.url, fields));
    expect(view()).toMatchObject({
      state: 'in_call',
      says: ['For sales press 1. For support, press 2.'],
      menu: [
        { digit: '1', text: 'sales' },
        { digit: '2', text: 'support' },
      ],
      gather: ['digits', 'speech'],
    });
  });

  it('presses a key, speaks, or is silent: each comes to the action', async () => {
    script['/'] = menu();
    script['/gather'] = menu();
    act({ do: 'dial' });
    await until(() => view()?.gather !== undefined);
    act({ do: 'press', digits: '2' });
    await until(() => asked('/gather').length === 1);
    expect(asked('/gather')[0]).toMatchObject({ Digits: '2', CallStatus: 'in-progress', msg: 'Gather End' });
    const request = platform.got.find(({ url }) => url.startsWith('/hook/gather'))!;
    expect(request.url).toBe('/hook/gather?step=1&x=2');
    expect(request.headers['x-twilio-signature']).toBe(
      sign(authToken, `${platform.url}/gather?step=1&x=2`, fieldsOf(request)),
    );
    await until(() => view()?.gather !== undefined);
    act({ do: 'speak', text: 'Support' });
    await until(() => asked('/gather').length === 2);
    expect(asked('/gather')[1]).toMatchObject({ SpeechResult: 'Support', Confidence: '0.91' });
    await until(() => asked('/gather').length === 3);
    expect(asked('/gather')[2]).toMatchObject({ Digits: '' });
    expect(
      view()
        ?.lines?.filter(({ from }) => from === 'customer')
        .map(({ text }) => text),
    ).toEqual(['2', 'Support']);
  });

  it('is asked for no action without input, unless that was wanted: the next verb follows', async () => {
    script['/'] =
      `<Response><Gather action="${platform.url}/gather">${say('Well?')}</Gather>${say('Nothing then.')}</Response>`;
    act({ do: 'dial' });
    await until(() => view()?.state === 'ended');
    expect(view()?.says).toEqual(['Well?', 'Nothing then.']);
    expect(asked('/gather')).toEqual([]);
    await until(() => asked('/status').length === 1);
    expect(asked('/status')[0]).toMatchObject({
      CallStatus: 'completed',
      CallbackSource: 'call-progress-events',
      SequenceNumber: '0',
    });
    expect(Number(asked('/status')[0]!.CallDuration)).toBeGreaterThan(0);
  });

  it('waits, is sent elsewhere, and hears a sound', async () => {
    script['/'] =
      `<Response><Pause length="1"/><Redirect method="POST">${platform.url}/next?quiet=1</Redirect></Response>`;
    script['/next'] = `<Response><Play>https://media.example.com/a.mp3</Play><Hangup/></Response>`;
    act({ do: 'dial' });
    await until(() => view()?.state === 'ended');
    expect(view()?.says).toEqual(['♪ https://media.example.com/a.mp3']);
    expect(asked('/next')).toHaveLength(1);
  });

  it('may be refused, and may hang up', async () => {
    script['/'] = '<Response><Reject reason="busy"/></Response>';
    act({ do: 'dial' });
    await until(() => view()?.state === 'ended');
    script['/'] = menu();
    act({ do: 'dial' });
    expect(() => act({ do: 'dial' })).toThrow('on the telephone already');
    await until(() => view()?.gather !== undefined);
    act({ do: 'hangup' });
    expect(view()?.state).toBe('ended');
    expect(() => act({ do: 'press', digits: '1' })).toThrow('There is no call.');
    expect(() => act({ do: 'text', text: 'Hi' })).toThrow('Nobody can do');
  });
});

describe('a message that is left', () => {
  const tape = () =>
    `<Response>${say('Speak.')}<Record action="${platform.url}/recorded" timeout="5" finishOnKey="#" transcribe="true" transcribeCallback="${platform.url}/transcription" recordingStatusCallback="${platform.url}/recording" recordingStatusCallbackEvent="completed absent"/>${say('Nothing.')}</Response>`;

  it('comes to the action, can be fetched with the account’s credentials, and is written down', async () => {
    script['/'] = tape();
    act({ do: 'dial' });
    await until(() => view()?.gather?.[0] === 'record');
    act({ do: 'record', seconds: 7 });
    await until(() => asked('/transcription').length === 1);
    const [action] = asked('/recorded');
    expect(action).toMatchObject({ RecordingDuration: '7', Digits: '#' });
    expect(asked('/recording')[0]).toMatchObject({
      RecordingStatus: 'completed',
      RecordingSid: action!.RecordingSid,
      RecordingSource: 'RecordVerb',
    });
    expect(asked('/transcription')[0]).toMatchObject({
      TranscriptionStatus: 'completed',
      RecordingSid: action!.RecordingSid,
      TranscriptionText: expect.stringContaining('call me back'),
    });
    const url = `${action!.RecordingUrl}.mp3`;
    const file = await fetch(url, { headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` } });
    expect(file.headers.get('content-type')).toBe('audio/mpeg');
    expect(new Uint8Array(await file.arrayBuffer()).slice(0, 2)).toEqual(Uint8Array.of(0xff, 0xfb));
    expect((await fetch(url)).status).toBe(401);
    expect((await ask('GET', '/Recordings/RE00000000000000000000000000000000.mp3')).http).toBe(404);
  });

  it('may be nothing, or end with the call', async () => {
    script['/'] = tape();
    act({ do: 'dial' });
    await until(() => view()?.state === 'ended');
    expect(view()?.says).toEqual(['Speak.', 'Nothing.']);
    expect(asked('/recorded')).toEqual([]);
    await until(() => asked('/recording').length === 1);
    expect(asked('/recording')[0]).toMatchObject({ RecordingStatus: 'absent' });
    act({ do: 'dial' });
    await until(() => view()?.gather?.[0] === 'record');
    act({ do: 'hangup' });
    await until(() => asked('/recorded').length === 1);
    expect(asked('/recorded')[0]).toMatchObject({ Digits: 'hangup', CallStatus: 'completed' });
  });
});

describe('the platform that calls', () => {
  const states = () => asked('/status').map(({ CallStatus, SequenceNumber }) => `${SequenceNumber} ${CallStatus}`);

  it('reaches somebody: initiated, ringing, answered, completed, and what it says', async () => {
    script['/out'] = `<Response>${say('Your order has shipped.')}</Response>`;
    const made = await call();
    expect(made).toMatchObject({ http: 201, status: 'queued', direction: 'outbound-api', to: ana, from: number });
    await until(() => view()?.state === 'ringing');
    expect(phone().messages.at(-1)).toMatchObject({ id: made.sid, from: 'business', kind: 'call' });
    act({ do: 'answer' });
    await until(() => states().length === 4);
    expect(states()).toEqual(['0 initiated', '1 ringing', '2 in-progress', '3 completed']);
    expect(view()?.says).toEqual(['Your order has shipped.']);
    expect(asked('/out')[0]).toMatchObject({
      CallStatus: 'in-progress',
      Direction: 'outbound-api',
      To: ana,
      From: number,
    });
    expect(await ask('GET', `/Calls/${made.sid}.json`)).toMatchObject({
      status: 'completed',
      duration: expect.any(String),
    });
    expect((await ask('GET', '/Calls.json')).calls).toHaveLength(1);
  });

  it('finds the line busy, nobody there, or no such number', async () => {
    await call();
    await until(() => view()?.state === 'ringing');
    act({ do: 'hangup' });
    await until(() => states().includes('2 busy'));
    expect(asked('/status').at(-1)).toMatchObject({ SipResponseCode: '486', CallDuration: '0' });
    platform.got.length = 0;
    await call({ Timeout: '2' });
    await until(() => states().includes('2 no-answer'));
    platform.got.length = 0;
    await call({ To: '+12025559999' });
    await until(() => states().includes('1 failed'));
    act({ do: 'block' });
    platform.got.length = 0;
    await call();
    await until(() => states().includes('1 no-answer'));
    expect(asked('/out')).toEqual([]);
  });

  it('may bring its words along, learn who answered, and have the call recorded', async () => {
    await call({
      Twiml: `<Response>${say('Hello')}</Response>`,
      MachineDetection: 'Enable',
      Record: 'true',
      RecordingStatusCallback: `${platform.url}/recording`,
    });
    await until(() => view()?.state === 'ringing');
    act({ do: 'answer' });
    await until(() => asked('/recording').length === 1);
    expect(asked('/recording')[0]).toMatchObject({ RecordingSource: 'OutboundAPI', RecordingStatus: 'completed' });
    expect(asked('/out')).toEqual([]);
    await call({ MachineDetection: 'Enable' });
    await until(() => view()?.state === 'ringing');
    act({ do: 'answer' });
    await until(() => asked('/out').length === 1);
    expect(asked('/out')[0]).toMatchObject({ AnsweredBy: 'human' });
  });

  it('puts a call onto other words, or ends it', async () => {
    script['/out'] = menu();
    script['/else'] = `<Response>${say('Something else.')}<Pause length="300"/></Response>`;
    const { sid } = await call();
    await until(() => view()?.state === 'ringing');
    expect(await ask('POST', `/Calls/${sid}.json`, [['Url', `${platform.url}/else`]])).toMatchObject({
      http: 400,
      code: 21220,
    });
    act({ do: 'answer' });
    await until(() => view()?.gather !== undefined);
    await ask('POST', `/Calls/${sid}.json`, [['Url', `${platform.url}/else`]]);
    await until(() => view()?.says.at(-1) === 'Something else.');
    await ask('POST', `/Calls/${sid}.json`, [['Status', 'completed']]);
    expect(view()?.state).toBe('ended');
  });

  it('is refused what Twilio refuses', async () => {
    expect(await call({ To: 'Ana' })).toMatchObject({ http: 400, code: 21211 });
    expect(await call({ To: '' })).toMatchObject({ code: 21201 });
    expect(await call({ From: '+15550100999' })).toMatchObject({ code: 21210 });
    expect(await call({ Url: '' })).toMatchObject({ code: 21205 });
    expect(await call({ Url: 'nowhere' })).toMatchObject({ code: 21205 });
    expect(await call({ Twiml: 'x'.repeat(4001) })).toMatchObject({ code: 21218 });
    expect(await call({ Timeout: '601' })).toMatchObject({ code: 20001 });
    expect(await call({ StatusCallback: 'nowhere' })).toMatchObject({ code: 21609 });
    expect(await ask('POST', '/Calls.json', [], 'wrong')).toMatchObject({ http: 401, code: 20003 });
    expect(await ask('GET', '/Calls/CA1.json')).toMatchObject({ http: 404, code: 20404 });
  });

  it('has bad days: refused for a while, out of order, never answered, told twice', async () => {
    lab.misbehave({ voice: { rateLimit: 1, retryAfterSeconds: 3 } });
    expect(await call()).toMatchObject({ http: 429, code: 20429 });
    lab.misbehave({ voice: { rateLimit: 0, serverError: 1 } });
    expect(await call()).toMatchObject({ http: 503, code: 20503 });
    lab.misbehave({ voice: { serverError: 0, noReceipts: true } });
    script['/out'] = menu();
    await call();
    await until(() => view()?.state === 'ringing');
    act({ do: 'answer' });
    await until(() => view()?.gather !== undefined);
    act({ do: 'hangup' });
    expect(states()).toEqual([]);
    lab.misbehave({ voice: { noReceipts: false, duplicate: 1 } });
    await call();
    await until(() => states().filter((state) => state === '0 initiated').length === 2);
  });
});

describe('putting through', () => {
  it('rings somebody else, and tells how that went', async () => {
    const [, other] = lab.people;
    script['/'] =
      `<Response><Dial action="${platform.url}/dialed" timeout="5" callerId="${number}"><Number>${other!.phone}</Number></Dial></Response>`;
    act({ do: 'dial' });
    await until(() => view(other!.id)?.state === 'ringing');
    act({ do: 'answer' }, other!.id);
    await until(() => view()?.says.at(-1)?.includes('on the line') === true);
    act({ do: 'speak', text: 'Good day' });
    expect(view(other!.id)?.says).toEqual(['Good day']);
    act({ do: 'hangup' }, other!.id);
    await until(() => asked('/dialed').length === 1);
    expect(asked('/dialed')[0]).toMatchObject({ DialCallStatus: 'completed', DialCallDuration: expect.any(String) });
    await until(() => view()?.state === 'ended');
    act({ do: 'dial' });
    await until(() => asked('/dialed').length === 2);
    expect(asked('/dialed')[1]).toMatchObject({ DialCallStatus: 'no-answer' });
  });
});

describe('what Twilio cannot use', () => {
  const fails = async (answer: (typeof script)[string], code: number): Promise<void> => {
    script['/'] = answer;
    act({ do: 'dial' });
    await until(() => view()?.state === 'ended');
    expect(view()?.says.at(-1)).toContain(`(${code}:`);
  };

  it('ends the call with its own number', async () => {
    await fails({ status: 500 }, 11200);
    await fails({ body: '{}', contentType: 'application/json' }, 12300);
    await fails('<Response><Say>open</Response>', 12100);
    await fails('<Response><Say>a & b</Say></Response>', 12100);
    await fails('<Answer/>', 12100);
    await fails('<Response><Sing>la</Sing></Response>', 12200);
    await fails(`<Response>${say('x'.repeat(3001))}</Response>`, 13521);
    await fails(`<Response>${say(' ')}</Response>`, 13520);
    await fails('<Response><Gather numDigits="none"/></Response>', 13314);
    await fails(`<Response>${`<Pause length="1"/>`.repeat(4000)}</Response>`, 11750);
  });

  it('is read as strictly as XML is', () => {
    expect(readXml('<?xml version="1.0"?><!-- x --><a b="1 &amp; 2" c=\'"\'>t<d/>&#x41;<![CDATA[<e>]]></a>')).toEqual({
      name: 'a',
      attributes: { b: '1 & 2', c: '"' },
      children: ['t', { name: 'd', attributes: {}, children: [] }, 'A', '<e>'],
    });
    for (const bad of [
      '',
      'x',
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a b=1/>',
      '<a b="1" b="2"/>',
      '<a>&nbsp;</a>',
      '<a>\u0001</a>',
    ])
      expect(() => readXml(bad), bad).toThrow();
    expect(() => readTwiml('<Response><Gather><Record/></Gather></Response>')).toThrow(TwimlError);
  });
});
