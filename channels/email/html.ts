import { convert } from 'html-to-text';
import sanitizeHtml from 'sanitize-html';

/** Beyond this a mail’s HTML is not kept: its words are. */
const LONGEST = 512 * 1024;
const DEEPEST = 100;

/**
 * A mail’s HTML as it may be shown: no script, no form, no style sheet, no frame. Pictures of the mail itself (`cid:`) stay; those of other servers
 * are blocked and named in `data-blocked-src`, since they tell the sender that somebody looked. `undefined` where it is too long.
 */
export function sanitise(html: string): string | undefined {
  if (html.length > 4 * LONGEST) return undefined;
  const clean = sanitizeHtml(html, {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'center', 'font', 'del', 'ins'],
    allowedAttributes: {
      a: ['href', 'title', 'rel', 'target'],
      img: ['src', 'alt', 'width', 'height', 'data-blocked-src'],
      font: ['color'],
      td: ['align', 'valign', 'colspan', 'rowspan', 'width'],
      th: ['align', 'valign', 'colspan', 'rowspan', 'width'],
      table: ['width', 'cellpadding', 'cellspacing', 'border'],
      '*': ['style', 'dir', 'lang'],
    },
    allowedStyles: { '*': STYLES },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['cid'] },
    allowProtocolRelative: false,
    nestingLimit: DEEPEST,
    transformTags: {
      img: (tagName, attribs) => {
        const { src = '', ...others } = attribs;
        const blocked = /^\s*(?:https?:)?\/\//i.test(src);
        const attributes: Record<string, string> = blocked ? { ...others, 'data-blocked-src': src } : attribs;
        return { tagName, attribs: attributes };
      },
      a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer nofollow', target: '_blank' }),
    },
  });
  return clean.length > LONGEST ? undefined : clean.trim();
}

const COLOUR = [/^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d\s,.%]{1,40}\))$/i];
const LENGTHS = [/^(?:-?[\d.]{1,8}(?:px|em|rem|pt|%)?\s*){1,4}$/];
/** Nothing that loads, moves or covers. */
const STYLES: Record<string, RegExp[]> = {
  color: COLOUR,
  'background-color': COLOUR,
  'text-align': [/^(?:left|right|center|justify)$/],
  'font-weight': [/^(?:bold|normal|[1-9]00)$/],
  'font-style': [/^(?:italic|normal)$/],
  'font-size': [/^[\d.]{1,5}(?:px|em|rem|pt|%)$/],
  'text-decoration': [/^(?:underline|line-through|none)$/],
  padding: LENGTHS,
  margin: [/^(?:[\d.]{1,8}(?:px|em|rem|pt|%)?\s*){1,4}$/],
};

/** HTML as plain words, with the targets of links beside them. */
export function toText(html: string): string {
  const shallow = sanitizeHtml(html.slice(0, 4 * LONGEST), {
    allowedAttributes: { a: ['href'], img: ['alt'] },
    allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img'],
    nestingLimit: DEEPEST,
  });
  return convert(shallow, {
    wordwrap: false,
    limits: { maxInputLength: 4 * LONGEST },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  }).trim();
}
