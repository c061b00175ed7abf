import { randomBytes, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerText, isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { agents, type RcsAccount } from './account.ts';
import { GoogleError } from './error.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/rcsbusinessmessaging';
const LIFE_SECONDS = 3599;

/** Google's words for an assertion it does not take. */
class GrantError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** `oauth2.googleapis.com/token`: an access token for an assertion that the service account signed. */
export async function answerToken(lab: Lab, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, 64 * 1024);
  const form = new URLSearchParams(body?.toString('utf8') ?? '');
  lab.count('rcs token');
  try {
    if (form.get('grant_type') !== GRANT) {
      throw new GrantError('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
    }
    const account = readAssertion(lab, form.get('assertion') ?? '');
    const token = `ya29.lab-${randomBytes(24).toString('base64url')}`;
    account.tokens.set(token, Date.now() + LIFE_SECONDS * 1000);
    const answer = { access_token: token, expires_in: LIFE_SECONDS, token_type: 'Bearer' };
    answerText(response, 200, JSON.stringify(answer));
  } catch (cause) {
    if (!(cause instanceof GrantError)) throw cause;
    answerText(response, 400, JSON.stringify({ error: cause.code, error_description: cause.message }));
  }
}

/** Whose assertion it is: signed by the key of the account it names, for this place and purpose, and fresh. */
function readAssertion(lab: Lab, assertion: string): RcsAccount {
  const [head = '', claims = '', signature = '', more] = assertion.split('.');
  const header = readPart(head);
  const said = readPart(claims);
  if (!header || !said || !signature || more !== undefined) throw new GrantError('invalid_request', 'Bad Request');
  const account = [...agents(lab).values()].find(({ email }) => email === said.iss);
  if (!account) throw new GrantError('invalid_grant', 'Invalid grant: account not found');
  const signed = Buffer.from(`${head}.${claims}`);
  const genuine =
    header.alg === 'RS256' && verify('RSA-SHA256', signed, account.publicKey, Buffer.from(signature, 'base64url'));
  if (!genuine) throw new GrantError('invalid_grant', 'Invalid JWT Signature.');
  if (said.aud !== AUDIENCE) throw new GrantError('invalid_grant', 'Failed audience check.');
  const scopes = String(said.scope ?? '').split(' ');
  if (!scopes.includes(SCOPE)) {
    throw new GrantError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }
  const now = Date.now() / 1000;
  const [iat, exp] = [Number(said.iat), Number(said.exp)];
  if (!(iat <= now + 300 && exp > now - 30 && exp - iat <= 3600)) {
    throw new GrantError(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    );
  }
  return account;
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** The service account that a request's token was given to, by its email. */
export function bearerOf(lab: Lab, request: IncomingMessage): string {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  for (const account of agents(lab).values()) {
    const until = token === undefined ? undefined : account.tokens.get(token);
    if (until !== undefined && until > Date.now()) return account.email;
  }
  throw new GoogleError(401);
}
