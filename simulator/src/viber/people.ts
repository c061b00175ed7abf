import type { Person } from '../control.ts';
import { eachLab } from '../double.ts';
import type { Lab } from '../lab.ts';
import { inCrowd, portrait } from '../people.ts';

/** The person as Viber describes a user. */
export function detailsOf(lab: Lab, person: Person): Record<string, unknown> {
  return {
    id: person.viber.id,
    name: person.name,
    ...(inCrowd(person) ? {} : { avatar: `${lab.url}/viber/files/${avatarOf(lab, person)}/avatar.png` }),
    country: person.whatsapp.userId.slice(0, 2),
    language: person.telegram.languageCode ?? 'en',
    api_version: 10,
  };
}

const avatars = eachLab(() => new Map<string, string>());

/** Their picture, kept once; made again when the Lab has forgotten its files. */
function avatarOf(lab: Lab, person: Person): string {
  const known = avatars(lab).get(person.id);
  if (known && lab.files.get(known)) return known;
  const { id } = lab.files.put({ mimeType: 'image/png', filename: 'avatar.png', bytes: portrait(person.hue) });
  avatars(lab).set(person.id, id);
  return id;
}
