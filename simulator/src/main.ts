import { fstatSync } from 'node:fs';
import { startSimulator } from './simulator.ts';

/**
 * The Lab as a process of its own. LAB_PORT (0: any free one), LAB_HOST and LAB_SEED from the environment. One line of JSON on the output says
 * where it is; it leaves with its parent.
 */
const simulator = await startSimulator({
  port: Number(process.env.LAB_PORT ?? 0),
  host: process.env.LAB_HOST ?? '127.0.0.1',
  seed: Number(process.env.LAB_SEED ?? 1),
});
console.log(JSON.stringify({ lab: simulator.url, baseUrls: simulator.baseUrls }));

let leaving = false;
const leave = () => {
  if (leaving) return;
  leaving = true;
  void simulator.stop().then(() => process.exit(0));
};
process.on('SIGTERM', leave);
process.on('SIGINT', leave);
process.on('disconnect', leave);
if (!process.send && holdsPipe()) {
  process.stdin.on('end', leave);
  process.stdin.on('close', leave);
  process.stdin.resume();
}

/** Only a pipe tells of a parent that went away: a terminal is a person, and /dev/null ends at once. */
function holdsPipe(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false;
  }
}
