import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

const NEAR_PX = 80;

/** Keeps a chat at its newest words while one is there, and leaves it alone while one reads above. */
export function useBottom(content: unknown): {
  scroller: RefObject<HTMLDivElement | null>;
  atBottom: boolean;
  go: () => void;
} {
  const scroller = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [atBottom, setAtBottom] = useState(true);

  const go = useCallback(() => {
    const node = scroller.current;
    if (node) node.scrollTop = node.scrollHeight;
  }, []);

  useEffect(() => {
    const node = scroller.current;
    if (!node) return;
    const look = () => {
      stuck.current = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_PX;
      setAtBottom(stuck.current);
    };
    node.addEventListener('scroll', look, { passive: true });
    // The keyboard, a picture or the window may change the height without a word of ours.
    const sizes = new ResizeObserver(() => {
      if (stuck.current) go();
    });
    sizes.observe(node);
    return () => {
      node.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, [go]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new content is the reason to look.
  useLayoutEffect(() => {
    if (stuck.current) go();
  }, [content, go]);

  return { scroller, atBottom, go };
}
