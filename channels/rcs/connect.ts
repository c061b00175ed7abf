import { randomUUID } from 'node:crypto';
import { SendError } from '@tributary/protocol';
import type { Address, Connected, Finding, Io, Reach } from '../adapter.ts';
import { callRbm } from './api.ts';
import { type RcsConfig, shortAgent } from './config.ts';
import { phonePath } from './requests.ts';
import { accessToken, readServiceAccount } from './tokens.ts';

/** A number kept for fiction: asking whether it can be reached proves who may ask, and disturbs nobody. */
const NOBODY = '+12025550100';

/** Proves the key and that it may speak for the agent. The webhook is configured in Google’s console; the API has no call for it. */
export async function connect(config: RcsConfig, io: Io): Promise<Connected<RcsConfig>> {
  await askForAgent(config, io);
  return { account: shortAgent(config.agentId), name: config.brandName || shortAgent(config.agentId) };
}

async function askForAgent(config: RcsConfig, io: Io): Promise<void> {
  const body = { users: [NOBODY], agentId: shortAgent(config.agentId) };
  await callRbm({ method: 'POST', path: '/v1/users:batchGet', body }, config, io);
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: RcsConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  try {
    await accessToken(config, io);
  } catch (error) {
    return [aboutKey(error), ...aboutWebhook(config, hook)];
  }
  const owner = readServiceAccount(config)?.email ?? 'the service account';
  const key: Finding = { name: 'credentials', ok: true, message: `Google knows the key of ${owner}.` };
  return [key, await aboutAgent(config, io), ...aboutWebhook(config, hook)];
}

function aboutKey(error: unknown): Finding {
  if (!(error instanceof SendError)) throw error;
  const ours = error.code === 'bad_credentials';
  return {
    name: 'credentials',
    ok: false,
    message: `Google gave no token for the service account: ${error.message}`,
    remedy: ours
      ? 'Make a new key in the RCS for Business console › Service accounts, and save the whole file in this channel. If the key is good, look whether this machine’s clock is right.'
      : 'Look whether this server reaches oauth2.googleapis.com, then test again.',
  };
}

async function aboutAgent(config: RcsConfig, io: Io): Promise<Finding> {
  const agent = shortAgent(config.agentId);
  try {
    await askForAgent(config, io);
    return { name: 'permissions', ok: true, message: `The service account may speak for ${agent}.` };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const refused = error.code === 'bad_credentials' || error.code === 'invalid_recipient';
    return {
      name: 'permissions',
      ok: false,
      message: `The service account may not speak for ${agent}: ${error.message}`,
      remedy: refused
        ? 'Check the agent ID and the region, and use a key of the partner account that owns the agent.'
        : 'Look whether this server reaches Google’s API, then test again.',
    };
  }
}

function aboutWebhook(config: RcsConfig, hook: { url: string }): Finding[] {
  if (config.clientToken) return [];
  return [
    {
      name: 'webhook',
      ok: false,
      message: 'There is no client token, so every webhook is refused and nothing is received.',
      remedy: `Open the agent in the RCS for Business console › Integrations › Webhook, enter ${hook.url}, and copy the client token it shows into this channel before you press Verify.`,
    },
  ];
}

/** Whether this agent reaches somebody, and what their device shows. Each question has an id of its own: a repeated one is passed over. */
export async function check(address: Address, config: RcsConfig, io: Io): Promise<Reach> {
  try {
    const path = phonePath(address.value, 'capabilities', config, { requestId: randomUUID() });
    const answer = await callRbm({ method: 'GET', path }, config, io);
    const features = answer === 'taken' || !Array.isArray(answer.features) ? [] : answer.features;
    return { reachable: true, features: features.filter((one): one is string => typeof one === 'string') };
  } catch (error) {
    if (error instanceof SendError && error.code === 'invalid_recipient') return { reachable: false, features: [] };
    throw error;
  }
}
