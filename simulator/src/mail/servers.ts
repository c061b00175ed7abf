import { type AddressInfo, createServer, type Server } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { accountOf, addresses, type MailAccount, ports } from './account.ts';
import { writeBounce } from './bounce.ts';
import { showMail } from './deliver.ts';
import { ImapSession } from './imap/session.ts';

/** What servers of 25 MB take. */
const MOST_BYTES = 25 * 1024 * 1024;
/** A bounce comes as soon as another server has refused. */
const BOUNCE_MS = 30;

/** The mail servers of a Lab: SMTP to hand mail in, IMAP to read what came. Neither is encrypted: both are on this machine only. */
export class MailServers {
  readonly #lab: Lab;
  #smtp: SMTPServer | undefined;
  #imap: Server | undefined;
  readonly #sessions = new Set<ImapSession>();
  /** Whose next mail is taken without a word: drawn for the recipient, meant for the mail. */
  readonly #silent = new WeakSet<SMTPServerSession>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async start(): Promise<void> {
    this.#smtp = this.#makeSmtp();
    this.#imap = createServer((socket) => {
      const session = new ImapSession(socket, (user, password) => findLogin(this.#lab, user, password));
      this.#sessions.add(session);
      socket.on('close', () => this.#sessions.delete(session));
    });
    this.#smtp.on('error', () => {});
    const listening = (server: Server): Promise<number> =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      });
    const known = ports(this.#lab);
    known.smtpPort = await listening(this.#smtp.server as unknown as Server);
    known.imapPort = await listening(this.#imap);
  }

  async stop(): Promise<void> {
    this.drop();
    await Promise.all([
      new Promise<void>((resolve) => (this.#smtp ? this.#smtp.close(() => resolve()) : resolve())),
      new Promise<void>((resolve) => (this.#imap ? this.#imap.close(() => resolve()) : resolve())),
    ]);
  }

  /** Every IMAP connection breaks. */
  drop(): void {
    for (const session of this.#sessions) session.end();
  }

  #hangUp(session: SMTPServerSession): void {
    const connections = (this.#smtp as unknown as { connections: Set<{ session: SMTPServerSession; close(): void }> })
      .connections;
    for (const connection of connections) if (connection.session === session) connection.close();
  }

  #makeSmtp(): SMTPServer {
    const lab = this.#lab;
    return new SMTPServer({
      banner: 'The Lab’s mail is ready.',
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      authMethods: ['PLAIN', 'LOGIN'],
      size: MOST_BYTES,
      closeTimeout: 500,
      onAuth: ({ username, password }, _session, done) => {
        const account = findLogin(lab, username ?? '', password ?? '');
        if (account) done(null, { user: account.address });
        else done(refusal(535, '5.7.8 Authentication failed'));
      },
      onMailFrom: ({ address }, session, done) => {
        const account = senderOf(lab, session);
        const domain = account?.address.split('@')[1];
        // A server lets nobody write in another domain's name.
        done(
          account && address.toLowerCase().endsWith(`@${domain}`)
            ? null
            : refusal(550, '5.7.1 Sender address rejected: not owned by user'),
        );
      },
      onRcptTo: ({ address }, session, done) => {
        const misfortune = lab.chaos.email.onRequest();
        if (misfortune === 'rate') return done(refusal(451, '4.7.1 Too many messages, try again later'));
        if (misfortune === 'error') return done(refusal(421, '4.3.0 Temporary server error'));
        if (misfortune === 'hang') this.#silent.add(session);
        if (/@(?:.*\.)?invalid$/i.test(address)) return done(refusal(550, '5.1.2 Host or domain name not found'));
        done(/^refused@/i.test(address) ? refusal(550, '5.1.1 User unknown') : null);
      },
      onData: (stream, session, done) => {
        const silent = this.#silent.delete(session);
        take(lab, stream, session).then(
          // Taken, and nobody is told: the line breaks.
          () => (silent ? this.#hangUp(session) : done(null, '2.0.0 Ok: queued')),
          (error: Error) => done(error),
        );
      },
    });
  }
}

function findLogin(lab: Lab, user: string, password: string): MailAccount | undefined {
  return [...addresses(lab).values()].find(
    (one) => one.credential('username') === user && one.credential('password') === password,
  );
}

const senderOf = (lab: Lab, session: SMTPServerSession): MailAccount | undefined =>
  addresses(lab).get(String((session.user as unknown) ?? ''));

function refusal(responseCode: number, says: string): Error {
  return Object.assign(new Error(says), { responseCode });
}

async function take(lab: Lab, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
  const started = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  if (stream.sizeExceeded) throw refusal(552, '5.3.4 Message size exceeds fixed limit');
  const account = senderOf(lab, session)!;
  const raw = Buffer.concat(chunks);
  const { mailFrom, rcptTo } = session.envelope;
  lab.count('smtp mail');
  for (const { address } of rcptTo) {
    const messageId = await handOver(lab, account, raw, mailFrom ? mailFrom.address : '', address);
    const person = lab.people.byEmail(address);
    if (person && inCrowd(person)) continue;
    lab.tell(person, {
      type: 'request',
      provider: 'email',
      account: account.address,
      method: 'MAIL',
      path: `/smtp/${address}`,
      status: 250,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: raw.subarray(0, 20_000).toString('utf8'),
      answer: '250 2.0.0 Ok: queued',
      ...(messageId ? { messageId } : {}),
    });
  }
}

/** To a person’s program, to another mailbox of the Lab, or back as a bounce. */
async function handOver(
  lab: Lab,
  account: MailAccount,
  raw: Buffer,
  from: string,
  to: string,
): Promise<string | undefined> {
  const person = lab.people.byEmail(to);
  const phone = person && account.phones.of(person);
  if (person && !phone?.blocked) return (await showMail(lab, account, person, raw)).view.id;
  const mailbox = accountOf(lab, to);
  if (mailbox) {
    mailbox.mailbox.add(Buffer.concat([Buffer.from(`Delivered-To: ${to}\r\n`), raw]));
    return undefined;
  }
  const fault = phone?.blocked
    ? { status: '5.7.1', says: '550 5.7.1 This person takes no more mail from you' }
    : { status: '5.1.1', says: `550 5.1.1 <${to}>: Recipient address rejected: User unknown` };
  const sender = accountOf(lab, from);
  lab.later(BOUNCE_MS, () =>
    sender?.mailbox.add(Buffer.concat([Buffer.from(`Delivered-To: ${from}\r\n`), writeBounce(raw, to, from, fault)])),
  );
  return undefined;
}
