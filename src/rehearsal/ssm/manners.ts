import type { Pace } from './pacer.ts';
import type { KeepaliveTimes } from './smux-keepalive.ts';

/** How an agent behaves; each can be set for an instance. */
export interface AgentManners {
  /** Default `official`. */
  readonly pace?: Pace | undefined;
  /** How long after HandshakeComplete data is neither taken nor acknowledged. Default 0. */
  readonly notReadyMs?: number | undefined;
  /** Sends HandshakeComplete before the acknowledgement of the client's answer. */
  readonly completesBeforeAck?: boolean | undefined;
  /** Words of the account's administrator. Default: none. */
  readonly customerMessage?: string | undefined;
  /** Asks for encryption with this key. */
  readonly kmsKeyId?: string | undefined;
  /** Never begins the handshake. */
  readonly isMute?: boolean | undefined;
  /** How long it waits for the client's answer. Default 15 s. */
  readonly handshakeMs?: number | undefined;
  /** When clients before 1.2.332 get keepalives. */
  readonly keepalive?: KeepaliveTimes | undefined;
}
