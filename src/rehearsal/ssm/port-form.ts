import type { Socket } from 'node:net';
import { isNewer } from './version.ts';

/** How the bytes of a session's connections travel: many in smux frames, or one connection's as they are. */
export interface PortForm {
  /** Takes bytes of the client; false when they make no sense, which ends the session. */
  take(piece: Buffer): boolean;
  /** The client closed its connection; only the basic form is told so by a flag. */
  disconnect(): void;
  /** Tells whether it takes nothing more until `onUnblocked`. */
  isBlocked(): boolean;
  /** The way to the client has room. */
  onRoom(): void;
  facts(): { readonly streams: number; readonly targetSockets: number };
  stop(): void;
}

/** What a form works with. */
export interface PortUser {
  dial(): Promise<Socket>;
  /** Puts bytes on their way to the client; false when it has enough for now. */
  push(piece: Buffer): boolean;
  /** A target could not be reached. */
  onRefused(): void;
  onUnblocked(): void;
  onUp(bytes: number): void;
  onDown(bytes: number): void;
  /** The session is over with what was pushed so far. */
  onOver(why: string): void;
}

/** Tells whether both ends speak smux: agent/session/plugins/port/port.go. */
export function speaksSmux(properties: Readonly<Record<string, string>>, clientVersion: string): boolean {
  return properties.type === 'LocalPortForwarding' && !isNewer('1.1.70.0', clientVersion);
}

/**
 * Tells whether the agent sends keepalives: old ones always do, newer ones to old clients
 * (agent/session/plugins/port/port_mux.go; the client's own threshold for agents is in its config.go).
 */
export function wantsKeepalive(clientVersion: string, agentVersion: string): boolean {
  return !isNewer(agentVersion, '3.1.1511.0') || !isNewer(clientVersion, '1.2.331.0');
}
