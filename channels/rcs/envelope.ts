import type { InboundRequest } from '../adapter.ts';
import { parseJson, readObject, readText } from '../common/json.ts';
import { shortAgent } from './config.ts';
import type { InboundData } from './payloads.ts';

/** The bytes within the envelope: what Google signs, and where everything is told. The rest of the envelope is Pub/Sub’s and may be missing. */
export function readData(request: InboundRequest): Buffer | undefined {
  const message = readObject(readObject(parseJson(request.body))?.message);
  const data = readText(message?.data);
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

/** What those bytes say, where they say anything. */
export function readTold(data: Buffer | undefined): InboundData | undefined {
  return data && readObject(parseJson(data));
}

/** The agent that something is told to. */
export function readAgent(told: InboundData | undefined): string | undefined {
  const agent = readText(told?.agentId);
  return agent && shortAgent(agent);
}
