import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAccountApi } from '../../../../src/ops/aws/account-api.ts';
import type { OidcWishes, ReadServiceAccount, VerifyOidc } from '../../../../src/ops/aws/oidc/asked.ts';
import { createDocumentGetter } from '../../../../src/ops/aws/oidc/get-document.ts';
import { verifyOidc } from '../../../../src/ops/aws/oidc/verify-oidc.ts';
import { startKubernetes } from '../../../../src/rehearsal/kube/index.ts';
import { createAbort } from '../../../../src/signals.ts';
import { startFarAws } from '../../../support/aws-far-side.ts';

export const WORKER_SUBJECT = 'system:serviceaccount:hotpass:worker';
const NOTHING: OidcWishes = { roles: [], serviceAccount: undefined, repository: undefined };

/** An account with a cluster and its issuer, all of it real HTTP, and what looks at their web identity. */
export async function openOidcStage() {
  const aws = await startFarAws();
  const kubernetes = await startKubernetes({
    cluster: () => ({ name: 'hotpass-staging' }),
    whoSigned: aws.whoSigned,
  });
  onTestFinished(kubernetes.close);
  const folder = await mkdtemp(join(tmpdir(), 'hp-oidc-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const bundle = join(folder, 'ca.pem');
  await writeFile(bundle, kubernetes.ca);
  const env = { ...aws.env(), AWS_CA_BUNDLE: bundle, HOME: folder };
  const issuer = kubernetes.issuer.replace('https://', '');
  const providerArn = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
  aws.setOidcProvider({ url: issuer, keys: kubernetes.keys() });
  /** A role that trusts the issuer under these conditions; by default the service account `hotpass/worker`. */
  const setRole = (
    name: string,
    condition: object = { StringEquals: { [`${issuer}:sub`]: WORKER_SUBJECT } },
  ) =>
    aws.setRole({
      name,
      path: '/hotpass/',
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: providerArn },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: condition,
          },
        ],
      },
    });
  const api = await createAccountApi(env, {});
  return {
    aws,
    kubernetes,
    env,
    issuer,
    providerArn,
    setRole,
    /** Looks, and gives a line for each link. `annotations` is what the service account has. */
    async look(
      wishes: Partial<OidcWishes>,
      more: Partial<VerifyOidc> & { annotations?: Record<string, string> } = {},
    ) {
      const { annotations, ...asked } = more;
      const read: ReadServiceAccount = async () => annotations;
      return verifyOidc({
        api,
        identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/operator' },
        cluster: { name: 'hotpass-staging', issuer: kubernetes.issuer },
        wishes: { ...NOTHING, ...wishes },
        ask: (_, put) => put(createAbort().signal),
        get: createDocumentGetter(env, {}),
        readServiceAccount: annotations === undefined ? undefined : read,
        awsFlags: '--region eu-west-1',
        ...asked,
      });
    },
  };
}
