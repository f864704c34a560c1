import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { CheckWish, OidcWish } from '../../src/ops/aws/check/request.ts';
import type { KubeObject } from '../../src/rehearsal/kube/objects.ts';
import { openCheckStage } from '../ops/aws/check/stage.ts';
import { countRounds } from '../support/aws-far-side.ts';

const SUBJECT = 'system:serviceaccount:hotpass:worker';
const WORKER: KubeObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    namespace: 'hotpass',
    name: 'worker',
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/worker-role' },
  },
};
const OF_WORKER: OidcWish = { roles: [], serviceAccount: 'hotpass/worker', arc: undefined };

/** A stage whose issuer is trusted by the account, with a role for `hotpass/worker`. */
async function open() {
  const stage = await openCheckStage({ kubernetes: { objects: [WORKER] } });
  const issuer = stage.kubernetes.issuer.replace('https://', '');
  const folder = await mkdtemp(join(tmpdir(), 'hp-links-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const AWS_CA_BUNDLE = join(folder, 'ca.pem');
  await writeFile(AWS_CA_BUNDLE, stage.kubernetes.ca);
  stage.aws.setOidcProvider({ url: issuer, keys: stage.kubernetes.keys() });
  stage.aws.setRole({
    name: 'worker-role',
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:sub`]: SUBJECT } },
      },
    },
  });
  return {
    ...stage,
    /** The links of web identity, a line each. */
    async look(wished: Partial<CheckWish> = {}) {
      const { links } = await stage.check({ oidc: OF_WORKER, ...wished }, { AWS_CA_BUNDLE });
      return links
        .filter(({ id }) => id.startsWith('oidc-'))
        .map(({ id, state, saw }) => `${state} ${id} ${saw}`);
    },
  };
}

it('reads the role in the service account, and finds that all of it holds', async () => {
  const stage = await open();
  expect(await stage.look()).toEqual([
    expect.stringMatching(
      /^ok oidc-provider 127\.0\.0\.1:\d+\/id\/\w+ is trusted, audience sts\.amazonaws\.com$/,
    ),
    expect.stringMatching(/^ok oidc-discovery 127\.0\.0\.1:\d+ names the same issuer, 1 key$/),
    `ok oidc-trust worker-role admits ${SUBJECT}`,
  ]);
});

it('takes three answers in a row for a whole check, the role in the service account too', async () => {
  const stage = await open();
  // What is loaded on first use takes its time, and is no answer.
  await stage.look();
  const calls = () => [...stage.aws.calls(), ...stage.kubernetes.calls(), ...stage.kubernetes.issuerCalls()];
  const before = new Set(calls());
  for (const far of [stage.aws, stage.kubernetes, stage.kubernetes.oidc]) far.setDelay(250);
  await stage.look();
  expect(countRounds(calls().filter((call) => !before.has(call)))).toBe(3);
});

it('does not look at web identity unless it is asked to', async () => {
  const stage = await open();
  expect(await stage.look({ oidc: undefined })).toEqual([]);
});

it('says what web identity needs, where the cluster cannot be asked', async () => {
  const stage = await open();
  expect(await stage.look({ cluster: undefined })).toEqual([
    'skipped oidc-provider needs: cluster',
    'skipped oidc-discovery needs: cluster',
    'skipped oidc-trust needs: cluster',
  ]);
  stage.kubernetes.setAway(true);
  expect((await stage.look())[2]).toBe(
    'skipped oidc-trust service account hotpass/worker is not looked at: needs: endpoint',
  );
  stage.kubernetes.setAway(false);
  stage.kubernetes.setStatus(401);
  expect((await stage.look())[2]).toBe(
    'skipped oidc-trust service account hotpass/worker is not looked at: needs: token',
  );
  stage.aws.setForbidden('sts:GetCallerIdentity', true);
  expect(await stage.look()).toEqual([
    'skipped oidc-provider needs: identity',
    'skipped oidc-discovery needs: identity',
    'skipped oidc-trust needs: identity',
  ]);
});

it('says that the service account is not there, or may not be read', async () => {
  const stage = await open();
  const other = { ...OF_WORKER, serviceAccount: 'hotpass/other' };
  expect((await stage.look({ oidc: other }))[2]).toBe(
    'failed oidc-trust there is no service account hotpass/other',
  );
  stage.change({
    accessEntries: [
      {
        principalArn:
          'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b',
      },
    ],
  });
  expect((await stage.look())[2]).toMatch(/^skipped oidc-trust .*: not permitted: get serviceaccounts$/);
});

it('fails alone where the issuer does not answer', async () => {
  const stage = await open();
  await stage.look();
  stage.kubernetes.oidc.setStall('http');
  const stalled = await stage.look({ timeoutMs: 1_000 });
  expect(stalled.map((line) => line.replace(/127\S+/, 'HOST'))).toEqual([
    expect.stringMatching(/^ok /),
    'failed oidc-discovery the issuer HOST did not answer within 1 s',
    expect.stringMatching(/^ok /),
  ]);
});
