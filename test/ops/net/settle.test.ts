import { describe, expect, it } from 'vitest';
import type { AccountApi, Aws, AwsPlace, Cluster } from '../../../src/aws.ts';
import { HotpassError } from '../../../src/errors.ts';
import { comparePlans, type Forward } from '../../../src/ops/net/plan.ts';
import { settle, settleBeside } from '../../../src/ops/net/settle.ts';
import { testSystem } from '../../support/system.ts';
import { request } from './requests.ts';
import { planFor } from './support.ts';

const CLUSTER: Cluster = {
  name: 'hotpass-staging',
  arn: 'arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging',
  status: 'ACTIVE',
  version: '1.33',
  platformVersion: 'eks.4',
  endpoint: new URL('https://ABCD.gr7.eu-west-1.eks.amazonaws.com'),
  isPublic: false,
  isPrivate: true,
  publicCidrs: [],
  ca: 'PEM',
  issuer: undefined,
  authenticationMode: 'API',
  healthIssues: [],
};
const KNOWN: Forward = {
  name: 'eks',
  host: 'abcd.gr7.eu-west-1.eks.amazonaws.com',
  port: 443,
  localPort: 6443,
  probe: 'eks',
  cluster: { name: 'hotpass-staging', region: 'eu-west-1', ca: 'PEM' },
};

const asked = (...more: readonly string[]) =>
  request({
    args: { host: 'b', forward: ['eks'], eksCluster: 'hotpass-staging', region: more[0] ?? 'eu-west-1' },
  });

/** An account that gives this cluster, fails, or does not answer until it is given up. */
function account(answer: Partial<Cluster> | HotpassError | 'silent') {
  const places: AwsPlace[] = [];
  const sleeps: number[] = [];
  const describeCluster = (_: string, signal: AbortSignal) =>
    new Promise<Cluster>((resolve, reject) => {
      if (answer === 'silent')
        signal.addEventListener('abort', () => reject(new HotpassError('interrupted', 'late')));
      else if (answer instanceof HotpassError) reject(answer);
      else resolve({ ...CLUSTER, ...answer });
    });
  const refuse = () => Promise.reject(new Error('only the cluster is asked for'));
  const aws: Aws = {
    ssm: refuse,
    async account(place): Promise<AccountApi> {
      places.push(place);
      return {
        region: { value: place.region ?? 'us-east-1', origin: 'a test' },
        profile: undefined,
        ignored: [],
        findCredentials: refuse,
        getCallerIdentity: refuse,
        describeCluster,
        listAccessEntries: refuse,
        describeAccessEntry: refuse,
        getOidcProvider: refuse,
        getRole: refuse,
        makeClusterToken: refuse,
        clockOffsetMs: () => undefined,
      };
    },
  };
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    // Long enough for an account that answers.
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { sys: testSystem({ aws, sleep }), places };
}

const EXPIRED = {
  code: 'sso-expired',
  message: 'login of profile x expired at 09:14',
  doing: 'looking up where cluster hotpass-staging is, for forward eks',
};
const expired = new HotpassError('sso-expired', 'login of profile x expired at 09:14');

