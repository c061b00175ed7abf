import { SendError } from '@tributary/protocol';
import type { Connected, Finding, Io } from '../adapter.ts';
import { type Json, readObject, readObjects, readText } from '../common/json.ts';
import { accountPath, calls, callTwilio, insisting } from '../common/twilio.ts';
import type { VoiceConfig } from './config.ts';

/** Finds the number, which proves the credentials, and sends its calls and their news to us. */
export async function connect(config: VoiceConfig, io: Io, hook: { url: string }): Promise<Connected<VoiceConfig>> {
  const number = await findNumber(config, io);
  const sid = readText(number?.sid);
  if (!number || !sid)
    throw new SendError('bad_credentials', {
      providerMessage: `The account has no number ${config.phoneNumber}. Check the number, or the account it belongs to.`,
    });
  await callTwilio(
    {
      method: 'POST',
      path: accountPath(config, 'IncomingPhoneNumbers', sid),
      form: {
        VoiceUrl: insisting(hook.url),
        VoiceMethod: 'POST',
        // A TwiML app would win over the URL.
        VoiceApplicationSid: '',
        StatusCallback: insisting(`${hook.url}/status`),
        StatusCallbackMethod: 'POST',
      },
    },
    config,
    io,
  );
  const name = readText(number.friendly_name);
  return {
    account: config.phoneNumber,
    config: { phoneNumberSid: sid },
    ...(name && name !== config.phoneNumber
      ? { name: `${name} · ${config.phoneNumber}` }
      : { name: config.phoneNumber }),
  };
}

async function findNumber(config: VoiceConfig, io: Io): Promise<Json | undefined> {
  const path = `${accountPath(config, 'IncomingPhoneNumbers')}?PhoneNumber=${encodeURIComponent(config.phoneNumber)}`;
  const answer = await callTwilio({ method: 'GET', path }, config, io);
  return readObjects(answer.incoming_phone_numbers).find((one) => readText(one.phone_number) === config.phoneNumber);
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: VoiceConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  let number: Json | undefined;
  try {
    number = await findNumber(config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const refused = error.code === 'bad_credentials';
    return [
      {
        name: 'credentials',
        ok: false,
        message: error.message,
        remedy: refused
          ? 'Copy the account SID and the auth token anew from Console › Account Dashboard.'
          : 'Nothing to mend yet: try again in a minute.',
      },
    ];
  }
  const findings: Finding[] = [{ name: 'credentials', ok: true, message: 'Twilio takes the account’s credentials.' }];
  if (!number) {
    findings.push({
      name: 'permissions',
      ok: false,
      message: `The account has no number ${config.phoneNumber}.`,
      remedy: 'Enter one of Console › Phone Numbers › Active numbers, or the account that the number belongs to.',
    });
    return findings;
  }
  const application = readText(number.voice_application_sid);
  if (application)
    findings.push({
      name: 'webhook',
      ok: false,
      message: `The TwiML app ${application} answers the number’s calls.`,
      remedy: 'Connect the channel again; it takes the app’s place.',
    });
  findings.push(
    aboutVoice(number, config),
    aboutUrl(number, 'voice_url', hook.url),
    aboutUrl(number, 'status_callback', `${hook.url}/status`),
  );
  return findings;
}

function aboutVoice(number: Json, config: VoiceConfig): Finding {
  const able = readObject(number.capabilities)?.voice !== false;
  return able
    ? { name: 'permissions', ok: true, message: `${config.phoneNumber} can make and take calls.` }
    : {
        name: 'permissions',
        ok: false,
        message: `${config.phoneNumber} cannot make calls.`,
        remedy: 'Choose a number with Voice among its capabilities.',
      };
}

const ABOUT = {
  voice_url: ['Calls come to this channel.', 'Calls go'],
  status_callback: ['The end of a call is told to this channel.', 'The end of a call is told'],
} as const;

function aboutUrl(number: Json, name: keyof typeof ABOUT, ours: string): Finding {
  const theirs = readText(number[name]);
  const [well, elsewhere] = ABOUT[name];
  if (calls(theirs, ours)) return { name: 'webhook', ok: true, message: well };
  return {
    name: 'webhook',
    ok: false,
    message: theirs ? `${elsewhere} to ${theirs}.` : `${elsewhere} nowhere.`,
    remedy: `Connect the channel again, or enter ${ours} at Console › Phone Numbers › the number › Voice Configuration.`,
  };
}
