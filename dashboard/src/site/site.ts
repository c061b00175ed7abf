import '@fontsource-variable/inter/wght.css';
import '../tokens.css';
import '../base.css';
import './site.css';
import { drawerOf } from './drawer.ts';

/** The shop of the Lab: a page somebody else could have written, with the widget's one script tag. Its address says which channel and who visits. */
const PATIENCE_MS = 6000;
const query = new URLSearchParams(location.search);
const state = document.getElementById('chat-state');

function show(kind: 'waiting' | 'failed' | 'unnamed' | 'here'): void {
  if (!state) return;
  state.className = kind;
  state.replaceChildren();
  if (kind === 'here') return;
  if (kind === 'waiting') {
    state.setAttribute('aria-label', 'The chat is loading');
    return;
  }
  state.removeAttribute('aria-label');
  const words = document.createElement('p');
  words.textContent =
    kind === 'failed'
      ? 'The chat could not be loaded.'
      : 'No channel was named. Open this page from the Lab, which adds ?channel=… to its address.';
  state.append(words);
  if (kind !== 'failed') return;
  const again = document.createElement('button');
  again.type = 'button';
  again.textContent = 'Try again';
  again.addEventListener('click', () => location.reload());
  state.append(again);
}

interface Embedded {
  tributary?: (command: string, argument?: unknown) => void;
}

/** Each of the Lab's people is a visitor of their own, though they share a browser. */
function keepApart(person: string): void {
  try {
    const drawer = drawerOf(localStorage, person);
    Object.defineProperty(window, 'localStorage', { value: drawer, configurable: true });
  } catch {
    // Without a storage there is nothing to keep apart.
  }
}

// Another theme was chosen around this page: the shop and the widget put it on together.
window.addEventListener('storage', (event) => {
  if (event.key === 'tributary.theme') location.reload();
});

const channel = query.get('channel');
if (channel) {
  show('waiting');
  const script = document.createElement('script');
  script.src = '/widget.js';
  script.async = true;
  script.dataset.channel = channel;
  const { theme } = document.documentElement.dataset;
  if (theme) script.dataset.theme = theme;
  // The Lab's phones show their chats; so does its browser.
  script.dataset.open = '';
  const person = query.get('person');
  if (person) keepApart(person);
  const patience = setTimeout(() => show('failed'), PATIENCE_MS);
  script.addEventListener('load', () => {
    clearTimeout(patience);
    const name = query.get('name');
    if (name) (window as Embedded).tributary?.('updateUser', { name });
    show('here');
  });
  script.addEventListener('error', () => {
    clearTimeout(patience);
    show('failed');
  });
  document.body.append(script);
} else {
  show('unnamed');
}
