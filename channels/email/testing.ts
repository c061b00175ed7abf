import { readFileSync } from 'node:fs';
import type { ProviderRequest } from '../adapter.ts';
import type { EmailConfig } from './config.ts';

/** The accounts of the fixtures. */
export const MAILGUN: EmailConfig = {
  provider: 'mailgun',
  fromEmail: 'support@mg.acme.example',
  fromName: 'Acme Support',
  inboundAddress: 'support@mg.acme.example',
  apiKey: 'test-mailgun-api-key-0001',
  domain: 'mg.acme.example',
  webhookSigningKey: 'test-mailgun-webhook-signing-key-0001',
  unsubscribeSecret: 'test-unsubscribe-secret-000000000001',
};
export const SMTP: EmailConfig = {
  provider: 'smtp',
  fromEmail: 'support@acme.example',
  fromName: 'Acme Support',
  // Nobody listens here: the suite may knock.
  smtpHost: '127.0.0.1',
  smtpPort: 9,
  smtpUsername: 'support@acme.example',
  smtpPassword: 'test-smtp-password-0001',
  bounceAddress: 'bounces@acme.example',
  imapHost: '127.0.0.1',
  imapPort: 9,
  imapPassword: 'test-imap-password-0001',
  unsubscribeSecret: 'test-unsubscribe-secret-000000000001',
};

interface Specification {
  required: string[];
  properties: Record<string, { type?: string; enum?: string[] }>;
}

/** Holds a message to the form that Mailgun’s specification describes; `h:` and `v:` stand for any name. */
export function mailgunSpec(file: URL): (request: ProviderRequest) => string[] {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as Specification;
  return (request) => {
    const body = (request.body ?? {}) as Record<string, unknown>;
    const faults: string[] = [];
    if (request.method !== 'POST' || !/^\/v3\/[^/]+\/messages$/.test(request.path))
      faults.push(`${request.method} ${request.path}`);
    if (request.encoding !== 'multipart') faults.push('it is no form');
    for (const name of spec.required) if (body[name] === undefined) faults.push(`${name} is missing`);
    for (const [name, value] of Object.entries(body)) {
      if (/^[hv]:./.test(name)) {
        if (typeof value !== 'string') faults.push(`${name} is no text`);
        continue;
      }
      const field = spec.properties[name];
      if (!field) faults.push(`${name} is no parameter`);
      else if (field.type === 'array' ? !Array.isArray(value) : typeof value !== 'string')
        faults.push(`${name} is no ${field.type}`);
      else if (field.enum && !field.enum.includes(String(value))) faults.push(`${name} may not be ${String(value)}`);
    }
    if (!body.text && !body.html && !body.template) faults.push('nothing is said');
    const headers = Object.entries(body).filter(([name]) => /^[hvot]:/.test(name));
    if (Buffer.byteLength(JSON.stringify(headers)) > 16_384) faults.push('headers and variables are too long');
    return faults;
  };
}
