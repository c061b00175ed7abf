import type { Socket } from 'node:net';
import type { MailAccount } from '../account.ts';
import type { Kept } from '../mailbox.ts';
import { Lines, readTokens, type Token } from './lines.ts';
import { inSet, search } from './search.ts';

const CAPABILITIES = 'IMAP4rev1 AUTH=PLAIN IDLE NAMESPACE UIDPLUS LITERAL+';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One client of the IMAP server: what of IMAP4rev1 (RFC 3501) a program needs that follows an INBOX. */
export class ImapSession {
  readonly #socket: Socket;
  readonly #login: (user: string, password: string) => MailAccount | undefined;
  readonly #lines = new Lines();
  #account: MailAccount | undefined;
  #selected = false;
  /** How many mails the client has been told of. */
  #told = 0;
  #unwatch: (() => void) | undefined;
  /** The tag of an IDLE or an AUTHENTICATE that waits for its next line. */
  #waiting: { tag: string; for: 'done' | 'proof' } | undefined;

  constructor(socket: Socket, login: (user: string, password: string) => MailAccount | undefined) {
    this.#socket = socket;
    this.#login = login;
    socket.on('data', (chunk: Buffer) => {
      const commands = this.#lines.push(chunk, () => this.#say('+ Go on'));
      for (const command of commands) this.#answer(command.toString('utf8'));
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#leave());
    this.#say(`* OK [CAPABILITY ${CAPABILITIES}] The Lab’s mail is ready.`);
  }

  end(): void {
    this.#socket.destroy();
  }

  #answer(line: string): void {
    if (this.#waiting) {
      const { tag, for: what } = this.#waiting;
      this.#waiting = undefined;
      if (what === 'done') {
        this.#say(`${tag} OK IDLE ended`);
        return;
      }
      const [, user = '', password = ''] = Buffer.from(line, 'base64').toString('utf8').split('\0');
      this.#say(`${tag} ${this.#enter(user, password)}`);
      return;
    }
    const [tag, name, ...rest] = readTokens(line);
    if (typeof tag !== 'string' || typeof name !== 'string') {
      this.#say('* BAD That is no command.');
      return;
    }
    try {
      const outcome = this.#perform(tag, name.toUpperCase(), rest);
      if (outcome) this.#say(`${tag} ${outcome}`);
      if (name.toUpperCase() === 'LOGOUT') this.#socket.end();
    } catch (error) {
      this.#say(`${tag} BAD ${(error as Error).message}`);
    }
  }

  /** The outcome of a command; `undefined` where its next line is waited for. */
  #perform(tag: string, name: string, rest: Token[]): string | undefined {
    switch (name) {
      case 'CAPABILITY':
        this.#say(`* CAPABILITY ${CAPABILITIES}`);
        return done(name);
      case 'NOOP':
      case 'CHECK':
        this.#tellNews();
        return done(name);
      case 'ID':
        this.#say('* ID NIL');
        return done(name);
      case 'LOGOUT':
        this.#say('* BYE Until next time.');
        return done(name);
      case 'LOGIN':
        return this.#enter(String(rest[0]), String(rest[1]));
      case 'AUTHENTICATE':
        if (String(rest[0]).toUpperCase() !== 'PLAIN') return 'NO Only PLAIN.';
        this.#waiting = { tag, for: 'proof' };
        this.#say('+ ');
        return undefined;
      default:
        return this.#account ? this.#performKnown(tag, name, rest) : 'BAD Log in first.';
    }
  }

