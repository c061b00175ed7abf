/** The rooms of the dashboard that can be entered today, in the order of the top bar. A room appears here when it has something in it. */
export const ROOMS = [
  { title: 'Lab', to: '/lab' },
  { title: 'Channels', to: '/channels' },
  { title: 'Matrix', to: '/matrix' },
] as const;
