import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Libraries that change seldom stand apart from our own code, so that a new version of ours leaves them in the browser's cache. */
const VENDORS: readonly [name: string, test: RegExp][] = [
  ['react', /node_modules\/(react|react-dom|scheduler)\//],
  ['tanstack', /node_modules\/@tanstack\//],
  ['mantine', /node_modules\/(@mantine|@floating-ui|react-remove-scroll|react-number-format|clsx)\//],
];

// A shell or a test run with an environment of its own must not decide which React people get.
process.env.NODE_ENV = process.argv.includes('build') ? 'production' : 'development';

export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [react()],
  build: {
    outDir: here('../build/public'),
    // The widget's script is written to the same folder by its own build.
    emptyOutDir: false,
    sourcemap: false,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    // The server's content policy allows no `data:` script or style, and small files cost little over one connection.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { app: here('index.html'), site: here('lab/site.html') },
      output: {
        manualChunks: (id) => VENDORS.find(([, test]) => test.test(id))?.[0],
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ['/api', '/lab/sim', '/webchat', '/webhooks', '/widget.js'].map((path) => [
        path,
        { target: 'http://127.0.0.1:3000', ws: true },
      ]),
    ),
  },
});
