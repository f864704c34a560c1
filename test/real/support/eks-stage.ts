import { request } from 'node:https';
import type { TestContext } from 'vitest';
import { DEFAULT_CALLER } from '../../../src/rehearsal/aws/account.ts';
import { type RehearsedCloud, type StartCloud, startCloud } from '../../../src/rehearsal/cloud.ts';
import { environmentFor } from '../../support/aws-far-side.ts';
import { FAR_CLUSTER } from '../../support/far-cloud.ts';
import type { RunHotpass } from '../../support/hotpass.ts';
import { freePort } from '../../support/ports.ts';
import { openStage, type Stage } from './stage.ts';

/** A stage beside an AWS account with a cluster; `net` and `start` lead there. */
export interface EksStage extends Stage {
  readonly cloud: RehearsedCloud;
  /** A local port for the forward. */
  readonly port: number;
  /** What leads a program to the account. */
  readonly aws: Readonly<Record<string, string>>;
  /** The arguments of a `net up` that leads to the cluster, beside those that say which way. */
  up(...way: readonly string[]): string[];
  /** Asks the cluster for its version as kubectl does: through the port, with a token, and with TLS verified. */
  askVersion(): Promise<unknown>;
}

/** Opens such a stage. The endpoint is `localhost`, or one of EKS, whose name only agents of Systems Manager resolve. */
export async function openEksStage(
  test: Pick<TestContext, 'onTestFinished'>,
  name: 'localhost' | 'of EKS' = 'localhost',
  options: Partial<StartCloud> = {},
): Promise<EksStage> {
  const cloud = await startCloud({
    cluster: FAR_CLUSTER,
    kubernetes: { name: name === 'localhost' ? name : undefined },
    ...options,
  });
  test.onTestFinished(() => cloud.close());
  const stage = await openStage(test);
  const aws = environmentFor(cloud.aws.url, DEFAULT_CALLER);
  const withAws = (run: RunHotpass = {}): RunHotpass => ({ ...run, env: { ...aws, ...run.env } });
  const hotpass = (args: readonly string[], run?: RunHotpass) => stage.hotpass(args, withAws(run));
  const own = await freePort();
  return {
    ...stage,
    hotpass,
    net: (args, run) => hotpass(['net', ...args], run),
    start: (args, run) => stage.start(args, withAws(run)),
    cloud,
    port: own,
    aws,
    up: (...way) => ['up', '--forward', `eks=${own}`, '--eks-cluster', FAR_CLUSTER.name, ...way],
    askVersion: async () => askVersion(cloud, own, await readToken(hotpass)),
  };
}

/** The certificate is verified: for the name of the endpoint, and by the authority of the cluster. */
function askVersion(
  { kubernetes: { endpoint, ca } }: RehearsedCloud,
  port: number,
  token: string,
): Promise<unknown> {
  const servername = new URL(endpoint).hostname;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/version',
      headers: { authorization: `Bearer ${token}` },
      servername,
      ca,
      agent: false,
    });
    asked.once('error', reject);
    asked.once('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(Buffer.from(chunk));
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    asked.end();
  });
}

async function readToken(hotpass: Stage['hotpass']): Promise<string> {
  const { stdout, stderr } = await hotpass(['aws', 'token', '--eks-cluster', FAR_CLUSTER.name]);
  const said: unknown = JSON.parse(stdout || JSON.stringify(stderr));
  const status = typeof said === 'object' && said !== null ? Reflect.get(said, 'status') : undefined;
  return typeof status === 'object' && status !== null ? String(Reflect.get(status, 'token')) : String(said);
}
