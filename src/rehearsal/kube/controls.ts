import type { Front } from './front.ts';
import type { CertificateFault, FrontFaults } from './front-faults.ts';
import type { Issuer } from './issuer.ts';

/** What can be done to one HTTPS server at run time. */
interface FrontControls {
  /** Shows a certificate with this fault from now on; null: the right one. */
  setCertificate(fault: CertificateFault | null): void;
  /** Takes connections and says nothing (`tls`), or takes requests and does not answer (`http`), from now on. */
  setStall(where: 'tls' | 'http' | null): void;
  /** Resets connections as they come, from now on. */
  setAway(away: boolean): void;
  /** Answers everything with this status from now on, whoever asks: 401, 500, 503. */
  setStatus(status: number | null): void;
  /** Lets so many milliseconds pass before each answer from now on. */
  setDelay(ms: number): void;
}

/** Everything that can be done to a cluster's API and its issuer at run time. Arguments are plain data. */
export interface KubeControls extends FrontControls {
  /** The same for the issuer. */
  readonly oidc: FrontControls & {
    /** Names another issuer in its document from now on; null: itself. */
    setDocumentIssuer(issuer: string | null): void;
    /** Has no keys, or those of somebody else, from now on. */
    setKeys(keys: 'none' | 'others' | null): void;
  };
}

/** Makes the controls. */
export function createKubeControls(front: Front, faults: FrontFaults, issuer: Issuer): KubeControls {
  return {
    ...createFrontControls(front, faults),
    oidc: {
      ...createFrontControls(issuer.front, issuer.faults),
      setDocumentIssuer(named) {
        issuer.lies.issuer = named ?? undefined;
      },
      setKeys(keys) {
        issuer.lies.keys = keys ?? undefined;
      },
    },
  };
}

function createFrontControls(front: Front, faults: FrontFaults): FrontControls {
  return {
    setCertificate: (fault) => front.setCertificate(fault ?? undefined),
    setStall(where) {
      faults.stall = where ?? undefined;
    },
    setAway(away) {
      faults.isAway = away;
    },
    setStatus(status) {
      faults.status = status ?? undefined;
    },
    setDelay(ms) {
      faults.delayMs = ms;
    },
  };
}
