import type { ChannelType, Content, WireStatus } from '@tributary/protocol';

/** GET /api/v1/lab: what the Lab needs to begin. */
export interface LabInfo {
  workspace: { id: string; name: string };
  channels: LabChannel[];
  bots: { id: string; name: string; kind: string }[];
  /** Where the simulator's interface is reached from the browser: `/lab/sim`. */
  simulator: string;
}
export interface LabChannel {
  id: string;
  type: ChannelType;
  name: string;
  /** The provider's id of the account: bot id, phone number id. */
  account: string;
  status: string;
}

export type StepKind =
  | 'webhook'
  | 'identity'
  | 'route'
  | 'bot'
  | 'accepted'
  | 'fit'
  | 'wait'
  | 'attempt'
  | 'receipt'
  | 'failed';
/** One line of a message's story. `evidence` is shown raw. */
export interface TraceStep {
  at: string;
  kind: StepKind;
  title: string;
  detail?: string;
  evidence?: unknown;
}
/** GET /api/v1/messages/:id/trace */
export interface Trace {
  messageId: string;
  conversationId: string;
  steps: TraceStep[];
}

/** A message on the wire: the members these pages read. */
export interface WireMessage {
  id: string;
  conversationId: string;
  channelId: string;
  channelType: ChannelType;
  direction: 'inbound' | 'outbound';
  content: Content;
  status: WireStatus;
  senderType?: 'contact' | 'agent' | 'bot' | 'system';
  externalId?: string;
  failedReason?: string;
  timestamp?: string;
  createdAt: string;
}
export interface Page<T> {
  data: T[];
}

/** One event of the workspace's stream. */
export interface WorkspaceEvent {
  id: string;
  type: string;
  at: string;
  channelId?: string;
  conversationId?: string;
  subjectId?: string;
  data?: unknown;
}
