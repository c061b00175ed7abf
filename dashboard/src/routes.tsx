import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { LabSkeleton } from './lab/LabSkeleton.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { PageError } from './shell/PageError.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageError });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/lab', replace: true });
  },
});

/** Every room is a chunk of its own; a new room is a route here and a line in shell/rooms.ts. */
const lab = createRoute({
  getParentRoute: () => root,
  path: '/lab',
  component: lazyRouteComponent(() => import('./lab/LabPage.tsx'), 'LabPage'),
  pendingComponent: LabSkeleton,
});

/** The pages of the dashboard by their address. */
export const router = createRouter({
  routeTree: root.addChildren([home, lab]),
  defaultPreload: 'intent',
  defaultPendingMs: 0,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
