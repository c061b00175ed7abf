import { createCommands, type EmbedOptions } from './embed.ts';

// The script tag is only known while the script itself runs.
const script = document.currentScript as HTMLScriptElement | null;

interface Page {
  LinktorSettings?: EmbedOptions;
  LinktorObject?: string;
  [name: string]: unknown;
}

/** Runs what the page asked for in any of three ways: attributes of the tag, a settings object, or a queue of calls. */
function start(): void {
  const page = window as unknown as Page;
  const { dataset } = script ?? { dataset: {} as DOMStringMap };
  const origin = script?.src ? new URL(script.src).origin : location.origin;
  const command = createCommands(dataset.api ?? origin);
  const name = page.LinktorObject ?? 'linktor';
  const waiting = (page[name] as { q?: ArrayLike<ArrayLike<unknown>> } | undefined)?.q;
  page.tributary = command;
  page[name] = command;

  const nonce = script?.nonce || undefined;
  if (dataset.channel) {
    command('init', {
      channelId: dataset.channel,
      autoOpen: dataset.open !== undefined && dataset.open !== 'false',
      primaryColor: dataset.color,
      position: dataset.position,
      language: dataset.language,
      theme: dataset.theme,
      nonce,
    });
  } else if (page.LinktorSettings?.channelId) {
    command('init', { nonce, ...page.LinktorSettings });
  }
  for (const call of Array.from(waiting ?? [])) command(String(call[0]), call[1]);
}

// Two tags of the same widget are one.
if (!('tributary' in window)) {
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start);
  else start();
}
