import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/**
 * How many of a row's children stand on its first line. The row wraps and hides what wrapped; whoever draws it offers the rest elsewhere and
 * takes it out of the keyboard's way.
 */
export function useFitting(count: number): { row: RefObject<HTMLDivElement | null>; fitting: number } {
  const row = useRef<HTMLDivElement>(null);
  const [fitting, setFitting] = useState(count);
  useLayoutEffect(() => {
    const node = row.current;
    if (!node) return;
    const look = () => {
      const children = [...node.children] as HTMLElement[];
      const first = children[0]?.offsetTop ?? 0;
      const wrapped = children.findIndex((child) => child.offsetTop > first);
      setFitting(wrapped < 0 ? count : wrapped);
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(node);
    return () => sizes.disconnect();
  }, [count]);
  return { row, fitting };
}
