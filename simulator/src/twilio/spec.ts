/** What the parameters of `POST Messages.json` may be, from Twilio's OpenAPI (api_v2010). What is not among them is passed over in silence. */
const messageParameters: Record<
  string,
  { list?: true; type?: 'boolean' | 'integer'; pattern?: RegExp; oneOf?: string[] }
> = {
  To: {},
  From: {},
  Body: {},
  MediaUrl: { list: true },
  StatusCallback: {},
  MessagingServiceSid: { pattern: /^MG[0-9a-fA-F]{32}$/ },
  ContentSid: { pattern: /^HX[0-9a-fA-F]{32}$/ },
  ContentVariables: {},
  ApplicationSid: { pattern: /^AP[0-9a-fA-F]{32}$/ },
  ValidityPeriod: { type: 'integer' },
  MaxPrice: {},
  ProvideFeedback: { type: 'boolean' },
  Attempt: { type: 'integer' },
  ForceDelivery: { type: 'boolean' },
  SmartEncoded: { type: 'boolean' },
  SendAsMms: { type: 'boolean' },
  ShortenUrls: { type: 'boolean' },
  ScheduleType: { oneOf: ['fixed'] },
  SendAt: {},
  PersistentAction: { list: true },
  ContentRetention: { oneOf: ['retain', 'discard'] },
  AddressRetention: { oneOf: ['retain', 'obfuscate'] },
  TrafficType: { oneOf: ['free'] },
  RiskCheck: { oneOf: ['enable', 'disable'] },
  FallbackFrom: {},
};

/** The first thing about a form that is not as the specification says, and the fields it does not know. */
export function checkParameters(form: URLSearchParams): { fault?: string; ignored: string[] } {
  const ignored = [...new Set(form.keys())].filter((name) => !Object.hasOwn(messageParameters, name));
  for (const [name, { list, type, pattern, oneOf }] of Object.entries(messageParameters)) {
    const values = form.getAll(name);
    if (values.length > 1 && !list) return { fault: `Parameter ${name} is given twice`, ignored };
    for (const value of values) {
      const fits =
        (type !== 'boolean' || /^(true|false)$/i.test(value)) &&
        (type !== 'integer' || /^-?\d+$/.test(value)) &&
        (!pattern || value === '' || pattern.test(value)) &&
        (!oneOf || oneOf.includes(value));
      if (!fits) return { fault: `Parameter ${name} is invalid: ${value}`, ignored };
    }
  }
  return { ignored };
}
