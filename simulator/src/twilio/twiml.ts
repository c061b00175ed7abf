import { type Element, elementsOf, readXml, textOf, XmlError } from './xml.ts';

/** Why Twilio cannot go on with what it was answered, by its own number. */
export class TwimlError extends Error {
  override readonly name = 'TwimlError';
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const mostBytes = 64 * 1024;
/** What stands in what, and the attributes it takes; those of every callback are left out of the lists. */
const VERBS: Readonly<Record<string, { inside?: string[]; attributes: string[] }>> = {
  Say: { attributes: ['voice', 'language', 'loop'] },
  Play: { attributes: ['loop', 'digits'] },
  Pause: { attributes: ['length'] },
  Gather: {
    inside: ['Say', 'Play', 'Pause'],
    attributes: [
      'input',
      'action',
      'method',
      'timeout',
      'speechTimeout',
      'numDigits',
      'finishOnKey',
      'hints',
      'language',
      'speechModel',
      'actionOnEmptyResult',
      'partialResultCallback',
      'profanityFilter',
      'bargeIn',
      'maxSpeechTime',
    ],
  },
  Record: {
    attributes: [
      'action',
      'method',
      'maxLength',
      'timeout',
      'finishOnKey',
      'playBeep',
      'trim',
      'recordingStatusCallback',
      'recordingStatusCallbackEvent',
      'recordingStatusCallbackMethod',
      'transcribe',
      'transcribeCallback',
    ],
  },
  Dial: {
    inside: ['Number'],
    attributes: [
      'action',
      'method',
      'timeout',
      'callerId',
      'record',
      'recordingStatusCallback',
      'recordingStatusCallbackEvent',
      'answerOnBridge',
      'timeLimit',
      'hangupOnStar',
    ],
  },
  Redirect: { attributes: ['method'] },
  Hangup: { attributes: [] },
  Reject: { attributes: ['reason'] },
  Start: { inside: ['Recording'], attributes: ['action', 'method'] },
};
const INNER: Readonly<Record<string, string[]>> = {
  Number: ['sendDigits', 'statusCallback', 'statusCallbackEvent', 'statusCallbackMethod', 'url'],
  Recording: [
    'recordingStatusCallback',
    'recordingStatusCallbackEvent',
    'recordingStatusCallbackMethod',
    'channels',
    'track',
    'trim',
  ],
};

/** Reads an answer as TwiML: its verbs in order. Throws TwimlError with Twilio's number. */
export function readTwiml(text: string): Element[] {
  if (Buffer.byteLength(text) > mostBytes) throw new TwimlError(11750, 'TwiML response body too large');
  let root: Element;
  try {
    root = readXml(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new TwimlError(12100, `Document parse failure: ${error.message}`);
  }
  if (root.name !== 'Response') throw new TwimlError(12100, 'Document parse failure: the root is no Response');
  const verbs = elementsOf(root);
  for (const verb of verbs) check(verb);
  return verbs;
}

function check(verb: Element): void {
  const known = Object.hasOwn(VERBS, verb.name) ? VERBS[verb.name] : undefined;
  if (!known) throw new TwimlError(12200, `Schema validation warning: ${verb.name} is no verb of this Lab`);
  checkAttributes(verb, known.attributes);
  for (const child of elementsOf(verb)) {
    // SSML is Say's own affair.
    if (verb.name === 'Say') continue;
    if (!known.inside?.includes(child.name))
      throw new TwimlError(12200, `Schema validation warning: ${child.name} is not allowed in ${verb.name}`);
    if (VERBS[child.name]) check(child);
    else checkAttributes(child, INNER[child.name] ?? []);
  }
  if (verb.name === 'Say') checkSay(verb);
  if (verb.name === 'Gather') checkGather(verb);
}

function checkAttributes(element: Element, known: readonly string[]): void {
  for (const name of Object.keys(element.attributes))
    if (!known.includes(name))
      throw new TwimlError(12200, `Schema validation warning: ${name} is no attribute of ${element.name}`);
}

/** Amazon's voices take 3000 bytes, Google's 5000, the old ones 4096. */
function checkSay(say: Element): void {
  const voice = say.attributes.voice ?? 'man';
  const most = /^polly\./i.test(voice) ? 3000 : /^google\./i.test(voice) ? 5000 : 4096;
  const text = textOf(say);
  if (text.trim() === '') throw new TwimlError(13520, 'Say: invalid text, it is empty');
  if (Buffer.byteLength(text) > most) throw new TwimlError(13521, `Say: invalid text, it is longer than ${most} bytes`);
}

function checkGather({ attributes }: Element): void {
  const { input = 'dtmf', numDigits, timeout, finishOnKey } = attributes;
  if (input.split(' ').some((kind) => kind !== 'dtmf' && kind !== 'speech'))
    throw new TwimlError(12200, `Schema validation warning: input may not be ${input}`);
  if (numDigits !== undefined && !/^[1-9]\d*$/.test(numDigits))
    throw new TwimlError(13314, 'Gather: invalid numDigits value');
  if (timeout !== undefined && !/^(auto|\d+)$/.test(timeout))
    throw new TwimlError(13313, 'Gather: invalid timeout value');
  if (finishOnKey !== undefined && !/^[0-9*#]?$/.test(finishOnKey))
    throw new TwimlError(13310, 'Gather: invalid finishOnKey value');
}
