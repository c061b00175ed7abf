/** What the parameters of `POST Calls.json` may be, from Twilio's OpenAPI (api_v2010). What is not among them is passed over in silence. */
const callParameters: Readonly<
  Record<string, { list?: true; type?: 'boolean' | 'integer'; pattern?: RegExp; oneOf?: string[]; most?: number }>
> = {
  To: {},
  From: {},
  Url: {},
  Twiml: {},
  Method: { oneOf: ['GET', 'POST'] },
  FallbackUrl: {},
  FallbackMethod: { oneOf: ['GET', 'POST'] },
  ApplicationSid: { pattern: /^AP[0-9a-fA-F]{32}$/ },
  StatusCallback: {},
  StatusCallbackEvent: { list: true, pattern: /^((initiated|ringing|answered|completed)( |$))+$/ },
  StatusCallbackMethod: { oneOf: ['GET', 'POST'] },
  SendDigits: {},
  Timeout: { type: 'integer', most: 600 },
  TimeLimit: { type: 'integer' },
  Record: { type: 'boolean' },
  RecordingChannels: { oneOf: ['mono', 'dual'] },
  RecordingTrack: { oneOf: ['inbound', 'outbound', 'both'] },
  RecordingStatusCallback: {},
  RecordingStatusCallbackMethod: { oneOf: ['GET', 'POST'] },
  RecordingStatusCallbackEvent: { list: true, pattern: /^((in-progress|completed|absent)( |$))+$/ },
  Trim: { oneOf: ['trim-silence', 'do-not-trim'] },
  CallerId: {},
  CallReason: {},
  CallToken: {},
  Byoc: { pattern: /^BY[0-9a-fA-F]{32}$/ },
  SipAuthUsername: {},
  SipAuthPassword: {},
  MachineDetection: { oneOf: ['Enable', 'DetectMessageEnd'] },
  MachineDetectionTimeout: { type: 'integer' },
  MachineDetectionSpeechThreshold: { type: 'integer' },
  MachineDetectionSpeechEndThreshold: { type: 'integer' },
  MachineDetectionSilenceTimeout: { type: 'integer' },
  AsyncAmd: {},
  AsyncAmdStatusCallback: {},
  AsyncAmdStatusCallbackMethod: { oneOf: ['GET', 'POST'] },
  ClientNotificationUrl: {},
};

/** The first thing about a form that is not as the specification says, and the fields it does not know. */
export function checkCall(form: URLSearchParams): { fault?: string; ignored: string[] } {
  const ignored = [...new Set(form.keys())].filter((name) => !Object.hasOwn(callParameters, name));
  for (const [name, { list, type, pattern, oneOf, most }] of Object.entries(callParameters)) {
    const values = form.getAll(name);
    if (values.length > 1 && !list) return { fault: `Parameter ${name} is given twice`, ignored };
    for (const value of values) {
      const fits =
        (type !== 'boolean' || /^(true|false)$/i.test(value)) &&
        (type !== 'integer' || (/^\d+$/.test(value) && Number(value) <= (most ?? Number(value)))) &&
        (!pattern || pattern.test(value)) &&
        (!oneOf || oneOf.includes(value));
      if (!fits) return { fault: `Parameter ${name} is invalid: ${value}`, ignored };
    }
  }
  return { ignored };
}