describe('settle', () => {
  it('asks nobody where nothing leads to a cluster', async () => {
    const { sys, places } = account({});
    const { wanted } = await settle(sys, request({ args: { host: 'b', forward: ['a=h:1'] } }));
    expect([wanted.map(({ name }) => name), places]).toEqual([['a'], []]);
  });

  it('adds the forward to the endpoint, with the authority that its certificate is of', async () => {
    const { sys, places } = account({});
    const given = request({
      args: { host: 'b', forward: ['a=h:1', 'eks=7000'], profile: 'ops' },
      eks: { cluster: 'hotpass-staging' },
      aws: { roleArn: 'arn:aws:iam::123456789012:role/DataOps', region: 'eu-west-1' },
    });
    const { wanted, fixed } = await settle(sys, given);
    expect(wanted).toMatchObject([{ name: 'a' }, { ...KNOWN, localPort: 7000 }]);
    expect([...fixed]).toEqual(['eks']);
    expect(places).toMatchObject([
      { profile: 'ops', region: 'eu-west-1', roleArn: 'arn:aws:iam::123456789012:role/DataOps' },
    ]);
  });

  it('reads a port and an IPv6 address of the endpoint', async () => {
    const { sys } = account({ endpoint: new URL('https://[fd00::7]:8443') });
    expect((await settle(sys, asked())).wanted).toMatchObject([{ host: 'fd00::7', port: 8443 }]);
  });

  it.each<[string, Partial<Cluster>, string]>([
    [
      'is made',
      { status: 'CREATING', endpoint: undefined, ca: undefined },
      'CREATING: no endpoint to forward to',
    ],
    [
      'has failed',
      { status: 'FAILED', healthIssues: [{ code: 'SubnetNotFound', message: 'no subnet' }] },
      'FAILED: no subnet',
    ],
    ['is deleted', { status: 'DELETING' }, 'DELETING: no endpoint to forward to'],
  ])('refuses a cluster that %s, and says how to look closer', async (_, change, why) => {
    const { sys } = account(change);
    const refused = await settle(sys, asked()).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'cluster-not-active',
      message: `cluster hotpass-staging is ${why}`,
      hint: 'hotpass aws check staging --eks-cluster hotpass-staging --region eu-west-1',
    });
  });

  it('takes a cluster that is just updated', async () => {
    const { sys } = account({ status: 'UPDATING' });
    expect((await settle(sys, asked())).wanted).toHaveLength(1);
  });

  it('waits for the account no longer than for a session', async () => {
    await expect(settle(account('silent').sys, asked())).rejects.toMatchObject({
      code: 'aws-unreachable',
      message: 'AWS does not say within 30 s where cluster hotpass-staging is',
    });
  });

  it('says so when it is interrupted meanwhile', async () => {
    const { sys } = account('silent');
    const asking = settle({ ...sys, signal: AbortSignal.abort() }, asked());
    await expect(asking).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('passes on what the account answers, and says what for', async () => {
    await expect(settle(account(expired).sys, asked())).rejects.toMatchObject(EXPIRED);
  });
});

describe('settleBeside', () => {
  const running = { ...planFor(1), forwards: [KNOWN] };
  const differences = async (answer: Parameters<typeof account>[0], region?: string) => {
    const settled = await settleBeside(account(answer).sys, asked(...(region ? [region] : [])), running);
    const forwards = settled.wanted.map((forward) => ({ ...forward, localPort: 6443 }));
    return comparePlans(running, { ...running, forwards }, settled.fixed);
  };

  it.each<[string, Parameters<typeof account>[0]]>([
    ['says the same', {}],
    ['wants a login', expired],
    ['says that the cluster is gone', new HotpassError('cluster-unknown', 'no cluster hotpass-staging')],
    ['does not answer', 'silent'],
  ])('finds no difference when the account %s', async (_, answer) => {
    expect(await differences(answer)).toEqual([]);
  });

  it('tells of a cluster that was made again', async () => {
    const before = `${KNOWN.host}:443 (eks, hotpass-staging in eu-west-1 with CA f70119c9)`;
    const endpoint = new URL('https://EF01.gr7.eu-west-1.eks.amazonaws.com');
    expect(await differences({ endpoint })).toEqual([
      { what: '--forward eks', running: before, asked: before.replace('abcd', 'ef01') },
    ]);
    expect(await differences({ ca: 'ANOTHER PEM' })).toMatchObject([
      { asked: expect.stringMatching(/with CA (?!f70119c9)[0-9a-f]+\)$/) },
    ]);
  });

  it('does not take a cluster of another region for the one that is up', async () => {
    await expect(differences(expired, 'us-east-1')).rejects.toMatchObject(EXPIRED);
    expect(await differences({}, 'us-east-1')).toHaveLength(1);
  });
});
