import { fit } from '@tributary/protocol';
// Its own file: the library as a whole takes a second to load.
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { insisting } from '../common/twilio.ts';
import { capabilities } from './capabilities.ts';
import { languageOf, type VoiceConfig, voiceOf } from './config.ts';
import { eachLine, type Frame, type Spoken, withoutChoices } from './frame.ts';
import { phrasesOf } from './phrases.ts';
import { LEVEL, type Menu, type Place, writeUrl } from './place.ts';

/** What is said in one answer, in order. */
export type Utterance = { say: string } | { play: string };

/** Where the next requests of a call go, and what they have to remember. */
export interface Next {
  base: string;
  place: Place;
}

/** Phrases a Gather takes as hints. */
const HINTS_MAX = 500;

/** The choices of a message as it is spoken: those of its last message only, since newer words close older choices. */
export function openChoices(frames: readonly Frame[]): Spoken[] {
  const last = messageOf(frames.at(-1));
  return frames.filter((frame) => messageOf(frame) === last).flatMap((frame) => frame.choices ?? []);
}
const messageOf = (frame: Frame | undefined): string | undefined => frame?.id.split('.')[0];

/** The menu that a set of choices makes. */
export function menuOf(choices: readonly Spoken[], before: string | undefined, level = 0): Menu | undefined {
  if (choices.length === 0) return undefined;
  return {
    ...(before ? { before } : {}),
    choices: Math.max(...choices.map((choice) => choice.number)),
    level,
    dials: Object.fromEntries(choices.flatMap(({ number, dial }) => (dial ? [[number, dial]] : []))),
  };
}

/** Frames as they are spoken. Up to nine choices are said where they stand; more are said at the end, level by level. */
export function utter(
  frames: readonly Frame[],
  choices: readonly Spoken[],
  level: number,
  config: VoiceConfig,
): Utterance[] {
  const phrases = phrasesOf(languageOf(config));
  const open = new Set(choices);
  const few = choices.every((choice) => choice.number <= LEVEL);
  const press = ({ number, text, more }: Spoken): string =>
    [phrases.press(text, ((number - 1) % LEVEL) + 1), more && `${more.replace(/[.\s]+$/, '')}.`]
      .filter(Boolean)
      .join(' ');
  const said = frames.flatMap((frame): Utterance[] => {
    const text = few
      ? eachLine(frame, (choice) => (isOpen(frame, choice) ? [press(choice)] : [choice.text]))
      : withoutChoices(frame);
    return [...(text ? [{ say: text }] : []), ...(frame.play ? [{ play: frame.play }] : [])];
  });
  const lines: string[] = [];
  if (!few) {
    const here = choices.filter((choice) => Math.floor((choice.number - 1) / LEVEL) === level);
    lines.push(...here.map(press));
    if (choices.some((choice) => choice.number > (level + 1) * LEVEL)) lines.push(phrases.more);
  }
  const last = choices.every((choice) => choice.number <= (level + 1) * LEVEL);
  if (choices.length > 1 && last && config.fallbackNumber) lines.push(phrases.person);
  return lines.length > 0 ? [...said, { say: lines.join('\n') }] : said;

  function isOpen(frame: Frame, choice: Spoken): boolean {
    return frame.choices?.includes(choice) === true && open.has(choice);
  }
}

/** Says something in the channel’s voice, in as many pieces as Twilio wants. */
export function speak(
  to: Pick<VoiceResponse, 'say' | 'play'>,
  utterances: readonly Utterance[],
  config: VoiceConfig,
): void {
  for (const one of utterances) {
    if ('play' in one) {
      to.play(one.play);
      continue;
    }
    for (const { content } of fit({ type: 'text', text: one.say }, capabilities(config)).parts) {
      if (content.type === 'text' && content.text.trim() !== '')
        to.say({ voice: voiceOf(config), language: languageOf(config) } as VoiceResponse.SayAttributes, content.text);
    }
  }
}

/** Says something and listens: for one key of a menu, or for whatever the person has to say. Silence comes back as an empty answer. */
export function listen(
  twiml: VoiceResponse,
  utterances: readonly Utterance[],
  choices: readonly Spoken[],
  next: Next,
  config: VoiceConfig,
): void {
  const hears = config.speechToText !== false;
  const hints = choices
    .slice(0, HINTS_MAX)
    .map((choice) => choice.text.replaceAll(',', ' '))
    .join(',');
  const gather = twiml.gather({
    input: hears ? ['dtmf', 'speech'] : ['dtmf'],
    ...(choices.length > 0 ? { numDigits: 1 } : { finishOnKey: '#' }),
    timeout: config.gatherSeconds ?? 5,
    ...(hears ? { speechTimeout: 'auto', language: languageOf(config) } : {}),
    ...(hears && hints ? { hints } : {}),
    action: writeUrl(next.base, 'gather', next.place),
    method: 'POST',
    actionOnEmptyResult: true,
  } as VoiceResponse.GatherAttributes);
  speak(gather, utterances, config);
}

/** Waits a moment and asks again. */
export function askAgain(twiml: VoiceResponse, next: Next): void {
  twiml.pause({ length: 1 });
  twiml.redirect({ method: 'POST' }, writeUrl(next.base, 'next', next.place));
}

/** Puts through to a person, and comes back to tell how that went. */
export function dial(twiml: VoiceResponse, number: string, next: Next, config: VoiceConfig): void {
  twiml
    .dial({
      action: writeUrl(next.base, 'dialed', next.place),
      method: 'POST',
      timeout: 20,
      callerId: config.phoneNumber,
    })
    .number(number);
}

/** Takes a message. Who says nothing is let go. */
export function takeMessage(twiml: VoiceResponse, next: Next, config: VoiceConfig): void {
  const phrases = phrasesOf(languageOf(config));
  speak(twiml, [{ say: phrases.leave }], config);
  twiml.record({
    action: writeUrl(next.base, 'recorded', next.place),
    method: 'POST',
    maxLength: 120,
    timeout: 5,
    finishOnKey: '#',
    playBeep: true,
    ...(config.transcribe === false
      ? {}
      : { transcribe: true, transcribeCallback: insisting(`${next.base}/transcription`) }),
    recordingStatusCallback: insisting(`${next.base}/recording`),
    recordingStatusCallbackEvent: ['completed', 'absent'],
  });
  hangUp(twiml, phrases.goodbye, config);
}

/** Says a last word and hangs up. */
export function hangUp(twiml: VoiceResponse, word: string | undefined, config: VoiceConfig): void {
  if (word) speak(twiml, [{ say: word }], config);
  twiml.hangup();
}

/** Tells that the call is recorded, and begins. `with` says whose call it was when the recording is ready. */
export function recordCall(twiml: VoiceResponse, base: string, who: string, config: VoiceConfig): void {
  if (!config.recordCalls) return;
  speak(twiml, [{ say: config.recordingNotice || phrasesOf(languageOf(config)).recorded }], config);
  twiml.start().recording({
    recordingStatusCallback: recordingUrl(base, who),
    recordingStatusCallbackEvent: ['completed'],
  } as VoiceResponse.RecordingAttributes);
}

/** Where the recording of a whole call is told, and whose call it was. */
export const recordingUrl = (base: string, who: string): string =>
  insisting(`${base}/recording?with=${who.replace(/^\+/, '')}`);

export const newTwiml = (): VoiceResponse => new VoiceResponse();
