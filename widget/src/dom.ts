type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** Makes an element. Functions become listeners (`onclick`), `true` an empty attribute, `undefined` and `false` nothing. Words are always text, never markup. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** An icon of one path on a 24 px grid, invisible to screen readers. */
export function icon(path: string, size = 24): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const line = document.createElementNS(space, 'path');
  const set = (element: Element, attributes: Attributes): void => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  };
  set(svg, { viewBox: '0 0 24 24', width: size, height: size, fill: 'none', 'aria-hidden': 'true' });
  set(line, {
    d: path,
    stroke: 'currentColor',
    'stroke-width': 2,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
  svg.append(line);
  return svg;
}

export const ICONS = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M5 9l7 7 7-7',
  send: 'M5 12l14-7-4 14-4-5z M11 14l8-9',
  file: 'M7 3h7l4 4v14H7z M14 3v4h4',
  clip: 'M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.3 3.3 0 014.7 4.7l-8.5 8.5a1.7 1.7 0 01-2.4-2.4L14.5 7',
  place: 'M12 21c-4-5-6-8-6-11a6 6 0 0112 0c0 3-2 6-6 11z M12 10h.01',
  clock: 'M12 7v5l3 2 M12 21a9 9 0 110-18 9 9 0 010 18',
  once: 'M5 12l5 5L20 7',
  twice: 'M2 13l4 4 9-10 M11 16l1 1L22 7',
  warn: 'M12 8v5 M12 16h.01 M12 3l10 18H2z',
} as const;
