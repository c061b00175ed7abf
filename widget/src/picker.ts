import type { UploadLimits } from '@tributary/protocol';
import { h, ICONS, icon } from './dom.ts';
import { refusalOf } from './upload.ts';
import type { Words } from './words.ts';

export interface Picker {
  /** The button and its hidden input, for the composer. */
  nodes: HTMLElement[];
  /** What the channel takes; nothing hides the button. */
  allow(limits: UploadLimits | undefined): void;
}

/** Takes files by button, by pasting them where one writes, and by dropping them on the sheet. */
export function createPicker(
  sheet: HTMLElement,
  input: HTMLTextAreaElement,
  words: Words,
  doings: { send(file: File): void; complain(text: string): void },
): Picker {
  let limits: UploadLimits | undefined;
  const field = h('input', { type: 'file', multiple: true, hidden: true, tabindex: -1, 'aria-hidden': 'true' });
  const button = h(
    'button',
    {
      type: 'button',
      class: 'attach',
      hidden: true,
      'aria-label': words.attach,
      title: words.attach,
      onclick: () => field.click(),
    },
    icon(ICONS.clip, 22),
  );

  const take = (files: Iterable<File>): void => {
    if (!limits) return;
    doings.complain('');
    for (const file of files) {
      const refusal = refusalOf(file, limits);
      if (!refusal) doings.send(file);
      else {
        const reason =
          words[refusal] + (refusal === 'tooLarge' ? ` ${Math.floor(limits.maxBytes / 104_857.6) / 10}` : '');
        doings.complain(`${file.name}: ${reason}`);
      }
    }
  };

  field.addEventListener('change', () => {
    take([...(field.files ?? [])]);
    field.value = '';
    input.focus();
  });
  input.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Words that were copied beside their picture are pasted as words.
    if (!limits || files.length === 0 || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    take(files);
  });
  const holds = (event: DragEvent): boolean =>
    limits !== undefined && event.dataTransfer?.types.includes('Files') === true;
  sheet.addEventListener('dragover', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    sheet.dataset.drop = words.drop;
  });
  sheet.addEventListener('dragleave', (event) => {
    if (!sheet.contains(event.relatedTarget as Node | null)) delete sheet.dataset.drop;
  });
  sheet.addEventListener('drop', (event) => {
    delete sheet.dataset.drop;
    if (!holds(event)) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  });

  return {
    nodes: [field, button],
    allow(next) {
      limits = next;
      button.hidden = !next;
      if (next?.types) field.accept = next.types.join();
    },
  };
}
