import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { Person } from './control.ts';
import { crc32 } from './crc32.ts';

/** Where a person is at home: what "share my location" sends. */
export interface Home {
  latitude: number;
  longitude: number;
}

const cast: { person: Person; home: Home }[] = [
  invent('ana', 'Ana Prado', '+12025550142', 700100201, 'pt-br', 12, -23.55052, -46.633308, {
    username: 'ana_prado_lab',
  }),
  invent('kofi', 'Kofi Mensah', '+447700900351', 700100202, 'en', 152, 5.6037, -0.187, { username: 'kofi_mensah_lab' }),
  invent('lea', 'Léa Fontaine', '+33639980021', 700100203, 'fr', 262, 45.764, 4.8357, {}),
  invent('yuki', '田中 優希', '+12065550173', 700100204, 'ja', 328, 35.6762, 139.6503, { username: 'yuki_lab' }),
  // Above 32 bits, and just under the 52 that Telegram promises to stay within: ids that a careless column would bend.
  invent('jurgen', 'Jürgen Groß', '+491713920037', 5_700_100_205, 'de', 42, 53.5511, 9.9937, {}),
  invent('layla', 'ليلى حداد', '+16465550134', 4_503_599_627_370_206, 'ar', 208, 33.8938, 35.5018, {
    hides: 'layla.haddad',
  }),
];

function invent(
  id: string,
  name: string,
  phone: string,
  telegramId: number,
  languageCode: string,
  hue: number,
  latitude: number,
  longitude: number,
  more: { username?: string; hides?: string },
): { person: Person; home: Home } {
  const [firstName, lastName] = name.split(' ');
  const country = phone.startsWith('+44')
    ? 'GB'
    : phone.startsWith('+33')
      ? 'FR'
      : phone.startsWith('+49')
        ? 'DE'
        : 'US';
  return {
    person: {
      id,
      name,
      phone,
      telegram: {
        id: telegramId,
        firstName: firstName ?? name,
        ...(lastName ? { lastName } : {}),
        ...(more.username ? { username: more.username } : {}),
        languageCode,
      },
      whatsapp: {
        waId: phone.slice(1),
        userId: `${country}.1349000000${String(telegramId).padStart(16, '0')}`,
        ...(more.hides ? { username: more.hides, hidesNumber: true } : {}),
      },
      // Made from one number, so that they are the same in every run and belong to nobody.
      email: `${id}@people.example`,
      facebook: { psid: String(24_800_000_000_000_000n + BigInt(telegramId)) },
      instagram: { igsid: String(1_780_000_000_000_000n + BigInt(hue)), username: `${id}.lab` },
      viber: { id: createHash('md5').update(`viber ${id}`).digest('base64') },
      line: { userId: `U${createHash('md5').update(`line ${id}`).digest('hex')}` },
      hue,
    },
    home: { latitude, longitude },
  };
}

const crowdFirstTelegramId = 8_000_000_000;
const crowdFirstNumber = 15_552_000_000;
const crowdFirstPsid = 7_200_000_000_000_000;
const crowdFirstIgsid = 1_700_000_000_000_000;
const crowdSize = 1_000_000;

/** Viber's ids are base64 of 16 bytes; those of the crowd begin with twelve zeros and hold the number. */
function viberId(n: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(n, 12);
  return bytes.toString('base64');
}

function numberInViber(id: string): number {
  const bytes = Buffer.from(id, 'base64');
  return bytes.length === 16 && bytes.subarray(0, 12).every((byte) => byte === 0) ? bytes.readUInt32BE(12) : Number.NaN;
}

/** Everybody who can hold a phone: six invented people, and a crowd that is made up as it speaks. */
export class PeopleBook {
  readonly six: readonly Person[] = cast.map(({ person }) => person);
  readonly #byId = new Map<string, Person>();
  readonly #byTelegram = new Map<number, Person>();
  readonly #byNumber = new Map<string, Person>();
  readonly #byUserId = new Map<string, Person>();
  readonly #byEmail = new Map<string, Person>();
  readonly #byPsid = new Map<string, Person>();
  readonly #byIgsid = new Map<string, Person>();
  readonly #byViber = new Map<string, Person>();
  readonly #byLine = new Map<string, Person>();

  constructor() {
    for (const person of this.six) this.#remember(person);
  }