  /** What only somebody may do who has logged in. */
  #performKnown(tag: string, name: string, rest: Token[]): string | undefined {
    switch (name) {
      case 'NAMESPACE':
        this.#say('* NAMESPACE (("" "/")) NIL NIL');
        return done(name);
      case 'LIST':
      case 'LSUB':
        this.#say(`* ${name} (\\HasNoChildren) "/" ${rest[1] === '' ? '""' : 'INBOX'}`);
        return done(name);
      case 'STATUS': {
        const { uidNext, validity } = this.#box;
        this.#say(`* STATUS INBOX (MESSAGES ${this.#kept.length} UIDNEXT ${uidNext} UIDVALIDITY ${validity})`);
        return done(name);
      }
      case 'SELECT':
      case 'EXAMINE':
        return this.#select(name, String(rest[0]));
      default:
        return this.#selected ? this.#performSelected(tag, name, rest) : 'BAD Select a mailbox first.';
    }
  }

  /** What is done in a mailbox. */
  #performSelected(tag: string, name: string, rest: Token[]): string | undefined {
    switch (name) {
      case 'IDLE':
        this.#waiting = { tag, for: 'done' };
        this.#say('+ idling');
        this.#tellNews();
        return undefined;
      case 'CLOSE':
      case 'UNSELECT':
        this.#leave();
        return done(name);
      case 'UID':
        return this.#byUid(String(rest[0]).toUpperCase(), rest.slice(1));
      default:
        return `BAD ${name} is not played.`;
    }
  }

  #enter(user: string, password: string): string {
    this.#account = this.#login(user, password);
    if (!this.#account) return 'NO [AUTHENTICATIONFAILED] Invalid credentials.';
    return `OK [CAPABILITY ${CAPABILITIES}] Welcome.`;
  }

  #select(name: string, mailbox: string): string {
    if (mailbox.toUpperCase() !== 'INBOX') return 'NO [NONEXISTENT] There is no such mailbox.';
    this.#leave();
    this.#selected = true;
    this.#told = this.#kept.length;
    this.#unwatch = this.#box.watch(() => {
      if (this.#waiting?.for === 'done') this.#tellNews();
    });
    this.#account!.sessions++;
    this.#say('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)');
    this.#say('* OK [PERMANENTFLAGS (\\Seen \\Flagged \\Deleted)] Limited');
    this.#say(`* ${this.#told} EXISTS`);
    this.#say('* 0 RECENT');
    this.#say(`* OK [UIDVALIDITY ${this.#box.validity}] UIDs are valid`);
    this.#say(`* OK [UIDNEXT ${this.#box.uidNext}] Predicted next UID`);
    return `OK [${name === 'SELECT' ? 'READ-WRITE' : 'READ-ONLY'}] ${name} completed`;
  }

  #byUid(name: string, rest: Token[]): string {
    if (name === 'SEARCH') {
      this.#say(
        `* SEARCH${search(this.#kept, rest)
          .map((mail) => ` ${mail.uid}`)
          .join('')}`,
      );
      return done('UID SEARCH');
    }
    const fits = inSet(String(rest[0]), this.#kept.at(-1)?.uid ?? 0);
    const chosen = this.#kept.filter((mail) => fits(mail.uid));
    if (name === 'FETCH') {
      const items = Array.isArray(rest[1]) ? rest[1] : [rest[1] ?? ''];
      for (const mail of chosen) this.#sendMail(mail, items.map(String));
      return done('UID FETCH');
    }
    if (name !== 'STORE') return `BAD UID ${name} is not played.`;
    const how = String(rest[1]).toUpperCase();
    const flags = (Array.isArray(rest[2]) ? rest[2] : [rest[2] ?? '']).map(String);
    for (const mail of chosen) {
      for (const flag of flags) {
        if (how.startsWith('-')) mail.flags.delete(flag);
        else mail.flags.add(flag);
      }
      if (!how.endsWith('.SILENT')) this.#sendMail(mail, ['UID', 'FLAGS']);
    }
    return done('UID STORE');
  }

  #sendMail(mail: Kept, items: readonly string[]): void {
    const said: (string | Buffer)[] = [];
    for (const item of new Set(['UID', ...items.map((one) => one.toUpperCase())])) {
      if (item === 'UID') said.push(`UID ${mail.uid}`);
      else if (item === 'FLAGS') said.push(`FLAGS (${[...mail.flags].join(' ')})`);
      else if (item === 'RFC822.SIZE') said.push(`RFC822.SIZE ${mail.raw.length}`);
      else if (item === 'INTERNALDATE') said.push(`INTERNALDATE "${writeDate(mail.at)}"`);
      else {
        const part = /^BODY(?:\.PEEK)?\[\](?:<(\d+)\.(\d+)>)?$/.exec(item);
        if (!part) throw new Error(`FETCH ${item} is not played.`);
        const start = Number(part[1] ?? 0);
        const bytes = part[2] === undefined ? mail.raw : mail.raw.subarray(start, start + Number(part[2]));
        if (!item.startsWith('BODY.PEEK')) mail.flags.add('\\Seen');
        said.push(
          Buffer.concat([
            Buffer.from(`BODY[]${part[1] === undefined ? '' : `<${start}>`} {${bytes.length}}\r\n`),
            bytes,
          ]),
        );
      }
    }
    const pieces = said.flatMap((piece, no) => [Buffer.from(no > 0 ? ' ' : ''), Buffer.from(piece as string)]);
    const head = Buffer.from(`* ${this.#kept.indexOf(mail) + 1} FETCH (`);
    this.#socket.write(Buffer.concat([head, ...pieces, Buffer.from(')\r\n')]));
  }

  #tellNews(): void {
    if (!this.#selected || this.#kept.length === this.#told) return;
    this.#told = this.#kept.length;
    this.#say(`* ${this.#told} EXISTS`);
  }

  #leave(): void {
    if (this.#selected && this.#account) this.#account.sessions--;
    this.#selected = false;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  get #box() {
    return this.#account!.mailbox;
  }
  get #kept(): readonly Kept[] {
    return this.#box.kept;
  }
  #say(line: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${line}\r\n`);
  }
}

const done = (name: string): string => `OK ${name} completed`;

/** ` 4-Oct-2026 12:40:11 +0000`. */
function writeDate(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${String(at.getUTCDate()).padStart(2)}-${MONTHS[at.getUTCMonth()]}-${at.getUTCFullYear()}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}
