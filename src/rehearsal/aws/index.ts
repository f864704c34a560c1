import { openServer } from '../loopback.ts';
import { createSsm, type SsmCore } from '../ssm/core.ts';
import type { StartSsm } from '../ssm/options.ts';
import type { RehearsedAccount } from './account.ts';
import { admit } from './admission.ts';
import { type AwsControls, createAwsControls } from './controls.ts';
import { createFront, type SeenCall } from './front.ts';
import { queryAt, readRequest } from './request.ts';
import { identityOf } from './sts.ts';
import type { WhoSigned } from './who-signed.ts';
import { createWorld, type World } from './world.ts';

/** What is played, and how. */
export interface StartAws {
  readonly account?: RehearsedAccount | undefined;
  /** Its Systems Manager; who may sign is the account's own. */
  readonly ssm?: Omit<StartSsm, 'callers'> | undefined;
  /** How many entries a page of EKS has at most. Default: what was asked for. */
  readonly pageSize?: number | undefined;
}

/** An AWS account on loopback: STS, EKS, IAM, IAM Identity Center and Systems Manager behind one address. */
export interface RehearsedAws extends AwsControls {
  readonly port: number;
  /** For AWS_ENDPOINT_URL: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Sessions, calls and faults of Systems Manager alone. */
  readonly ssm: Omit<SsmCore, 'answer' | 'upgrade' | 'stop'>;
  /** Every call since the start, in order of arrival. */
  calls(): readonly SeenCall[];
  readonly whoSigned: WhoSigned;
  close(): Promise<void>;
}

/** Starts an account on a free port of 127.0.0.1. */
export async function startAws(options: StartAws = {}): Promise<RehearsedAws> {
  const world = createWorld(options.account ?? {}, options.pageSize);
  const calls: SeenCall[] = [];
  let port = 0;
  const url = () => `http://127.0.0.1:${port}`;
  const { answer, upgrade, stop, ...ssm } = createSsm(options.ssm ?? {}, {
    port: () => port,
    findCaller(accessKeyId) {
      const caller = world.callers.find(accessKeyId);
      return caller && { accessKeyId, name: caller.arn.split('/').at(-1) };
    },
  });
  const server = createFront({ world, ssm: { ...ssm, answer, upgrade, stop }, url }, calls);
  server.on('upgrade', upgrade);
  const open = await openServer(server);
  port = open.port;
  return {
    ...createAwsControls(world),
    port,
    url: url(),
    ssm,
    calls: () => calls,
    whoSigned: createWhoSigned(world),
    close() {
      stop();
      return open.close();
    },
  };
}

function createWhoSigned(world: World): WhoSigned {
  return (url, headers) => {
    const { host, pathname, search } = new URL(url);
    const request = readRequest('GET', `${pathname}${search}`, { host, ...headers }, Buffer.alloc(0));
    try {
      const { caller, signature } = admit(world, request);
      const isQuestion = queryAt(request, 'Action') === 'GetCallerIdentity' && signature.isPresigned;
      return isQuestion && signature.service === 'sts' ? identityOf(caller) : undefined;
    } catch {
      // Whatever STS would say, whoever asks here hears that it is no good.
      return undefined;
    }
  };
}
