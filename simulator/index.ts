export type * from './src/control.ts';
