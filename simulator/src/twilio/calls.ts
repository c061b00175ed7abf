import { PhoneCall } from './call.ts';
import { invalid, notFound, tooMany } from './error.ts';
import { fetchAndPerform, performText, ring } from './perform.ts';
import { end, enter } from './progress.ts';
import type { Answer, Question } from './routes.ts';
import { type VoiceAccount, voiceAccounts } from './voice_account.ts';
import { checkCall } from './voice_spec.ts';

const twimlMax = 4000;

/** `Calls`: makes a call, tells of one, changes one. */
export function answerCalls(question: Question): Answer {
  const { lab, method, path, accountSid } = question;
  if (path.length === 1) {
    if (method === 'POST') return createCall(question);
    const calls = accountsOf(question).flatMap((account) => [...account.calls.values()]);
    const to = question.query.get('To');
    const found = calls.filter((call) => !to || call.to === to).reverse();
    return { status: 200, json: { calls: found.slice(0, 50).map((call) => call.resource), page: 0, page_size: 50 } };
  }
  const call = accountsOf(question)
    .map((account) => account.calls.get(path[1] ?? ''))
    .find((one) => one !== undefined);
  if (!call || call.account.number.accountSid !== accountSid) throw notFound(`/${path.join('/')}.json`);
  if (method === 'POST') changeCall(question, call);
  return {
    status: 200,
    json: call.resource,
    account: call.account.public,
    ...(call.person ? { person: call.person } : {}),
  };

  function accountsOf({ accountSid: owner }: Question): VoiceAccount[] {
    return [...voiceAccounts(lab).values()].filter(({ number }) => number.accountSid === owner);
  }
}

/** `POST Calls.json`: throws the refusal that Twilio would give. */
function createCall({ lab, accountSid, form }: Question): Answer {
  const { fault, ignored } = checkCall(form);
  if (fault) throw invalid(20001, fault);
  const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
  if (!to) throw invalid(21201, "No 'To' number is specified");
  if (!from) throw invalid(21213, "'From' phone number is required");
  const account = voiceAccounts(lab).get(from);
  if (account?.number.accountSid !== accountSid)
    throw invalid(
      21210,
      `The source phone number provided, ${from}, is not yet verified for your account. You may only make calls from phone numbers that you've verified or purchased from Twilio.`,
    );
  if (!/^\+[1-9]\d{6,14}$/.test(to))
    throw invalid(21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  const [url, twiml] = [form.get('Url') ?? '', form.get('Twiml') ?? ''];
  if (!url && !twiml) throw invalid(21205, 'Url parameter is required.');
  if (twiml.length > twimlMax) throw invalid(21218, 'Twiml is longer than 4000 characters.');
  if (url && !/^https?:\/\/[^\s/_]+(\/|$)/.test(url)) throw invalid(21205, `Url is not a valid URL: ${url}`);
  const callback = form.get('StatusCallback') ?? '';
  if (callback && !/^https?:\/\/[^\s/_]+(\/|$)/.test(callback))
    throw invalid(21609, `The 'StatusCallback' URL ${callback} is not a valid URL.`);
  if (lab.settings.limits && account.bucket.take() > 0) throw tooMany();

  const person = lab.people.byNumber(to.slice(1));
  const call = new PhoneCall(lab, account, 'outbound-api', person, to, from);
  call.callback = callback;
  const events = form.getAll('StatusCallbackEvent').flatMap((event) => event.split(' '));
  if (events.length > 0) call.callbackEvents = events;
  if (form.get('Record') === 'true')
    call.recording = { callback: form.get('RecordingStatusCallback') ?? '', source: 'OutboundAPI' };
  return {
    status: 201,
    json: call.resource,
    account: account.public,
    messageId: call.sid,
    ...(person ? { person } : {}),
    ...(ignored.length > 0 ? { ignored } : {}),
    after: () =>
      void place(call, {
        url,
        twiml,
        timeout: Number(form.get('Timeout') ?? 60),
        detects: form.has('MachineDetection'),
      }),
  };
}

/** The call goes out: initiated, ringing, and what follows when somebody answers. */
async function place(
  call: PhoneCall,
  { url, twiml, timeout, detects }: { url: string; twiml: string; timeout: number; detects: boolean },
): Promise<void> {
  enter(call, 'initiated');
  await new Promise<void>((done) => call.lab.later(call.ms(0.2), done));
  if (call.over) return;
  if ((await ring(call, timeout)) !== 'in-progress') return;
  if (detects) call.answeredBy = 'human';
  if (twiml) {
    call.turn++;
    // Relative addresses have nothing to be relative to.
    await performText(call, twiml, url || 'http://nowhere.invalid/');
  } else await fetchAndPerform(call, url);
}

/** `POST Calls/CA….json`: puts a call onto another document, or ends it. */
function changeCall({ form }: Question, call: PhoneCall): void {
  const status = form.get('Status');
  if (call.over) throw invalid(21220, 'Call is not in-progress. Cannot redirect.');
  if (status === 'completed') {
    end(call, call.answeredAt ? 'completed' : 'canceled');
    return;
  }
  if (status === 'canceled') {
    if (call.answeredAt) throw invalid(21220, 'Call is in-progress. Cannot cancel.');
    end(call, 'canceled');
    return;
  }
  const [url, twiml] = [form.get('Url'), form.get('Twiml')];
  if (!call.answeredAt) throw invalid(21220, 'Call is not in-progress. Cannot redirect.');
  call.turn++;
  const { listening } = call;
  call.listening = undefined;
  if (listening?.timer) clearTimeout(listening.timer);
  if (twiml) void performText(call, twiml, url ?? 'http://nowhere.invalid/');
  else if (url) void fetchAndPerform(call, url);
}
