import type VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import type { InboundRequest, ReplyAbility } from '../adapter.ts';
import { readField } from '../common/twilio.ts';
import { type Caller, readCaller } from './caller.ts';
import { languageOf, type VoiceConfig } from './config.ts';
import { type Frame, isFrame } from './frame.ts';
import { type Heard, readHeard } from './heard.ts';
import { phrasesOf } from './phrases.ts';
import { type Place, readPlace, readUrl, type Stop } from './place.ts';
import * as twiml from './twiml.ts';

/** A menu is repeated so often for somebody who presses a wrong key, or none. */
const MOST_TRIES = 3;
const ANSWER_MS = 5_000;
/** How long somebody who says nothing is kept from being listened to, for words that may come. */
const GLANCE_MS = 250;

/** One request that wants to know what to say. */
interface Asked {
  stop: Stop;
  caller: Caller;
  place: Place;
  base: string;
  /** What the person did, where we listened. */
  heard?: Heard;
}

/** The answer travels in the response to Twilio's request. Nothing is remembered here: what the next request has to know is in its URL. */
export const reply: ReplyAbility<VoiceConfig> = {
  waits(request, config) {
    const asked = readAsked(request, config);
    if (!asked) return undefined;
    const { caller, place, heard } = asked;
    const to = caller.person;
    if (heard && heard.means !== 'words' && place.menu)
      return { to, ...(place.menu.before ? { after: place.menu.before } : {}), waitMs: 0 };
    const after = place.after ? { after: place.after } : {};
    if (asked.stop === 'dialed' || (heard?.means === 'words' && heard.dial)) return { to, ...after, waitMs: 0 };
    return { to, ...after, waitMs: heard?.means === 'silence' ? GLANCE_MS : (config.answerMs ?? ANSWER_MS) };
  },

  answer(frames, request, config, after) {
    const asked = readAsked(request, config);
    const response = twiml.newTwiml();
    const said = asked ? respond(response, asked, mine(frames, asked), after, config) : [];
    return { status: 200, contentType: 'text/xml', body: response.toString(), said };
  },
};

function readAsked(request: InboundRequest, config: VoiceConfig): Asked | undefined {
  const { base, stop, query } = readUrl(request.publicUrl);
  if (stop === 'status' || stop === 'recording' || stop === 'transcription') return undefined;
  const caller = readCaller(request);
  if (!caller) return undefined;
  const place = readPlace(query);
  // Whoever has hung up hears nothing more.
  if (stop === 'recorded' && readField(caller.form, 'Digits') === 'hangup') return undefined;
  return { stop, caller, place, base, ...(stop === 'gather' ? { heard: readHeard(caller.form, place, config) } : {}) };
}

/** What was published into this very call, each frame once. */
function mine(frames: readonly unknown[], { caller, place }: Asked): Frame[] {
  const found = new Map<string, Frame>();
  for (const frame of frames)
    if (isFrame(frame) && (frame.call === caller.call || frame.call === place.part)) found.set(frame.id, frame);
  return [...found.values()];
}

/** Decides what follows, and answers the part keys of what is said. */
function respond(
  to: VoiceResponse,
  asked: Asked,
  frames: readonly Frame[],
  after: string | undefined,
  config: VoiceConfig,
): string[] {
  const { stop, place, heard, base } = asked;
  const phrases = phrasesOf(languageOf(config));
  const next = (more: Partial<Place> = {}): twiml.Next => ({
    base,
    place: {
      step: place.step + 1,
      ...(after ? { after } : {}),
      said: [],
      tries: 0,
      quiet: place.quiet,
      spoken: place.spoken,
      ...(place.part ? { part: place.part } : {}),
      ...more,
    },
  });

  if (stop === 'incoming') begin(to, asked, config);
  if (stop === 'dialed') return afterTransfer(to, asked, next(), config);
  if (stop === 'recorded') {
    if (frames.length > 0) twiml.speak(to, twiml.utter(frames, [], 0, config), config);
    twiml.hangUp(to, frames.length > 0 ? phrases.goodbye : phrases.thanks, config);
    return keysOf(frames);
  }
  if (heard?.means === 'person' && config.fallbackNumber) {
    twiml.speak(to, [{ say: phrases.connecting }], config);
    twiml.dial(to, config.fallbackNumber, next(), config);
    return [];
  }
  if (heard?.means === 'words' && heard.dial) {
    twiml.dial(to, heard.dial, next(), config);
    return [];
  }
  const repeats = heard && heard.means !== 'words' ? place.menu : undefined;
  const tries = repeats && (heard?.means === 'wrong' || heard?.means === 'silence') ? place.tries + 1 : place.tries;
  if (tries > MOST_TRIES) return giveUp(to, asked, next(), config);
  if (frames.length === 0) return keepQuiet(to, asked, next, config);

  const choices = twiml.openChoices(frames);
  const before = repeats ? repeats.before : place.after;
  const level = repeats ? repeats.level + (heard?.means === 'more' ? 1 : 0) : 0;
  const menu = twiml.menuOf(choices, before, level);
  const said = { said: keysOf(frames), quiet: 0, spoken: true };
  const only = choices.length === 1 ? choices[0]?.dial : undefined;
  if (only) {
    // On a phone there is nothing to press but this: whoever is told to call is put through.
    twiml.speak(to, twiml.utter(frames, [], 0, config), config);
    twiml.dial(to, only, next(said), config);
    return said.said;
  }
  const sorry = heard?.means === 'wrong' && repeats ? [{ say: phrases.wrong }] : [];
  const words = [...sorry, ...twiml.utter(frames, choices, level, config)];
  twiml.listen(to, words, choices, next({ ...said, ...(menu ? { menu } : {}), tries: repeats ? tries : 0 }), config);
  return said.said;
}

