/**
 * The numbers and names of the data channel, as amazon-ssm-agent (session/contracts) and session-manager-plugin
 * (message/clientmessage.go) have them.
 */

/** Types of messages. */
export const MESSAGE_TYPE = {
  /** What the client sends: numbered, acknowledged. */
  input: 'input_stream_data',
  /** What the agent sends: numbered, acknowledged. */
  output: 'output_stream_data',
  acknowledge: 'acknowledge',
  /** The end of the session. */
  closed: 'channel_closed',
  /** The other end is there (again). */
  start: 'start_publication',
  /** The other end is away. */
  pause: 'pause_publication',
} as const;

/** What the payload of a numbered message is. */
export const PAYLOAD_TYPE = {
  none: 0,
  /** Bytes of connections. */
  output: 1,
  error: 2,
  size: 3,
  parameter: 4,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  encChallengeRequest: 8,
  encChallengeResponse: 9,
  /** One of `FLAG`, 4 bytes, big-endian. */
  flag: 10,
  stdErr: 11,
  exitCode: 12,
} as const;

/** What a payload of type `flag` says. */
export const FLAG = {
  disconnectToPort: 1,
  terminateSession: 2,
  /** From the agent: the target of a connection could not be reached; it does not say which. */
  connectToPortError: 3,
} as const;

/** Flags in the head of a message. */
export const MESSAGE_FLAGS = { none: 0, synAndFin: 3 } as const;

/** The most bytes that a data message carries: what the official ends send, whatever the service may allow. */
export const PAYLOAD_BYTES = 1024;
