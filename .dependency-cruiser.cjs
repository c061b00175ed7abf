const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** Who may import whom. The rooms and their order are told in ARCHITECTURE.md; this file makes them hold. */
const inside = (room) => `^server/src/${room}/`;
/** Rooms of the server from the top down: nobody imports upwards. Rooms of one level may use each other. */
const LEVELS = [
  ['cli'],
  ['lab'],
  ['api', 'inbound', 'realtime'],
  ['router'],
  ['bots'],
  ['contacts', 'outbound', 'media'],
  ['events'],
  ['store'],
  ['engine'],
];
const up = [];
LEVELS.forEach((level, i) => {
  const above = LEVELS.slice(0, i).flat();
  for (const room of level) {
    if (above.length > 0) {
      up.push({
        name: `${room}-imports-up`,
        severity: 'error',
        from: { path: inside(room), pathNot: '\\.test\\.ts$|/testing' },
        to: { path: above.map(inside).join('|') },
      });
    }
  }
});
/** Every folder of channels/ is a channel, but for what they share. */
const CHANNELS = readdirSync(join(__dirname, 'channels'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['common', 'testing'].includes(entry.name))
  .map((entry) => entry.name)
  .join('|');

module.exports = {
  forbidden: [
    ...up,
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { path: '^(channels|server|sdk|widget|dashboard|simulator|test)/' },
    },
    {
      name: 'protocol-does-no-io',
      severity: 'error',
      from: { path: '^protocol/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'channels-import-protocol-only',
      severity: 'error',
      from: { path: '^channels/' },
      to: { path: '^(server|sdk|widget|dashboard|simulator)/' },
    },
    {
      name: 'a-channel-imports-no-other',
      severity: 'error',
      from: { path: `^channels/(${CHANNELS})/` },
      to: { path: `^channels/(${CHANNELS})/`, pathNot: '^channels/$1/' },
    },
    {
      name: 'simulator-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^simulator/' },
      to: { path: '^(protocol|channels|server|sdk|widget|dashboard|test)/' },
    },
    {
      name: 'widget-imports-protocol-only',
      severity: 'error',
      from: { path: '^widget/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(channels|server|sdk|dashboard|simulator|test)/' },
    },
    {
      name: 'dashboard-imports-no-server',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^(channels|server|widget|test)/' },
    },
    {
      name: 'dashboard-takes-types-of-the-simulator',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^simulator/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-store-speaks-sql',
      severity: 'error',
      from: {
        path: '^server/src/(api|inbound|router|contacts|outbound|media|bots|realtime|lab|cli)/',
        pathNot: '\\.test\\.ts$|/testing',
      },
      to: { path: '^node_modules/pg/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-server-knows-no-channel-by-name',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '\\.test\\.ts$|/testing' },
      to: { path: `^channels/(${CHANNELS}|common)/` },
    },
    {
      name: 'tests-are-imported-by-tests',
      severity: 'error',
      from: { pathNot: '\\.test\\.tsx?$|^test/|/testing' },
      to: { path: '\\.test\\.tsx?$|^test/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(fixtures|build|specs)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
