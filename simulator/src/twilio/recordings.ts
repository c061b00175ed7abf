import type { PhoneCall, Recorded } from './call.ts';
import { notFound } from './error.ts';
import { sid } from './exchange.ts';
import { rfc2822 } from './resource.ts';
import type { Answer, Question } from './routes.ts';
import { type Recording, voiceAccounts } from './voice_account.ts';
import type { Element } from './xml.ts';

/** How long Twilio takes until a recording can be fetched, and until somebody has listened to it, in seconds of a call. */
const READY_AFTER = 0.3;
const WRITTEN_AFTER = 1.5;

/** Keeps what was recorded and tells it, as `completed`. */
export function keepRecording(
  call: PhoneCall,
  seconds: number,
  source: string,
  callback: string,
  base64?: string,
): Recording {
  const { lab, account } = call;
  const bytes = base64 ? Buffer.from(base64, 'base64') : silence(seconds);
  const { id: fileId } = lab.files.put({ mimeType: 'audio/mpeg', filename: 'recording.mp3', bytes });
  const recording = { sid: sid('RE'), callSid: call.sid, seconds, fileId, createdAt: new Date() };
  account.recordings.set(recording.sid, recording);
  if (callback)
    lab.later(call.ms(READY_AFTER), () =>
      tell(call, callback, {
        AccountSid: account.number.accountSid,
        CallSid: call.sid,
        RecordingSid: recording.sid,
        RecordingUrl: urlOf(call, recording),
        RecordingStatus: 'completed',
        RecordingDuration: String(seconds),
        RecordingChannels: '1',
        RecordingStartTime: rfc2822(recording.createdAt),
        RecordingSource: source,
        RecordingTrack: 'both',
        ErrorCode: '0',
      }),
    );
  return recording;
}

/** Nothing was recorded, which is told to those who asked for that. */
export function tellAbsent(call: PhoneCall, record: Element): void {
  const { recordingStatusCallback, recordingStatusCallbackEvent = 'completed' } = record.attributes;
  if (!recordingStatusCallback || !recordingStatusCallbackEvent.split(' ').includes('absent')) return;
  tell(call, recordingStatusCallback, {
    AccountSid: call.account.number.accountSid,
    CallSid: call.sid,
    RecordingSid: sid('RE'),
    RecordingStatus: 'absent',
    RecordingDuration: '0',
    RecordingSource: 'RecordVerb',
    ErrorCode: '0',
  });
}

/** What a Record has come to: the fields of its action. Twilio's own listening follows where it was asked for. */
export function recorded(
  call: PhoneCall,
  record: Element,
  { seconds, base64, digits }: Recorded,
): Record<string, string> {
  const { recordingStatusCallback = '', transcribe, transcribeCallback } = record.attributes;
  const recording = keepRecording(call, seconds, 'RecordVerb', recordingStatusCallback, base64);
  if (transcribe === 'true' && transcribeCallback)
    call.lab.later(call.ms(WRITTEN_AFTER), () =>
      tell(call, transcribeCallback, transcription(call, recording, !base64)),
    );
  return {
    RecordingUrl: urlOf(call, recording),
    RecordingSid: recording.sid,
    RecordingDuration: String(seconds),
    Digits: digits,
  };
}

/** Twilio listens to two seconds and more. The Lab hears the same words in every recording but a silent one of no length. */
function transcription(call: PhoneCall, recording: Recording, invented: boolean): Record<string, string> {
  const fails = recording.seconds < 2;
  const id = sid('TR');
  return {
    AccountSid: call.account.number.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: call.state,
    Called: call.to,
    Caller: call.from,
    Direction: call.direction,
    From: call.from,
    To: call.to,
    RecordingSid: recording.sid,
    RecordingUrl: urlOf(call, recording),
    TranscriptionSid: id,
    TranscriptionStatus: fails ? 'failed' : 'completed',
    TranscriptionText: fails
      ? ''
      : `Hi, this is ${call.person?.name ?? 'somebody'}. ${invented ? 'Please call me back.' : 'I left you a message.'}`,
    TranscriptionType: 'fast',
    TranscriptionUrl: `${urlOf(call, recording)}/Transcriptions/${id}`,
  };
}

function tell(call: PhoneCall, url: string, fields: Record<string, string>): void {
  call.account.queues.tell(url, call.account.number.authToken, fields, {
    lane: `${call.sid} recordings`,
    messageId: call.sid,
    ...(call.person ? { person: call.person } : {}),
  });
}

const urlOf = (call: PhoneCall, recording: Recording): string =>
  `${call.lab.url}/twilio/2010-04-01/Accounts/${call.account.number.accountSid}/Recordings/${recording.sid}`;

/** `Recordings/RE….mp3`, `.wav` and `.json`. */
export function answerRecordings({ lab, path, accountSid }: Question): Answer {
  const [, id, ending = 'wav'] = /^(RE[0-9a-f]{32})(?:\.(mp3|wav))?$/.exec(path[1] ?? '') ?? [];
  for (const account of voiceAccounts(lab).values()) {
    const recording = account.number.accountSid === accountSid && id ? account.recordings.get(id) : undefined;
    const bytes = recording && lab.files.get(recording.fileId)?.bytes;
    if (recording && bytes)
      return { status: 200, file: { bytes, mimeType: ending === 'mp3' ? 'audio/mpeg' : 'audio/x-wav' } };
  }
  throw notFound(`/${path.join('/')}`);
}

/** So many seconds of nothing, as frames of MPEG 1 Layer III: 128 kbit/s at 44.1 kHz, 417 bytes each. */
function silence(seconds: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x64]);
  return Buffer.concat(Array.from({ length: Math.max(1, Math.min(600, Math.round(seconds * 38))) }, () => frame));
}
