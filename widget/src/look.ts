/** Puts the style sheet into the shadow tree. A constructed sheet needs no `style-src` in the page's content security policy. */
export function dress(root: ShadowRoot, css: string, nonce: string | undefined): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Browsers before 2023 take an element; a strict page lets it in by the script's own nonce.
    const style = document.createElement('style');
    if (nonce) style.nonce = nonce;
    style.textContent = css;
    root.append(style);
  }
}

/** Colours the widget by the channel, the page's option, or the page's `--tb-accent`; words on it become black or white, whichever reads better. */
export function colour(host: HTMLElement, wanted: string | undefined): void {
  if (wanted && CSS.supports('color', wanted)) host.style.setProperty('--tb-accent', wanted);
  const probe = document.createElement('span');
  probe.style.color = 'var(--tb-accent)';
  host.shadowRoot?.append(probe);
  const accent = readRgb(getComputedStyle(probe).color);
  probe.remove();
  if (!accent) return;
  const light = luminance(accent);
  const dark = host.dataset.scheme === 'dark';
  // Contrast with white is 1.05 / (L + 0.05), with near-black (L + 0.05) / 0.06.
  host.style.setProperty('--tb-on-accent', 1.05 / (light + 0.05) >= 4.5 ? '#fff' : '#0d1217');
  host.style.setProperty('--tb-link', `rgb(${readable(accent, dark).join(' ')})`);
}

type Rgb = [number, number, number];

function readRgb(text: string): Rgb | undefined {
  const [r, g, b] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return text.startsWith('rgb') && r !== undefined && g !== undefined && b !== undefined ? [r, g, b] : undefined;
}

/** The accent moved towards black or white until words in it read at 4.5 to 1 on the widget's surfaces. */
function readable(accent: Rgb, dark: boolean): Rgb {
  let shade = accent;
  const goal: number = dark ? 255 : 0;
  // The surfaces behind links: grey 2 by day (0.88), #1f2831 by night (0.02).
  const contrast = (): number => (dark ? (luminance(shade) + 0.05) / 0.07 : 0.93 / (luminance(shade) + 0.05));
  for (let step = 0; step < 20 && contrast() < 4.5; step++) {
    shade = shade.map((part) => Math.round(part + (goal - part) * 0.12)) as Rgb;
  }
  return shade;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
