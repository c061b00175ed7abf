import { useEffect, useEffectEvent } from 'react';
import { tellConnection } from './connection.ts';

const PATIENCE_MS = 1500;
const RETRY_MS = 2000;

/**
 * Follows Server-Sent Events while the page is seen. A hidden tab lets go of its connection, because a browser has only six to one host over
 * HTTP/1.1 and three forgotten tabs would starve the fourth; `onOpen` is told each time it is back, to read what was missed.
 */
export function useStream(url: string | undefined, onData: (json: unknown) => void, onOpen?: () => void): void {
  const take = useEffectEvent(onData);
  const opened = useEffectEvent(() => onOpen?.());

  useEffect(() => {
    if (!url) return;
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let patience: ReturnType<typeof setTimeout> | undefined;

    const open = () => {
      source = new EventSource(url);
      source.onopen = () => {
        clearTimeout(patience);
        patience = undefined;
        tellConnection(url, 'open');
        opened();
      };
      source.onmessage = (event) => {
        const json = parsed(event.data);
        if (json !== undefined) take(json);
      };
      source.onerror = () => {
        patience ??= setTimeout(() => tellConnection(url, 'lost'), PATIENCE_MS);
        // After an HTTP error the browser gives up for good; we do not.
        if (source?.readyState !== EventSource.CLOSED) return;
        retry = setTimeout(open, RETRY_MS);
      };
    };
    const close = () => {
      clearTimeout(retry);
      clearTimeout(patience);
      patience = undefined;
      source?.close();
      source = undefined;
    };
    const look = () => {
      if (document.hidden) close();
      else if (!source) open();
    };

    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
      tellConnection(url, 'open');
    };
  }, [url]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
