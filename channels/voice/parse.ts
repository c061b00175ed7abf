import { type InboundEvent, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { present, readNumber } from '../common/json.ts';
import { readField } from '../common/twilio.ts';
import { addressOf, type Caller, type Meaning, readCaller } from './caller.ts';
import type { VoiceConfig } from './config.ts';
import { readHeard } from './heard.ts';
import { recordingContent } from './media.ts';
import { type Place, readPlace, readUrl } from './place.ts';
import { readStatus } from './statuses.ts';

/** What Twilio tells of a call: which of our URLs it asked says what about. */
export function parse(request: InboundRequest, config: VoiceConfig): InboundEvent[] {
  const caller = readCaller(request);
  if (!caller) throw new Unparsable('The request names no call.');
  const raw = Object.fromEntries(
    [...caller.form].map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  );
  const { stop, query } = readUrl(request.publicUrl);
  const place = readPlace(query);
  const common = { account: caller.ours, at: request.receivedAt, raw };
  const meanings = (): Meaning[] => {
    switch (stop) {
      case 'incoming':
        return [beginning(caller)];
      case 'next':
        return answered(caller, place);
      case 'gather':
        return [...answered(caller, place), heard(caller, place, config)];
      case 'recorded':
        return [recorded(caller)];
      case 'dialed':
        return [putThrough(caller, place)];
      case 'status':
        return readStatus(caller, query);
      case 'recording':
        return [recordingReady(caller, query)];
      case 'transcription':
        return [writtenDown(caller)];
    }
  };
  return [...said(place), ...meanings()].map((meaning) => ({ ...common, ...meaning }) as InboundEvent);
}

const threadOf = ({ person }: Caller) => ({ key: person.value, kind: 'direct' as const });

/** What was handed over with the answer before has been said by now. */
const said = (place: Place): Meaning[] =>
  place.said.map((partKey) => ({ type: 'receipt', key: `said:${partKey}`, target: { partKey }, state: 'delivered' }));

function beginning(caller: Caller): Meaning {
  const { call, direction, form, person } = caller;
  const detail = present({
    forwardedFrom: readField(form, 'ForwardedFrom'),
    callerName: readField(form, 'CallerName'),
    verified: readField(form, 'StirVerstat'),
  });
  return {
    type: 'call',
    key: `call:${call}:ringing`,
    from: person,
    session: { id: call, open: true, direction: direction === 'inbound' ? 'inbound' : 'outbound' },
    detail: { id: call, direction, state: 'ringing', ...detail },
  };
}

/** The first request after the call began shows that it is answered. */
function answered(caller: Caller, place: Place): Meaning[] {
  const { call, direction, person } = caller;
  if (place.step !== 1 || direction !== 'inbound') return [];
  return [
    {
      type: 'call',
      key: `call:${call}:in-progress`,
      from: person,
      session: { id: call, open: true, direction },
      detail: { id: call, direction, state: 'in-progress' },
    },
  ];
}

function heard(caller: Caller, place: Place, config: VoiceConfig): Meaning {
  const { call, form, person } = caller;
  const found = readHeard(form, place, config);
  if (found.means !== 'words') return ignored(caller, `gather:${place.step}`, found.why);
  const externalId = `${call}.${place.step}`;
  return {
    type: 'message',
    key: messageKey(externalId),
    externalId,
    from: person,
    thread: threadOf(caller),
    to: caller.ours,
    content: { type: 'text', text: found.text },
    attachments: [],
    metadata: { call, ...found.metadata },
  };
}

/** What the person left on the tape. Whoever has hung up is called back by people only. */
function recorded(caller: Caller): Meaning {
  const { call, form, person } = caller;
  const recording = readField(form, 'RecordingSid');
  if (!recording) return ignored(caller, 'recorded', 'Nothing was recorded.');
  const over = readField(form, 'Digits') === 'hangup' || readField(form, 'CallStatus') === 'completed';
  return {
    type: 'message',
    key: messageKey(recording),
    externalId: recording,
    from: person,
    thread: threadOf(caller),
    to: caller.ours,
    content: recordingContent(recording),
    attachments: [],
    ...(over ? { automatic: true } : {}),
    metadata: { call, ...present({ seconds: readNumber(readField(form, 'RecordingDuration')) }) },
  };
}

/** The recording of a whole call; a message that was left is told by the person's own request. */
function recordingReady(caller: Caller, query: URLSearchParams): Meaning {
  const { call, form } = caller;
  const recording = readField(form, 'RecordingSid');
  const state = readField(form, 'RecordingStatus') ?? '';
  const who = query.get('with');
  if (!recording || state !== 'completed')
    return ignored(caller, `recording:${recording}:${state}`, `The recording is ${state || 'not named'}.`);
  if (!who) return ignored(caller, `recording:${recording}`, 'The message was told when the person had finished.');
  const person = addressOf(/^\d+$/.test(who) ? `+${who}` : who, call);
  return {
    type: 'message',
    key: messageKey(recording),
    externalId: recording,
    from: person,
    thread: { key: person.value, kind: 'direct' },
    content: recordingContent(recording, 'The recording of the call.'),
    attachments: [],
    automatic: true,
    metadata: {
      call,
      ...present({
        seconds: readNumber(readField(form, 'RecordingDuration')),
        source: readField(form, 'RecordingSource'),
      }),
    },
  };
}

/** Twilio has listened to a message: its words join the sound. */
function writtenDown(caller: Caller): Meaning {
  const { form } = caller;
  const recording = readField(form, 'RecordingSid');
  const text = readField(form, 'TranscriptionText');
  const key = `transcription:${readField(form, 'TranscriptionSid') ?? recording}`;
  if (!recording || !text || readField(form, 'TranscriptionStatus') !== 'completed')
    return ignored(caller, key, 'The message could not be written down.');
  return { type: 'edited', key, externalId: recording, content: recordingContent(recording, text) };
}

/** How putting through went. */
function putThrough(caller: Caller, place: Place): Meaning {
  const { call, direction, form, person } = caller;
  return {
    type: 'call',
    key: `call:${call}:dialed:${place.step}`,
    from: person,
    session: { id: call, open: true, direction: direction === 'inbound' ? 'inbound' : 'outbound' },
    detail: {
      id: call,
      direction,
      state: 'in-progress',
      transfer: present({
        state: readField(form, 'DialCallStatus'),
        id: readField(form, 'DialCallSid'),
        seconds: readNumber(readField(form, 'DialCallDuration')),
      }),
    },
  };
}

const ignored = ({ call }: Caller, key: string, reason: string): Meaning => ({
  type: 'ignored',
  key: `ignored:${call}:${key}`,
  reason,
});
