import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{protocol,channels,server,widget,dashboard,simulator,test}/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: './test/harness/global.ts',
    pool: 'forks',
    maxWorkers: 2,
  },
});
