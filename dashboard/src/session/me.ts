import { useQuery, useQueryClient } from '@tanstack/react-query';
import { get, write } from '../api/client.ts';

/** GET /api/v1/auth/me: who has signed in, and what they may do. `via: lab` is the Lab's own page, without a person behind it. */
export interface Me {
  user?: { id: string; name: string; email: string; role: 'owner' | 'admin' | 'member' | 'viewer' };
  workspace: { id: string; name: string };
  permissions: string[];
  via: 'member' | 'lab' | 'key';
}

const KEY = ['me'];

/** Who is here; an error with status 401 when nobody has signed in. */
export function useMe() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => get<Me>('/api/v1/auth/me', signal), staleTime: 60_000 });
}

/** May they do this? Unknown until it is known who they are. */
export function useMay(permission: string): boolean {
  const { data } = useMe();
  return data?.permissions.includes('admin') === true || data?.permissions.includes(permission) === true;
}

/** Signs in or out: everything read before was somebody else's to see. */
export function useSignIn() {
  const queries = useQueryClient();
  return async (path: 'setup' | 'login' | 'logout', body?: object): Promise<void> => {
    await write('POST', `/api/v1/auth/${path}`, body);
    queries.clear();
  };
}
