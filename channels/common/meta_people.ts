import { SendError } from '@tributary/protocol';
import type { Address, Profile } from '../adapter.ts';
import { type Json, present, readText } from './json.ts';
import { readPhone } from './phone.ts';

/**
 * Whom a page may write to, as one text: a page-scoped id, or what Meta takes in its place: somebody a plugin of the page knows (`user_ref:…`), the
 * author of a comment or a post (`comment:…`, `post:…`; one private reply each).
 */
const PERSON = /^(?:\d{5,25}|(?:user_ref|comment|post):[\w-]{3,120})$/;

/** Somebody who wrote to the page or the account, by the id Meta gives them for it alone. */
export const toPerson = (id: string): Address => ({ kind: 'scoped_id', value: id });

/** An address as a caller writes it. `byPhone`: a number in the international form names somebody too, where Meta matches customers. */
export function readPerson(text: string, byPhone: boolean): Address | undefined {
  const written = text.trim();
  if (PERSON.test(written)) return toPerson(written);
  return byPhone && written.startsWith('+') ? readPhone(written) : undefined;
}

/** `recipient` of the Send API. Meta’s historic customer matching took numbers as `+1(555)019-9001`; plain digits are accepted as well. */
export function recipientOf({ kind, value }: Address): Record<string, string> {
  if (kind === 'phone') return { phone_number: value };
  const [, name, id] = /^(user_ref|comment|post):(.*)$/.exec(value) ?? [];
  if (!name || !id) return { id: value };
  return { [name === 'user_ref' ? name : `${name}_id`]: id };
}

/** Asks for a profile; somebody unknown to the page, or who has not agreed to be known, has none, and that is no error. */
export async function readProfile(asking: Promise<Json>): Promise<Profile> {
  try {
    return toProfile(await asking);
  } catch (error) {
    if (error instanceof SendError && SHY.has(error.detail.providerCode ?? '')) return {};
    throw error;
  }
}

const SHY = new Set(['10', '100/33', '100/2018001', '100/2534014', '230']);

function toProfile(profile: Json): Profile {
  const name = [readText(profile.first_name), readText(profile.last_name)].filter(Boolean).join(' ');
  return (
    present({
      name: readText(profile.name) ?? (name || undefined),
      username: readText(profile.username),
      picture: readText(profile.profile_pic),
      locale: readText(profile.locale),
      followers: typeof profile.follower_count === 'number' ? profile.follower_count : undefined,
      followsUs: typeof profile.is_user_follow_business === 'boolean' ? profile.is_user_follow_business : undefined,
      followedByUs: typeof profile.is_business_follow_user === 'boolean' ? profile.is_business_follow_user : undefined,
      verified: typeof profile.is_verified_user === 'boolean' ? profile.is_verified_user : undefined,
    }) ?? {}
  );
}
