import { useEffect, useEffectEvent } from 'react';
import type { LabChannel } from '../../api/types.ts';
import { CallPhone } from '../call/CallPhone.tsx';
import { MailClient } from '../mail/MailClient.tsx';
import { bare } from '../mail/threads.ts';
import type { Person } from '../sim.ts';
import { Chat } from './Chat.tsx';
import css from './phone.module.css';
import skins from './skins.module.css';
import type { Skin } from './skins.ts';
import { type PhoneHand, useHand } from './use_hand.ts';

/** What each kind of phone is drawn from. */
export interface Screen {
  channel: LabChannel;
  skin: Skin;
  person: Person;
  hand: PhoneHand;
  /** The provider's id of the message whose story is being told. */
  pickedId?: string;
  onPick: (externalId: string) => void;
}

/** One app on one person's phone: what the provider received, and the customer's hand. */
export function Phone({
  channel,
  skin,
  person,
  pickedId,
  onPick,
  onAct,
  onFound,
}: Omit<Screen, 'hand'> & {
  /** The customer begins to do something; then, for most acts, the id of the message it made. */
  onAct: (externalId: string | undefined) => void;
  /** The newest message already there. */
  onFound: (externalId: string, at: string) => void;
}) {
  const hand = useHand(channel, skin, person, (id) => onAct(id && bare(id)));
  const messages = hand.phone.data?.messages;
  const found = useEffectEvent(onFound);
  useEffect(() => {
    const newest = messages?.findLast((message) => message.kind !== 'service' && !message.id.startsWith('local-'));
    if (newest) found(bare(newest.id), newest.at);
  }, [messages]);

  const Form = FORMS[skin.form];
  return (
    <div
      className={`${css.device} ${skins.skin}`}
      data-skin={skin.provider}
      data-tail={skin.tail}
      data-time={skin.time}
      data-header={skin.header}
    >
      <Form
        channel={channel}
        skin={skin}
        person={person}
        hand={hand}
        pickedId={pickedId}
        onPick={(id) => onPick(bare(id))}
      />
    </div>
  );
}

const FORMS = { chat: Chat, mail: MailClient, call: CallPhone };
