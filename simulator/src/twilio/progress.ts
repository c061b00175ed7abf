import type { CallState, PhoneCall } from './call.ts';
import { keepRecording } from './recordings.ts';
import { rfc2822 } from './resource.ts';

/** The states that whoever had a call made may ask to be told, by the name of the event. */
const EVENTS: Readonly<Partial<Record<CallState, string>>> = {
  initiated: 'initiated',
  ringing: 'ringing',
  'in-progress': 'answered',
  completed: 'completed',
  busy: 'completed',
  'no-answer': 'completed',
  failed: 'completed',
  canceled: 'completed',
};
const SIP: Readonly<Partial<Record<CallState, string>>> = {
  completed: '200',
  busy: '486',
  'no-answer': '487',
  failed: '404',
  canceled: '487',
};

/** A call goes on to its next state, which is told to whoever asked for it, in order and numbered. */
export function enter(call: PhoneCall, state: CallState): void {
  call.state = state;
  if (state === 'in-progress') {
    call.answeredAt = new Date();
    call.view.state = 'in_call';
    call.changed();
  }
  const event = EVENTS[state];
  if (!event || !call.callbackEvents.includes(event)) return;
  const ended = event === 'completed';
  const fields = {
    ...call.fields,
    CallStatus: state,
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(call.sequence++),
    Timestamp: rfc2822(new Date()),
    ...(ended
      ? {
          CallDuration: String(call.seconds),
          Duration: String(Math.ceil(call.seconds / 60)),
          ...(call.direction === 'inbound' ? {} : { SipResponseCode: SIP[state] ?? '200' }),
        }
      : {}),
  };
  const { noReceipts, lateReceiptMs } = call.lab.chaos.voice.settings;
  if (noReceipts || !call.callback) return;
  const tell = () =>
    call.account.queues.tell(call.callback, call.account.number.authToken, fields, {
      lane: `${call.sid} status`,
      messageId: call.sid,
      ...(call.person ? { person: call.person } : {}),
    });
  if (lateReceiptMs > 0) call.lab.later(lateReceiptMs, tell);
  else tell();
}

/** The call is over, for whatever reason; whoever still listens or waits is let go. */
export function end(call: PhoneCall, state: CallState): void {
  if (call.over) return;
  call.over = true;
  call.endedAt = new Date();
  call.view.state = 'ended';
  delete call.view.menu;
  delete call.view.gather;
  call.changed();
  const { listening, picked, bridge } = call;
  call.listening = undefined;
  call.picked = undefined;
  if (listening?.timer) clearTimeout(listening.timer);
  listening?.heard('gone');
  picked?.(state);
  if (bridge && !bridge.over) {
    call.bridge = undefined;
    bridge.bridge = undefined;
    // Whoever was put through is let go; whoever was put on goes on with what comes next.
    if (bridge.parent === call) end(bridge, 'completed');
  }
  if (call.recording && call.answeredAt)
    keepRecording(call, call.seconds, call.recording.source, call.recording.callback);
  enter(call, state);
}