const keysOf = (frames: readonly Frame[]): string[] => frames.map((frame) => frame.id);

function begin(to: VoiceResponse, { base, caller }: Asked, config: VoiceConfig): void {
  twiml.recordCall(to, base, caller.person.value, config);
  if (config.greeting) twiml.speak(to, [{ say: config.greeting }], config);
}

/** Nothing to say yet: a program may still be thinking, a person typing. After so much silence the call ends. */
function keepQuiet(
  to: VoiceResponse,
  asked: Asked,
  next: (more: Partial<Place>) => twiml.Next,
  config: VoiceConfig,
): string[] {
  const { place, heard } = asked;
  const seconds = heard?.means === 'silence' ? (config.gatherSeconds ?? 5) : 1 + (config.answerMs ?? ANSWER_MS) / 1_000;
  const quiet = heard?.means === 'words' ? seconds : place.quiet + seconds;
  if (quiet >= (config.silenceSeconds ?? 60)) {
    if (!place.spoken) return giveUp(to, asked, next({}), config);
    twiml.hangUp(to, phrasesOf(languageOf(config)).goodbye, config);
    return [];
  }
  // Whoever has waited once may want to say more meanwhile.
  if (asked.stop === 'next' || heard?.means === 'silence') twiml.listen(to, [], [], next({ quiet }), config);
  else twiml.askAgain(to, next({ quiet }));
  return [];
}

/** Nobody has an answer. Whom we called is let go; whoever called us finds a person, or a tape. */
function giveUp(to: VoiceResponse, { caller }: Asked, next: twiml.Next, config: VoiceConfig): string[] {
  const phrases = phrasesOf(languageOf(config));
  const how = config.fallback ?? (config.fallbackNumber ? 'transfer' : 'voicemail');
  if (caller.direction !== 'inbound') twiml.hangUp(to, phrases.goodbye, config);
  else if (how === 'transfer' && config.fallbackNumber) {
    twiml.speak(to, [{ say: phrases.connecting }], config);
    twiml.dial(to, config.fallbackNumber, next, config);
  } else if (how === 'hangup') twiml.hangUp(to, `${phrases.nobody} ${phrases.goodbye}`, config);
  else {
    twiml.speak(to, [{ say: phrases.nobody }], config);
    twiml.takeMessage(to, next, config);
  }
  return [];
}

/** After a call that was put through: it is over, or nobody was there. */
function afterTransfer(to: VoiceResponse, asked: Asked, next: twiml.Next, config: VoiceConfig): string[] {
  const phrases = phrasesOf(languageOf(config));
  const state = readField(asked.caller.form, 'DialCallStatus');
  if (state === 'completed' || state === 'answered') twiml.hangUp(to, undefined, config);
  else if (asked.caller.direction === 'inbound' && config.fallback !== 'hangup') {
    twiml.speak(to, [{ say: phrases.nobody }], config);
    twiml.takeMessage(to, next, config);
  } else twiml.hangUp(to, `${phrases.nobody} ${phrases.goodbye}`, config);
  return [];
}
