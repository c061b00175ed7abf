export * from './capability.ts';
export * from './content.ts';
export * from './delivery.ts';
export * from './errors.ts';
export * from './fit.ts';
export * from './ids.ts';
export * from './webchat.ts';
