import Type, { type Static } from 'typebox';
import type { ConsentRecord } from '../../store/consents.ts';
import { given, Id, Time } from './common.ts';

/** One line of the ledger of consent, as the API shows it. */
export const Consent = Type.Object(
  {
    id: Id('cns_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    identityId: Id('idn_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    channelId: Type.String(),
    identifier: Type.String({ description: 'The address it was said from.' }),
    state: Type.Enum(['opted_in', 'opted_out', 'blocked', 'unblocked', 'help_asked']),
    purpose: Type.Optional(Type.String({ description: 'What it is about: `marketing`. Absent: everything.' })),
    word: Type.Optional(Type.String({ description: 'The word it was said by: STOP.' })),
    source: Type.Enum(['person', 'provider', 'before'], {
      description:
        'Who says so: the person; the provider, when it refused a message; or what was known before there was a ledger.',
    }),
    journal: Type.Optional(
      Type.Object({ id: Type.String(), no: Type.Integer() }, { description: 'The raw request it was read from.' }),
    ),
    deliveryId: Type.Optional(Type.String({ description: 'The message that was refused.' })),
    providerCode: Type.Optional(Type.String()),
    saidAt: Time,
  },
  { title: 'Consent' },
);

/** A line of the ledger on the wire. */
export function presentConsent(record: ConsentRecord): Static<typeof Consent> {
  const { purpose, word, journal, deliveryId, providerCode, saidAt, ...rest } = record;
  return {
    ...rest,
    purpose: given(purpose),
    word: given(word),
    journal: given(journal),
    deliveryId: given(deliveryId),
    providerCode: given(providerCode),
    saidAt: saidAt.toISOString(),
  };
}
