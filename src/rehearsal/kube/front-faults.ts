/** What is wrong with a certificate. */
export type CertificateFault = 'another-authority' | 'another-name' | 'expired';

/** Faults of an HTTPS server that hold now; all of it can be changed while it runs. */
export interface FrontFaults {
  /** `tls`: connections are taken and nothing is said; `http`: requests are taken and not answered. */
  stall: 'tls' | 'http' | undefined;
  /** Connections are reset as they come. */
  isAway: boolean;
  /** Every request is answered with this status, whoever asks. */
  status: number | undefined;
  /** Milliseconds from a request to its answer. */
  delayMs: number;
}

/** Makes a board without faults. */
export function createFrontFaults(): FrontFaults {
  return { stall: undefined, isAway: false, status: undefined, delayMs: 0 };
}
