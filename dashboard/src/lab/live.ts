import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useStream } from '../api/stream.ts';
import type { LabChannel, WorkspaceEvent } from '../api/types.ts';
import { tellNotice } from './phone/notices.ts';
import { platformKeys } from './platform.ts';
import { type LabEvent, simKeys } from './sim.ts';
import { keepWireEvent } from './wire.ts';

const GATHER_MS = 60;

/**
 * Keeps the wall live. What a phone shows is read again from the provider when it says that something changed, and a trace from the server
 * when anything happened in the workspace; events that come together are one reading.
 */
export function useLive(
  channels: readonly LabChannel[],
  onReceived: (channel: LabChannel, messageId: string) => void,
): void {
  const queries = useQueryClient();
  const waiting = useRef(new Map<string, readonly unknown[]>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const readAgain = (key: readonly unknown[]) => {
    waiting.current.set(JSON.stringify(key), key);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const keys = [...waiting.current.values()];
      waiting.current.clear();
      for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
    }, GATHER_MS);
  };

  useStream(
    '/lab/sim/events',
    (json) => {
      const event = json as LabEvent;
      if (event.type === 'phone') tellNotice(event);
      else keepWireEvent(event);
      // A request may have changed a phone as well, a tap's answer for one.
      if (event.person) readAgain(simKeys.phone(event.provider, event.account, event.person));
    },
    () => void queries.invalidateQueries({ queryKey: ['sim', 'phone'] }),
  );

  useStream(
    '/api/v1/events/stream',
    (json) => {
      const event = json as WorkspaceEvent;
      readAgain(platformKeys.traces);
      if (event.conversationId) readAgain(platformKeys.conversation(event.conversationId));
      const spoken = event.type === 'message.received' || event.type === 'action.received';
      if (!spoken || !event.subjectId?.startsWith('msg_')) return;
      // A workspace may have more channels than stand on the wall.
      const channel = channels.find(({ id }) => id === event.channelId);
      if (channel) onReceived(channel, event.subjectId);
    },
    () => {
      void queries.invalidateQueries({ queryKey: platformKeys.traces });
      void queries.invalidateQueries({ queryKey: ['conversation'] });
    },
  );
}
