import type { AgentManners } from './manners.ts';
import type { Hosts } from './place.ts';

/** A rehearsed account's Systems Manager. */
export interface StartSsm {
  /** Default: one that is online, `i-0123456789abcdef0`. */
  readonly instances?: readonly RehearsedInstance[] | undefined;
  /** Who may sign requests. Default: the access key id `AKIDREHEARSED`, named `operator`. */
  readonly callers?: readonly RehearsedCaller[] | undefined;
  /** Names that the agents can resolve. Default: none. */
  readonly hosts?: Hosts | undefined;
  /** How all agents behave. */
  readonly agent?: AgentManners | undefined;
  /** How many entries a page has at most. Default: what was asked for. */
  readonly pageSize?: number | undefined;
  /** Ends sessions whose streams were silent for so long; pings and acknowledgements do not count. Default: never. */
  readonly idleMs?: number | undefined;
  /** Milliseconds from StartSession until the agent is there. Default: it comes with the client. */
  readonly agentDelayMs?: number | undefined;
}

/** A managed instance. */
export interface RehearsedInstance {
  /** `i-…`, `mi-…`, or `ecs:CLUSTER_TASK_RUNTIME`. */
  readonly id: string;
  readonly name?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Default `Online`. */
  readonly pingStatus?: 'Online' | 'ConnectionLost' | 'Inactive' | undefined;
  /** Default `3.3.987.0`. */
  readonly agentVersion?: string | undefined;
  /** Default `Linux`. */
  readonly platformType?: 'Linux' | 'Windows' | 'MacOS' | undefined;
  readonly agent?: AgentManners | undefined;
}

/** Somebody who signs requests. */
export interface RehearsedCaller {
  readonly accessKeyId: string;
  /** First part of the ids of their sessions. Default `operator`. */
  readonly name?: string | undefined;
}

export const DEFAULT_INSTANCE: RehearsedInstance = { id: 'i-0123456789abcdef0', name: 'bastion-a' };
export const DEFAULT_CALLER: RehearsedCaller = { accessKeyId: 'AKIDREHEARSED', name: 'operator' };
export const DEFAULT_AGENT_VERSION = '3.3.987.0';
