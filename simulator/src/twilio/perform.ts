import type { Posted } from '../post.ts';
import { type Input, type Listening, PhoneCall } from './call.ts';
import { end, enter } from './progress.ts';
import { recorded, tellAbsent } from './recordings.ts';
import { readTwiml, TwimlError } from './twiml.ts';
import { type Element, elementsOf, textOf } from './xml.ts';

/** So many letters are spoken in a second. */
const LETTERS_A_SECOND = 15;

/** Asks the platform what to do next, and does it. A call that was answered otherwise meanwhile stays with that. */
export async function fetchAndPerform(call: PhoneCall, url: string, more: Record<string, string> = {}): Promise<void> {
  const turn = ++call.turn;
  const fields = { ...call.fields, ...more };
  const posted = await ask(call, url, fields);
  if (call.over || call.turn !== turn) return;
  if (!posted) return complain(call, new TwimlError(11200, 'HTTP retrieval failure'));
  if (!/^(?:text|application)\/xml\b/i.test(posted.mimeType ?? '') && posted.text !== '')
    return complain(call, new TwimlError(12300, `Invalid Content-Type: ${posted.mimeType || 'none'}`));
  await performText(call, posted.text, url);
}

/** Does what a document says. */
export async function performText(call: PhoneCall, text: string, url: string): Promise<void> {
  let verbs: Element[];
  try {
    verbs = text === '' ? [] : readTwiml(text);
  } catch (error) {
    if (!(error instanceof TwimlError)) throw error;
    return complain(call, error);
  }
  // A call that is refused is never answered.
  if (call.state === 'ringing' && verbs[0]?.name !== 'Reject') enter(call, 'in-progress');
  await perform(call, verbs, url);
}

