import { useState } from 'react';
import type { LabChannel } from '../../api/types.ts';
import { type Act, type Person, useAct, usePhone, usePlayed } from '../sim.ts';
import type { Skin } from './skins.ts';

/** Acts whose answer names a message that the platform knows by the same id. A tap and a choice are known by the event they become. */
const MAKES_MESSAGE = new Set<Act['do']>([
  'text',
  'image',
  'document',
  'audio',
  'video',
  'location',
  'contact',
  'sticker',
  'edit',
  'mail',
  'share',
  'story_mention',
  'story_reply',
]);

/** Acts that nobody hears as words. */
const SILENT = new Set<Act['do']>(['read', 'block', 'unblock', 'elapse', 'typing', 'device']);

/** What went wrong, and the act that may be tried again. */
export interface Problem {
  sentence: string;
  act?: Act;
}

/** One person's hand on one phone: what it can do there, how to do it, and what became of it. */
export interface PhoneHand {
  phone: ReturnType<typeof usePhone>;
  deeds: ReadonlySet<Act['do']>;
  /** Answers whether it left the phone. */
  act(what: Act): Promise<boolean>;
  /** `messageId/buttonId` of the tap that is under way. */
  pressed?: string;
  problem?: Problem;
  setProblem(problem: Problem | undefined): void;
}

/** Makes the hand. `onAct` hears of an act as it begins, and again with the id of the message it made. */
export function useHand(
  channel: LabChannel,
  skin: Skin,
  person: Person,
  onAct: (externalId: string | undefined) => void,
): PhoneHand {
  const phone = usePhone(skin.provider, channel.account, person.id);
  const { mutateAsync, variables, isPending } = useAct(skin.provider, channel.account, person.id);
  const deeds = usePlayed(skin.provider);
  const [problem, setProblem] = useState<Problem>();

  const act = async (what: Act): Promise<boolean> => {
    setProblem(undefined);
    // Told before it is done: the platform's word of it may come earlier than the simulator's answer.
    if (!SILENT.has(what.do)) onAct(undefined);
    try {
      const { id } = await mutateAsync(what);
      if (id && MAKES_MESSAGE.has(what.do)) onAct(id);
      return true;
    } catch (error) {
      setProblem({ sentence: error instanceof Error ? error.message : 'It did not leave the phone.', act: what });
      return false;
    }
  };
  return {
    phone,
    deeds,
    act,
    pressed: isPending && variables?.do === 'tap' ? `${variables.messageId}/${variables.buttonId}` : undefined,
    problem,
    setProblem,
  };
}
