export * as arbitrary from './arbitraries.ts';
export { CHANNELS } from './capabilities.ts';
export { overreach } from './within.ts';
export { lostWords, textsOf, visible } from './words.ts';
