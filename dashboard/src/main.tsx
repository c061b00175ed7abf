import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './tokens.css';
import './mantine.css';
import './base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RequestFailed } from './api/client.ts';
import { router } from './routes.tsx';
import { useTheme } from './shell/theme_choice.ts';
import { theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // An answer that says no will say no again; only silence and the server's own faults deserve another try.
      retry: (count, error) => count < 2 && !(error instanceof RequestFailed && error.status > 0 && error.status < 500),
      retryDelay: (count) => 300 * 2 ** count,
      // We ask our own machine: a browser that believes itself offline still reaches it.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

function App() {
  const { resolved } = useTheme();
  return (
    <MantineProvider theme={theme} forceColorScheme={resolved} withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

// The mono has no fallback of its own measures: it is made ready before the first story is told, so that no line breaks anew.
void document.fonts.load('12px "JetBrains Mono Variable"').catch(() => undefined);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has lost its #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