/** A signed request; nothing where it was not answered with 2xx. */
function ask(call: PhoneCall, url: string, fields: Record<string, string>): Promise<Posted | undefined> {
  return new Promise((resolve) => {
    let tries = 0;
    call.account.queues.tell(url, call.account.number.authToken, fields, {
      lane: call.sid,
      messageId: call.sid,
      ...(call.person ? { person: call.person } : {}),
      answered: resolve,
      watcher: {
        attempted: (ok) => {
          tries++;
          // Tried again only where the URL asks for that.
          if (!ok && tries > retriesOf(url)) resolve(undefined);
        },
      },
    });
  });
}
const retriesOf = (url: string): number => Number(/#.*\brc=(\d)/.exec(url)?.[1] ?? 0);

/** What Twilio says to whoever is on the line when it cannot go on. The number is told on the screen. */
function complain(call: PhoneCall, error: TwimlError): void {
  if (call.state === 'ringing') enter(call, 'in-progress');
  call.say('business', `An application error has occurred. Goodbye. (${error.code}: ${error.message})`);
  end(call, 'completed');
}

async function perform(call: PhoneCall, verbs: readonly Element[], url: string): Promise<void> {
  const turn = call.turn;
  const gone = () => call.over || call.turn !== turn;
  const resolve = (target: string | undefined) => new URL(target || url, url).href;
  for (const verb of verbs) {
    if (gone()) return;
    const { attributes } = verb;
    switch (verb.name) {
      case 'Say':
      case 'Play':
      case 'Pause':
        await utter(call, verb, gone);
        break;
      case 'Gather': {
        const input = await gather(call, verb, gone);
        if (gone() || input === 'gone') return;
        if (input === 'silence' && attributes.actionOnEmptyResult !== 'true') break;
        void fetchAndPerform(call, resolve(attributes.action), fieldsOf(input, attributes));
        return;
      }
      case 'Record': {
        const input = await listen(call, {
          kinds: ['record'],
          finishOnKey: attributes.finishOnKey ?? '1234567890*#',
          timeoutMs: call.ms(Number(attributes.timeout ?? 5)),
        });
        if (input === 'silence') {
          tellAbsent(call, verb);
          break;
        }
        if (typeof input !== 'object' || !('recorded' in input)) return;
        // Also of somebody who has hung up since.
        void fetchAndPerform(call, resolve(attributes.action), recorded(call, verb, input.recorded));
        return;
      }
      case 'Dial': {
        const outcome = await dial(call, verb);
        if (gone()) return;
        if (!attributes.action) break;
        void fetchAndPerform(call, resolve(attributes.action), outcome);
        return;
      }
      case 'Start': {
        const recording = elementsOf(verb)[0];
        if (recording)
          call.recording = {
            callback: recording.attributes.recordingStatusCallback ?? '',
            source: 'StartCallRecordingTwiML',
          };
        break;
      }
      case 'Redirect':
        void fetchAndPerform(call, resolve(textOf(verb).trim()));
        return;
      case 'Reject':
        end(call, attributes.reason === 'busy' ? 'busy' : 'no-answer');
        return;
      case 'Hangup':
        end(call, 'completed');
        return;
    }
  }
  // When the verbs run out, so does the call.
  if (!gone()) end(call, 'completed');
}

/** Says, plays or is silent, for as long as that takes. */
async function utter(call: PhoneCall, verb: Element, stop: () => boolean): Promise<void> {
  const text = textOf(verb).trim();
  let seconds = 1;
  if (verb.name === 'Say') {
    call.say('business', text);
    seconds = text.length / LETTERS_A_SECOND;
  } else if (verb.name === 'Play') {
    call.say('business', `♪ ${text}`);
  } else seconds = Number(verb.attributes.length ?? 1);
  if (stop()) return;
  await new Promise<void>((done) => call.lab.later(call.ms(seconds), done));
}

/** Speaks what stands in a Gather and listens from its first word on; the patience for silence begins after the last. */
async function gather(call: PhoneCall, verb: Element, gone: () => boolean): Promise<Input> {
  const { input = 'dtmf', numDigits, finishOnKey = '#', timeout = '5' } = verb.attributes;
  const kinds = input.split(' ').map((kind) => (kind === 'dtmf' ? ('digits' as const) : ('speech' as const)));
  const inner = elementsOf(verb);
  call.view.menu = menuIn(
    inner
      .filter((one) => one.name === 'Say')
      .map(textOf)
      .join('\n'),
  );
  const heard = listen(call, {
    kinds,
    ...(numDigits ? { numDigits: Number(numDigits) } : {}),
    finishOnKey,
    timeoutMs: Number.POSITIVE_INFINITY,
  });
  let interrupted = false;
  void heard.then(() => {
    interrupted = true;
  });
  for (const one of inner) {
    if (gone() || interrupted) break;
    await Promise.race([utter(call, one, () => false), heard]);
  }
  if (call.listening && !interrupted) patience(call, call.listening, call.ms(timeout === 'auto' ? 5 : Number(timeout)));
  const result = await heard;
  delete call.view.menu;
  call.changed();
  return result;
}

/** Waits until the person has done something, or has not for so long. */
function listen(call: PhoneCall, how: Omit<Listening, 'pressed' | 'heard'>): Promise<Input> {
  return new Promise((resolve) => {
    const listening: Listening = {
      ...how,
      pressed: '',
      heard(input) {
        if (listening.timer) clearTimeout(listening.timer);
        if (call.listening === listening) call.listening = undefined;
        delete call.view.gather;
        call.changed();
        resolve(input);
      },
    };
    call.listening = listening;
    call.view.gather = how.kinds;
    call.changed();
    if (Number.isFinite(how.timeoutMs)) patience(call, listening, how.timeoutMs);
  });
}

/** From now on silence counts. */
function patience(call: PhoneCall, listening: Listening, ms: number): void {
  if (listening.timer) clearTimeout(listening.timer);
  listening.timeoutMs = ms;
  listening.timer = call.lab.later(ms, () =>
    listening.heard(listening.pressed === '' ? 'silence' : { digits: listening.pressed }),
  );
}

/** A key. Those of a Gather gather; others nobody hears. */
export function press(call: PhoneCall, key: string): void {
  const { listening } = call;
  if (!listening?.kinds.includes('digits')) return;
  if (key === listening.finishOnKey) {
    listening.heard({ digits: listening.pressed });
    return;
  }
  listening.pressed += key;
  if (listening.numDigits !== undefined && listening.pressed.length >= listening.numDigits)
    listening.heard({ digits: listening.pressed });
  else patience(call, listening, Number.isFinite(listening.timeoutMs) ? listening.timeoutMs : call.ms(5));
}

function fieldsOf(input: Input, attributes: Readonly<Record<string, string>>): Record<string, string> {
  const end = { msg: 'Gather End' };
  if (typeof input === 'object' && 'speech' in input)
    return { SpeechResult: input.speech, Confidence: '0.91', Language: attributes.language ?? 'en-US', ...end };
  if (typeof input === 'object' && 'digits' in input) return { Digits: input.digits, FinishedOnKey: '', ...end };
  return { Digits: '', ...end };
}

/** Calls somebody else for whoever is on the line, and answers how that went once it is over. */
async function dial(call: PhoneCall, verb: Element): Promise<Record<string, string>> {
  const number = textOf(elementsOf(verb).find((one) => one.name === 'Number') ?? verb).trim();
  const person = call.lab.people.byNumber(number.replace(/^\+/, ''));
  const leg = new PhoneCall(
    call.lab,
    call.account,
    'outbound-dial',
    person,
    number,
    verb.attributes.callerId ?? call.to,
  );
  leg.parent = call;
  call.bridge = leg;
  leg.bridge = call;
  call.say('business', `… calling ${number}`);
  const state = await ring(leg, Number(verb.attributes.timeout ?? 30));
  const outcome = (status: string): Record<string, string> => ({
    DialCallStatus: status,
    DialCallSid: leg.sid,
    DialBridged: String(status === 'completed'),
    ...(status === 'completed' ? { DialCallDuration: String(leg.seconds) } : {}),
  });
  if (state !== 'in-progress') return outcome(state);
  call.say('business', `${person?.name ?? number} is on the line.`);
  await new Promise<void>((done) => {
    leg.picked = () => done();
  });
  return outcome('completed');
}

/** Rings somebody until they pick up or refuse, or for so many seconds. */
export function ring(call: PhoneCall, seconds: number): Promise<PhoneCall['state']> {
  const { person, account, lab } = call;
  const phone = person && account.phones.of(person);
  if (!person) {
    end(call, 'failed');
    return Promise.resolve('failed');
  }
  if (otherCall(call)) {
    end(call, 'busy');
    return Promise.resolve('busy');
  }
  if (phone?.blocked) {
    end(call, 'no-answer');
    return Promise.resolve('no-answer');
  }
  enter(call, 'ringing');
  call.show();
  return new Promise((resolve) => {
    const timer = lab.later(call.ms(seconds), () => end(call, 'no-answer'));
    call.picked = (state) => {
      clearTimeout(timer);
      call.picked = undefined;
      resolve(state);
    };
  });
}

const otherCall = (call: PhoneCall): boolean =>
  [...call.account.calls.values()].some(
    (one) => one !== call && !one.over && one.person !== undefined && one.person.id === call.person?.id,
  );

/** The keys that words name: “For sales, press 1”, in the languages of the Lab's customers. */
function menuIn(text: string): { digit: string; text: string }[] | undefined {
  const pattern =
    /(?:for|to|para|pour|für|per)\s+([^.\n]+?),?\s+(?:press|tecle|pulse|tapez|drücken sie die|premere)\s+(\d|\*|#)/gi;
  const found = [...text.matchAll(pattern)].map(([, words, digit]) => ({ digit: digit!, text: words! }));
  return found.length > 0 ? found : undefined;
}
