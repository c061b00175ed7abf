import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { LabSkeleton } from './lab/LabSkeleton.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { PageError } from './shell/PageError.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: PageError });
/** The frame around every room; signing in stands outside of it. */
const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Shell });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/lab', replace: true });
  },
});

/** Every room is a chunk of its own; a new room is a route here and a line in shell/rooms.ts. */
const lab = createRoute({
  getParentRoute: () => frame,
  path: '/lab',
  component: lazyRouteComponent(() => import('./lab/LabPage.tsx'), 'LabPage'),
  pendingComponent: LabSkeleton,
});

const channels = createRoute({
  getParentRoute: () => frame,
  path: '/channels',
  component: lazyRouteComponent(() => import('./channels/ChannelsPage.tsx'), 'ChannelsPage'),
});
const addChannel = createRoute({
  getParentRoute: () => frame,
  path: '/channels/new',
  component: lazyRouteComponent(() => import('./channels/AddChannelPage.tsx'), 'AddChannelPage'),
});
const connectChannel = createRoute({
  getParentRoute: () => frame,
  path: '/channels/new/$type',
  component: lazyRouteComponent(() => import('./channels/ConnectPage.tsx'), 'ConnectPage'),
});
const channel = createRoute({
  getParentRoute: () => frame,
  path: '/channels/$id',
  component: lazyRouteComponent(() => import('./channels/ChannelPage.tsx'), 'ChannelPage'),
});
const matrix = createRoute({
  getParentRoute: () => frame,
  path: '/matrix',
  component: lazyRouteComponent(() => import('./matrix/MatrixPage.tsx'), 'MatrixPage'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./session/SetupPage.tsx'), 'SetupPage'),
});
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('./session/LoginPage.tsx'), 'LoginPage'),
});

/** The pages of the dashboard by their address. */
export const router = createRouter({
  routeTree: root.addChildren([
    home,
    setup,
    login,
    frame.addChildren([lab, channels, addChannel, connectChannel, channel, matrix]),
  ]),
  defaultPreload: 'intent',
  defaultPendingMs: 0,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
