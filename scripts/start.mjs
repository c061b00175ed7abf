// npm start: builds what is out of date, then becomes the server.
import { buildAll } from './build.mjs';

await buildAll({ say: (line) => console.log(line) });
await import('../build/server.js');
