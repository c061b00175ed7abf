import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** A row of phones that is swiped, one at a time. */
export interface WallScroll {
  row: RefObject<HTMLDivElement | null>;
  current?: string;
  go: (channelId: string) => void;
}

/** Tells which phone of the row is in sight, and goes to another. */
export function useWall(narrow: boolean): WallScroll {
  const row = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string>();

  useEffect(() => {
    const node = row.current;
    if (!node || !narrow) return;
    const look = () => {
      const middle = node.scrollLeft + node.clientWidth / 2;
      const slots = [...node.querySelectorAll<HTMLElement>('[data-slot]')];
      const near = slots.find((slot) => slot.offsetLeft <= middle && slot.offsetLeft + slot.offsetWidth >= middle);
      if (near?.dataset.slot) setCurrent(near.dataset.slot);
    };
    node.addEventListener('scroll', look, { passive: true });
    return () => node.removeEventListener('scroll', look);
  }, [narrow]);

  const go = useCallback((channelId: string) => {
    const slot = row.current?.querySelector<HTMLElement>(`[data-slot="${CSS.escape(channelId)}"]`);
    slot?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, []);

  return { row, current, go };
}
