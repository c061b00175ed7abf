import Type, { type Static } from 'typebox';
import { twilioSecrets } from '../common/twilio.ts';

/** What connects one phone number at Twilio for calls. */
export const config = Type.Object({
  provider: Type.Optional(
    Type.Literal('twilio', { title: 'Provider', description: 'Who carries the calls. Twilio is the one we speak to.' }),
  ),
  accountSid: Type.String({
    pattern: '^AC[0-9a-fA-F]{32}$',
    title: 'Account SID',
    description: 'Twilio Console › Account Dashboard › Account Info. It begins with AC.',
    examples: ['AC00000000000000000000000000005550'],
  }),
  authToken: Type.String({
    minLength: 1,
    title: 'Auth token',
    description: 'Beside the account SID. Twilio signs its requests with it, also where the API is called with a key.',
  }),
  previousAuthToken: Type.Optional(
    Type.String({
      title: 'Previous auth token',
      description: 'Only while the auth token is being changed: calls signed with either are taken.',
    }),
  ),
  apiKeySid: Type.Optional(
    Type.String({
      title: 'API key SID',
      description: 'To call the API with a key instead of the auth token: Console › API keys & tokens.',
      examples: ['SK00000000000000000000000000000001'],
    }),
  ),
  apiKeySecret: Type.Optional(
    Type.String({ title: 'API key secret', description: 'Shown once, when the key is made.' }),
  ),
  phoneNumber: Type.String({
    pattern: '^\\+[1-9]\\d{6,14}$',
    title: 'Phone number',
    description: 'The number people call, with + and country code: Console › Phone Numbers › Active numbers.',
    examples: ['+15550100900'],
  }),
  language: Type.Optional(
    Type.String({
      title: 'Language',
      description: 'What is spoken and understood, as a tag. English (en-US) when left empty.',
      examples: ['pt-BR'],
    }),
  ),
  voice: Type.Optional(
    Type.String({
      title: 'Voice',
      description: 'Who speaks: a voice of Twilio’s list. One that fits the language when left empty.',
      examples: ['Polly.Joanna', 'Google.pt-BR-Neural2-A'],
    }),
  ),
  greeting: Type.Optional(
    Type.String({ maxLength: 1000, title: 'Greeting', description: 'Said first to whoever calls.' }),
  ),
  speechToText: Type.Optional(
    Type.Boolean({
      title: 'Listen',
      description: 'Whether callers may speak; otherwise they press keys. Yes when left empty.',
    }),
  ),
  textToSpeech: Type.Optional(
    Type.Boolean({ title: 'Speak', description: 'Words are always spoken; taken for programs that send it.' }),
  ),
  recordCalls: Type.Optional(
    Type.Boolean({
      title: 'Record calls',
      description: 'Records every call, after a notice that it does so. Ask what the law wants where you call.',
    }),
  ),
  recordingNotice: Type.Optional(
    Type.String({ maxLength: 1000, title: 'Notice of recording', description: 'Said before a call is recorded.' }),
  ),
  transcribe: Type.Optional(
    Type.Boolean({
      title: 'Write voicemail down',
      description: 'Has Twilio write down what is left as voicemail: English, up to two minutes. Yes when left empty.',
    }),
  ),
  fallback: Type.Optional(
    Type.Union([Type.Literal('voicemail'), Type.Literal('transfer'), Type.Literal('hangup')], {
      title: 'When nobody answers',
      description:
        'What follows when no one has an answer, or a choice was wrong three times: take a message, put through to the number below, or hang up.',
    }),
  ),
  fallbackNumber: Type.Optional(
    Type.String({
      pattern: '^\\+[1-9]\\d{6,14}$',
      title: 'Number of a person',
      description: 'Who is called to help, with + and country code. Callers reach them with 0 in a menu.',
      examples: ['+15550100301'],
    }),
  ),
  machineDetection: Type.Optional(
    Type.Boolean({
      title: 'Detect answering machines',
      description: 'Tells, of calls we make, whether a person or a machine picked up. Twilio charges for it.',
    }),
  ),
  gatherSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: 60,
      title: 'Time to answer',
      description: 'Seconds of silence after which a menu is repeated. 5 when left empty.',
    }),
  ),
  silenceSeconds: Type.Optional(
    Type.Number({
      minimum: 5,
      maximum: 600,
      title: 'Time of silence',
      description: 'Seconds in which nobody says anything before the call is ended. 60 when left empty.',
    }),
  ),
  answerMs: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 12_000,
      title: 'Time for an answer',
      description:
        'Milliseconds that Twilio is kept waiting for words of ours; it waits 15 seconds at most. 5000 when left empty.',
    }),
  ),
  phoneNumberSid: Type.Optional(
    Type.String({ title: 'Phone number SID', description: 'Filled in when the channel connects. It begins with PN.' }),
  ),
  region: Type.Optional(
    Type.String({
      title: 'Region',
      description: 'Where the account’s data lies, if not in the US.',
      examples: ['ie1'],
    }),
  ),
  edge: Type.Optional(
    Type.String({ title: 'Edge', description: 'Where Twilio’s network is entered.', examples: ['dublin'] }),
  ),
});
export type VoiceConfig = Static<typeof config>;

export const secrets = twilioSecrets;

/** The voices we choose where none was: one of Amazon’s for each language. */
const VOICES: Readonly<Record<string, string>> = {
  de: 'Polly.Vicki',
  en: 'Polly.Joanna',
  'en-GB': 'Polly.Amy',
  es: 'Polly.Lucia',
  'es-MX': 'Polly.Mia',
  'es-US': 'Polly.Lupe',
  fr: 'Polly.Lea',
  it: 'Polly.Bianca',
  pt: 'Polly.Camila',
  'pt-PT': 'Polly.Ines',
};

/** The language a channel speaks. */
export const languageOf = (config: Pick<VoiceConfig, 'language'>): string => config.language || 'en-US';

/** The voice it speaks with. */
export function voiceOf(config: Pick<VoiceConfig, 'language' | 'voice'>): string {
  const language = languageOf(config);
  return config.voice || VOICES[language] || VOICES[language.split('-')[0]!.toLowerCase()] || VOICES.en!;
}

/** How much one Say takes, in bytes of UTF-8 (Twilio’s error 13521): by whose voice it is. */
export function sayMax(voice: string): number {
  if (/^polly\./i.test(voice)) return 3000;
  return /^google\./i.test(voice) ? 5000 : 4096;
}
