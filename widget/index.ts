export { type Client, type ClientOptions, createClient, type Item, type State } from './src/client.ts';
