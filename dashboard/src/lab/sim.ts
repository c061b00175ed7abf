import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type {
  Act,
  LabEvent,
  Misbehaviour,
  Person,
  Phone,
  PhoneMessage,
  Played,
  Provider,
} from '../../../simulator/src/control.ts';
import { get, write } from '../api/client.ts';

export type { Act, LabEvent, Misbehaviour, Person, Phone, PhoneMessage, Played, Provider };
export type Button = NonNullable<PhoneMessage['buttons']>[number][number];
export type Misbehaviours = Partial<Record<Provider, Misbehaviour>>;

/** The simulator through the server, which keeps its door behind the Lab's session. */
const SIMULATOR = '/lab/sim';

/** The names under which the simulator's answers are kept. */
export const simKeys = {
  played: ['sim', 'played'] as const,
  people: ['sim', 'people'] as const,
  misbehaviour: ['sim', 'misbehaviour'] as const,
  phone: (provider: Provider, account: string, person: string) => ['sim', 'phone', provider, account, person] as const,
};

/** The customers one can be. */
export function usePeople(enabled: boolean) {
  return useQuery({
    queryKey: simKeys.people,
    queryFn: ({ signal }) => get<Person[]>(`${SIMULATOR}/people`, signal),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What the providers here let their customers do; empty until it is known, and for one that is not played. */
export function usePlayed(provider: Provider): ReadonlySet<Act['do']> {
  const { data } = useProviders(true);
  return useMemo(() => new Set(data?.find((one) => one.provider === provider)?.deeds), [data, provider]);
}

/** The providers that are played here, in the order of the wall. */
export function useProviders(enabled: boolean) {
  return useQuery({
    queryKey: simKeys.played,
    queryFn: async ({ signal }) => (await get<{ providers: Played[] }>(SIMULATOR, signal)).providers,
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const phonePath = (provider: Provider, account: string, person: string) =>
  `${SIMULATOR}/phones/${provider}/${encodeURIComponent(account)}/${encodeURIComponent(person)}`;

/** One person's phone at one account; the events stream tells when to read it again. */
export function usePhone(provider: Provider, account: string, person: string) {
  return useQuery({
    queryKey: simKeys.phone(provider, account, person),
    queryFn: async ({ signal }) => reachable(await get<Phone>(phonePath(provider, account, person), signal)),
    // A typing indicator goes out by itself, without an event.
    refetchInterval: (query) => (query.state.data?.typing ? 1500 : false),
  });
}

/** The simulator names its files from its own root; the browser reaches them through the server, wherever in a message they stand. */
function reachable<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reachable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (typeof inner !== 'string') return [key, reachable(inner)];
      if (key === 'html') return [key, inner.replaceAll(FILES_IN_HTML, `$1${SIMULATOR}/files/`)];
      return [key, /url$/i.test(key) ? inner.replace(FILES, `${SIMULATOR}/files/`) : inner];
    }),
  ) as T;
}
const FILES = /^(https?:\/\/[^/]+)?\/lab\/files\//;
const FILES_IN_HTML = /(["'(])(?:https?:\/\/[^/"'(]+)?\/lab\/files\//g;

let locals = 0;

/** Does something with the phone. What the person says stands on the screen at once, with a clock, until the provider has it. */
export function useAct(provider: Provider, account: string, person: string) {
  const queries = useQueryClient();
  const key = simKeys.phone(provider, account, person);
  return useMutation({
    mutationFn: (act: Act) => write<{ id: string | null }>('POST', `${phonePath(provider, account, person)}/acts`, act),
    onMutate: (act) => {
      const said = preview(act);
      if (!said) return undefined;
      const local: PhoneMessage = {
        id: `local-${++locals}`,
        from: 'customer',
        at: new Date().toISOString(),
        status: 'sending',
        ...said,
      };
      queries.setQueryData<Phone>(key, (phone) => phone && { ...phone, messages: [...phone.messages, local] });
      return local.id;
    },
    onError: (_error, _act, localId) => {
      queries.setQueryData<Phone>(
        key,
        (phone) => phone && { ...phone, messages: phone.messages.filter((message) => message.id !== localId) },
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
}

function preview(
  act: Act,
): Pick<PhoneMessage, 'kind' | 'text' | 'replyTo' | 'filename' | 'mediaUrl' | 'location' | 'subject'> | undefined {
  switch (act.do) {
    case 'text':
      return { kind: 'text', text: act.text, replyTo: act.replyTo };
    case 'image':
      return { kind: 'image', text: act.caption, mediaUrl: `data:${act.mimeType};base64,${act.base64}` };
    case 'mail':
      return { kind: 'mail', subject: act.subject, text: act.text, replyTo: act.inReplyTo };
    case 'speak':
      return { kind: 'text', text: act.text };
    case 'location':
      return { kind: 'location', location: act };
    case 'document':
      return { kind: 'document', filename: act.filename };
    default:
      return undefined;
  }
}

/** How the providers misbehave now, and the way to change it; the sliders move before the simulator has answered. */
export function useMisbehaviour() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: simKeys.misbehaviour,
    queryFn: ({ signal }) => get<Misbehaviours>(`${SIMULATOR}/misbehaviour`, signal),
  });
  const change = useMutation({
    mutationFn: (part: Partial<Record<Provider, Partial<Misbehaviour>>>) =>
      write<Misbehaviours>('PUT', `${SIMULATOR}/misbehaviour`, part),
    onMutate: (part) => {
      queries.setQueryData<Misbehaviours>(
        simKeys.misbehaviour,
        (now) =>
          now &&
          Object.fromEntries(
            Object.entries(now).map(([provider, settings]) => [
              provider,
              { ...settings, ...part[provider as Provider] },
            ]),
          ),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: simKeys.misbehaviour }),
  });
  return { query, change };
}
