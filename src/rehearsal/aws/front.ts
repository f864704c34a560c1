import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody } from '../loopback.ts';
import { serviceTime } from './admission.ts';
import type { ServiceName } from './fault-board.ts';
import { type Answer, EKS, type Ground, IAM, type Protocol, SSM, SSO, SSO_OIDC, STS } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { readRequest } from './request.ts';
import { findService } from './route.ts';

/** One call as the account got it. */
export interface SeenCall {
  readonly service: ServiceName;
  /** As `DescribeCluster`; empty when it is none that the service has. */
  readonly action: string;
  /** ARN of who asked; undefined before it is known, and where the signature is not good. */
  readonly caller: string | undefined;
  /** Of HTTP; undefined until it is answered. */
  readonly status: number | undefined;
  /** Code of the error, where it was one. */
  readonly error: string | undefined;
  /** Milliseconds of `performance.now()` of this process. */
  readonly beganAt: number;
  /** When its answer was sent. */
  readonly endedAt: number | undefined;
}

type Record = { -readonly [Key in keyof SeenCall]: SeenCall[Key] };

const PROTOCOLS: Readonly<globalThis.Record<ServiceName, Protocol>> = {
  sts: STS,
  iam: IAM,
  eks: EKS,
  ssm: SSM,
  'sso-oidc': SSO_OIDC,
  sso: SSO,
};

/** Makes the server that all services of an account are behind; `calls` gets what it has seen. */
export function createFront(ground: Ground, calls: SeenCall[]): Server {
  return createServer((request, response) => {
    const beganAt = performance.now();
    readBody(request).then(
      (body) => answerRequest(ground, calls, beganAt, request, body, response),
      // The client went away in the middle of its own request: nobody to answer.
      () => response.destroy(),
    );
  });
}

function answerRequest(
  ground: Ground,
  calls: SeenCall[],
  beganAt: number,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const { faults } = ground.world;
  const request = readRequest(incoming.method ?? '', incoming.url ?? '', incoming.headers, body);
  const service = findService(request);
  const seen: Record = {
    service,
    action: PROTOCOLS[service].actionOf(request),
    caller: undefined,
    status: undefined,
    error: undefined,
    beganAt,
    endedAt: undefined,
  };
  calls.push(seen);
  if (faults.hanging.has(service)) return;
  const answer = perform();
  const delayMs = faults.delays.get(service) ?? 0;
  if (delayMs > 0) setTimeout(send, delayMs).unref();
  else send();

  function perform(): Answer {
    const protocol = PROTOCOLS[service];
    try {
      const toThrottle = faults.callsToThrottle.get(service) ?? 0;
      if (toThrottle > 0) {
        faults.callsToThrottle.set(service, toThrottle - 1);
        throw new Refusal('throttled', 'Rate exceeded');
      }
      return protocol.perform(ground, request, ({ arn }) => {
        seen.caller = arn;
      });
    } catch (thrown) {
      const { answer: refusal, code } = protocol.refuse(thrown);
      seen.error = code;
      return refusal;
    }
  }

  function send(): void {
    seen.status = answer.status;
    seen.endedAt = performance.now();
    response.writeHead(answer.status, {
      ...answer.headers,
      date: new Date(serviceTime(faults)).toUTCString(),
      'content-length': Buffer.byteLength(answer.body),
      'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
    });
    response.end(answer.body);
  }
}
