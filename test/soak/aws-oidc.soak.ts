import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { expect, it, onTestFinished } from 'vitest';
import { createAccountApi } from '../../src/ops/aws/account-api.ts';
import type { LinkId } from '../../src/ops/aws/check/link.ts';
import type { WishedRole } from '../../src/ops/aws/oidc/asked.ts';
import { verifyOidc } from '../../src/ops/aws/oidc/verify-oidc.ts';
import { NEVER } from '../../src/signals.ts';
import { startMoto } from '../support/moto.ts';
import { describeReal, realPath } from '../support/real.ts';

const ISSUER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
const DOCUMENTS: Readonly<Record<string, string>> = {
  [`${ISSUER}/.well-known/openid-configuration`]: JSON.stringify({
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/keys`,
  }),
  [`${ISSUER}/keys`]: '{"keys":[{}]}',
};

/** An account of moto, with a role whose trust policy nobody gets through. */
async function open() {
  const home = await mkdtemp(join(tmpdir(), 'hp-oidc-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const moto = await startMoto();
  onTestFinished(moto.stop);
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIDMOTO',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: moto.url,
    HOME: home,
  };
  const iam = new IAMClient({
    region: 'eu-west-1',
    endpoint: moto.url,
    credentials: { accessKeyId: 'AKIDMOTO', secretAccessKey: 'x' },
  });
  onTestFinished(() => iam.destroy());
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Pods',
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', Path: '/data/', AssumeRolePolicyDocument }));
  const api = await createAccountApi(env, {});
  const path = [dirname(realPath('aws')), process.env.PATH].join(delimiter);
  return {
    /** Looks at one role, and gives the link. */
    async look(id: LinkId, role: WishedRole) {
      const links = await verifyOidc({
        api,
        identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/operator' },
        cluster: { name: 'hotpass-staging', issuer: ISSUER },
        wishes: { roles: [role], serviceAccount: undefined, repository: undefined },
        ask: (_, put) => put(NEVER),
        get: async ({ href }) => DOCUMENTS[href] ?? '',
        readServiceAccount: undefined,
        awsFlags: '--region eu-west-1',
      });
      return links.find((link) => link.id === id);
    },
    /** Runs a command as it is printed, in a shell. */
    run: (command = '') =>
      promisify(execFile)('sh', ['-c', command], { cwd: home, env: { ...env, PATH: path } }),
    policy: async () => JSON.parse((await api.getRole('worker', NEVER))?.trustPolicy ?? '{}'),
    trust,
  };
}

describeReal('what aws check prints to mend web identity', ['moto_server', 'aws'], () => {
  it('mends it, typed as it is into a shell with the AWS CLI', async () => {
    const { look, run, policy, trust } = await open();
    const role = { role: 'worker', serviceAccount: 'hotpass/worker' };

    const missing = await look('oidc-provider', role);
    expect(missing?.code).toBe('oidc-provider-missing');
    await run(missing?.next);
    expect(await look('oidc-provider', role)).toMatchObject({ state: 'ok' });

    const other = { ...role, audience: "it's vault" };
    const without = await look('oidc-provider', other);
    expect(without?.code).toBe('oidc-audience-missing');
    // moto does not play this call; the AWS CLI looks at least whether it takes the words.
    await run(`${without?.next} --generate-cli-skeleton output`);

    const refused = await look('oidc-trust', other);
    expect(refused?.code).toBe('oidc-trust-refused');
    await run(refused?.next);
    expect(await look('oidc-trust', other)).toMatchObject({ state: 'ok' });
    // What stood there stands there still.
    expect((await policy()).Statement).toEqual([...trust.Statement, expect.anything()]);
  });

  it('says that the role is not there, and lists those that are', async () => {
    const { look, run } = await open();
    const gone = await look('oidc-trust', { role: 'workers', serviceAccount: 'hotpass/worker' });
    expect(gone?.saw).toBe('the account has no role workers');
    expect((await run(gone?.next)).stdout).toContain('arn:aws:iam::123456789012:role/data/worker');
  });
});