  get(id: string): Person | undefined {
    return this.#byId.get(id) ?? (/^crowd-\d{1,6}$/.test(id) ? this.crowd(Number(id.slice(6))) : undefined);
  }

  byTelegram(id: number): Person | undefined {
    return this.#byTelegram.get(id) ?? this.#fromCrowd(id - crowdFirstTelegramId);
  }

  /** By digits without `+`. */
  byNumber(digits: string): Person | undefined {
    return this.#byNumber.get(digits) ?? this.#fromCrowd(Number(digits) - crowdFirstNumber);
  }

  byUserId(userId: string): Person | undefined {
    return this.#byUserId.get(userId);
  }

  /** By address, in any case. */
  byEmail(address: string): Person | undefined {
    const low = address.toLowerCase();
    return this.#byEmail.get(low) ?? this.#fromCrowd(Number(/^crowd\.(\d+)@people\.example$/.exec(low)?.[1]));
  }

  byPsid(psid: string): Person | undefined {
    return this.#byPsid.get(psid) ?? this.#fromCrowd(Number(psid) - crowdFirstPsid);
  }

  byIgsid(igsid: string): Person | undefined {
    return this.#byIgsid.get(igsid) ?? this.#fromCrowd(Number(igsid) - crowdFirstIgsid);
  }

  byViber(id: string): Person | undefined {
    return this.#byViber.get(id) ?? this.#fromCrowd(numberInViber(id));
  }

  byLine(userId: string): Person | undefined {
    return (
      this.#byLine.get(userId) ?? this.#fromCrowd(Number.parseInt(/^Uc0000([0-9a-f]{27})$/.exec(userId)?.[1] ?? '', 16))
    );
  }

  /** A person of the crowd by their number, the same one each time. */
  crowd(n: number): Person {
    const known = this.#byId.get(`crowd-${n}`);
    if (known) return known;
    const digits = String(crowdFirstNumber + n);
    const person: Person = {
      id: `crowd-${n}`,
      name: `Crowd ${n}`,
      phone: `+${digits}`,
      telegram: { id: crowdFirstTelegramId + n, firstName: 'Crowd', lastName: String(n), languageCode: 'en' },
      whatsapp: { waId: digits, userId: `US.${13_500_000_000_000 + n}` },
      email: `crowd.${n}@people.example`,
      facebook: { psid: String(crowdFirstPsid + n) },
      instagram: { igsid: String(crowdFirstIgsid + n), username: `crowd_${n}` },
      viber: { id: viberId(n) },
      line: { userId: `Uc0000${n.toString(16).padStart(27, '0')}` },
      hue: n % 360,
    };
    this.#remember(person);
    return person;
  }

  home(person: Person): Home {
    return cast.find((one) => one.person === person)?.home ?? { latitude: 40.758, longitude: -73.9855 };
  }

  #fromCrowd(n: number): Person | undefined {
    return n >= 0 && n < crowdSize && Number.isInteger(n) ? this.crowd(n) : undefined;
  }

  #remember(person: Person): void {
    this.#byId.set(person.id, person);
    this.#byTelegram.set(person.telegram.id, person);
    this.#byNumber.set(person.whatsapp.waId, person);
    this.#byUserId.set(person.whatsapp.userId, person);
    this.#byEmail.set(person.email, person);
    this.#byPsid.set(person.facebook.psid, person);
    this.#byIgsid.set(person.instagram.igsid, person);
    this.#byViber.set(person.viber.id, person);
    this.#byLine.set(person.line.userId, person);
  }
}

/** The crowd is for measuring: it leaves no events and short histories. */
export const inCrowd = (person: Person): boolean => person.id.startsWith('crowd-');

/** A small portrait: a light disc on a square of the person's colour, as PNG. */
export function portrait(hue: number, size = 160): Buffer {
  const [r, g, b] = rgb(hue, 0.45, 0.5);
  const rows = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const head = Math.hypot(x - size / 2, y - size * 0.4) < size * 0.18;
      const shoulders = Math.hypot(x - size / 2, (y - size) * 0.9) < size * 0.34;
      const lift = head || shoulders ? 110 : 0;
      const at = y * (1 + size * 3) + 1 + x * 3;
      rows[at] = Math.min(255, r + lift);
      rows[at + 1] = Math.min(255, g + lift);
      rows[at + 2] = Math.min(255, b + lift);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function rgb(hue: number, saturation: number, lightness: number): [number, number, number] {
  const a = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
