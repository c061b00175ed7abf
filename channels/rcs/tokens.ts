import { SendError, UnknownOutcome } from '@tributary/protocol';
import { importPKCS8, SignJWT } from 'jose';
import type { HttpAnswer, Io } from '../adapter.ts';
import { parseJson, readNumber, readObject, readText } from '../common/json.ts';
import type { RcsConfig } from './config.ts';

const SCOPE = 'https://www.googleapis.com/auth/rcsbusinessmessaging';
/** Whom the assertion is made for; asked at `io.hosts.oauth2`, never where the key file says. */
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const LIFE_SECONDS = 3600;
/** A token is let go of a minute before its end, so that it does not die on its way. */
const SPARE_MS = 60_000;

interface Token {
  value: string;
  until: number;
}

/** What is known for one channel: the token in force, and the question for a new one that is on its way. */
interface Place {
  token?: Token;
  asking?: Promise<Token>;
}

/**
 * Whose a token is, is the very config object it was asked for with: a changed channel asks anew, a forgotten one leaves nothing behind. What is
 * kept here decides only how often Google is asked (docs/decisions/0015).
 */
const places = new WeakMap<RcsConfig, Place>();

/**
 * An access token for Google’s API: the one in force, or a new one where its time is over or Google `refused` it. Those who ask at the same time
 * wait for the same answer.
 */
export async function accessToken(config: RcsConfig, io: Io, refused?: string): Promise<string> {
  const place = places.get(config) ?? {};
  places.set(config, place);
  const { token } = place;
  if (token && token.value !== refused && token.until > Date.now()) return token.value;
  place.asking ??= ask(config, io).finally(() => {
    place.asking = undefined;
  });
  place.token = await place.asking;
  return place.token.value;
}

/** The grant by a signed assertion: who we are, for what, and for how long. */
async function ask(config: RcsConfig, io: Io): Promise<Token> {
  const assertion = await sign(config);
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString();
  let answer: HttpAnswer;
  try {
    answer = await io.http({
      method: 'POST',
      url: `${io.hosts.oauth2}/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  } catch (error) {
    // Nothing of the message was sent yet, whatever became of this question.
    if (error instanceof UnknownOutcome) throw unavailable('Google’s token service did not answer.');
    throw error;
  }
  const json = readObject(answer.json());
  const value = readText(json?.access_token);
  if (answer.status === 200 && value) {
    const seconds = readNumber(json?.expires_in) ?? LIFE_SECONDS;
    return { value, until: Date.now() + seconds * 1000 - SPARE_MS };
  }
  if (answer.status === 429 || answer.status >= 500 || answer.status < 400) {
    throw unavailable(`Google’s token service answered ${answer.status}.`);
  }
  const { error, description } = readRefusal(json);
  throw new SendError('bad_credentials', {
    providerCode: error ?? String(answer.status),
    providerMessage: description?.replaceAll(assertion, '********'),
  });
}

const unavailable = (providerMessage: string): SendError => new SendError('unavailable', { providerMessage });

function readRefusal(json: ReturnType<typeof readObject>): { error?: string; description?: string } {
  return { error: readText(json?.error), description: readText(json?.error_description) };
}

async function sign(config: RcsConfig): Promise<string> {
  const account = readServiceAccount(config);
  if (!account) throw badKey('The service account key is no JSON with client_email and private_key.');
  try {
    const key = await importPKCS8(account.privateKey, 'RS256');
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(account.keyId ? { kid: account.keyId } : {}) })
      .setIssuer(account.email)
      .setAudience(TOKEN_URL)
      .setIssuedAt()
      .setExpirationTime(`${LIFE_SECONDS}s`)
      .sign(key);
  } catch {
    // What the library says may quote the key.
    throw badKey('The private_key of the service account cannot be read.');
  }
}

const badKey = (providerMessage: string): SendError => new SendError('bad_credentials', { providerMessage });

/** What the key file holds that we need, or nothing where it is not such a file. */
export function readServiceAccount(
  config: Pick<RcsConfig, 'serviceAccountJson'>,
): { email: string; privateKey: string; keyId?: string } | undefined {
  const file = readObject(parseJson(new TextEncoder().encode(config.serviceAccountJson ?? '')));
  const email = readText(file?.client_email);
  const privateKey = readText(file?.private_key);
  const keyId = readText(file?.private_key_id);
  return email && privateKey ? { email, privateKey, ...(keyId ? { keyId } : {}) } : undefined;
}
