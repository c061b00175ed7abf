import type { Act, Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { PhoneCall } from './call.ts';
import { fetchAndPerform, press } from './perform.ts';
import { end, enter } from './progress.ts';
import type { VoiceAccount } from './voice_account.ts';

/** What a person does with their telephone. Answers the SID of the call; what nobody listens to is heard by nobody. */
export function actOnVoice(lab: Lab, account: VoiceAccount, person: Person, act: Act): string | null {
  const call = account.callOf(person);
  switch (act.do) {
    case 'dial':
      if (call) throw new LabError(409, `${person.name} is on the telephone already.`);
      return dial(lab, account, person);
    case 'answer':
      if (!call?.picked) throw new LabError(409, 'The telephone is not ringing.');
      answer(call);
      return call.sid;
    case 'hangup':
      if (!call) throw new LabError(409, 'There is no call to hang up.');
      hangUp(call);
      return call.sid;
    case 'press': {
      if (!/^[\d*#]+$/.test(act.digits)) throw new LabError(400, 'A telephone has the keys 0 to 9, * and #.');
      const line = inCall(call);
      line.say('customer', act.digits);
      for (const key of act.digits) press(line, key);
      return line.sid;
    }
    case 'speak': {
      const line = inCall(call);
      line.say('customer', act.text);
      if (line.bridge) line.bridge.say('business', act.text);
      if (line.listening?.kinds.includes('speech')) line.listening.heard({ speech: act.text });
      return line.sid;
    }
    case 'record': {
      const line = inCall(call);
      if (!line.listening?.kinds.includes('record')) throw new LabError(409, 'Nothing is being recorded just now.');
      line.say('customer', `(${act.seconds} s of speech)`);
      line.listening.heard({
        recorded: { seconds: act.seconds, digits: '#', ...(act.base64 ? { base64: act.base64 } : {}) },
      });
      return line.sid;
    }
    case 'block':
    case 'unblock':
      // The phone is switched off and on again.
      account.phones.of(person).blocked = act.do === 'block';
      lab.changed(account.public, person, 'block');
      return null;
    default:
      throw cannot('voice', act);
  }
}

function dial(lab: Lab, account: VoiceAccount, person: Person): string {
  const { number } = account;
  if (!number.voiceUrl) throw new LabError(409, `Nobody answers ${number.phoneNumber}: it has no VoiceUrl.`);
  const phone = account.phones.of(person);
  phone.started = true;
  phone.lastWordAt = Date.now();
  const call = new PhoneCall(lab, account, 'inbound', person, number.phoneNumber, person.phone);
  call.callback = number.statusCallback;
  call.state = 'ringing';
  call.show();
  void fetchAndPerform(call, number.voiceUrl);
  return call.sid;
}

function answer(call: PhoneCall): void {
  const { picked } = call;
  enter(call, 'in-progress');
  picked?.('in-progress');
}

/** A call that rings is refused, one that is being recorded ends with what was said, any other just ends. */
function hangUp(call: PhoneCall): void {
  if (!call.answeredAt) {
    end(call, call.direction === 'inbound' ? 'canceled' : 'busy');
    return;
  }
  const { listening } = call;
  if (!listening?.kinds.includes('record')) {
    end(call, 'completed');
    return;
  }
  // What is on the tape by then is kept.
  call.listening = undefined;
  if (listening.timer) clearTimeout(listening.timer);
  end(call, 'completed');
  listening.heard({ recorded: { seconds: call.seconds, digits: 'hangup' } });
}

function inCall(call: PhoneCall | undefined): PhoneCall {
  if (!call?.answeredAt) throw new LabError(409, 'There is no call.');
  return call;
}
