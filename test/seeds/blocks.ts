import { type Entry, untilSdk } from './entry.ts';
import { createsWhatsApp, joinsCustomerAndBot, listsAcrossChannels, routes, unifies } from './overview.ts';
import { adaptsCarousel, sendsText, untilFacade } from './smooch.ts';
import { matchesMatrix, offersFeatures } from './tables.ts';

/** Every block of the seeds, by name: how it is executed, and what of it waits. */
export const BLOCKS: Record<string, Entry> = {
  'smooch-introduction: Channel Features': {
    sentence:
      'This means that you can respond to a user with a structured message like a carousel without consideration for the features of that channel.',
    run: adaptsCarousel,
  },
  'linktor-overview: Supported Channels': { run: offersFeatures },
  'linktor-overview: Architecture': { run: joinsCustomerAndBot },
  'linktor-overview: Unified Message Format': { run: unifies },
  'linktor-overview: API Configuration': { run: createsWhatsApp, pending: [untilSdk] },
  'linktor-overview: Channel Capabilities': { run: matchesMatrix },
  'linktor-overview: Channel Routing': { run: routes },
  'linktor-overview: Cross-Channel Conversations': { run: listsAcrossChannels, pending: [untilSdk] },
  'smooch-linking: For Twilio SMS': {
    pending: [untilFacade('Smooch’s API and linking do not exist yet.')],
  },
  'smooch-linking: For Messenger': {
    pending: [untilFacade('Smooch’s API and linking do not exist yet.')],
  },
  'smooch-linking: For Mailgun': {
    pending: [untilFacade('Smooch’s API and linking do not exist yet.')],
  },
  'smooch-linking: Send a message to the user': {
    run: sendsText,
    pending: [untilFacade('Smooch’s API does not exist yet; the same words are sent by the native one.')],
  },
};
