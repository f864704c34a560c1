import { onTestFinished } from 'vitest';
import { createAccountApi } from '../../../../src/ops/aws/account-api.ts';
import type { CheckWish } from '../../../../src/ops/aws/check/request.ts';
import type { CheckResult } from '../../../../src/ops/aws/check/result.ts';
import { runCheck } from '../../../../src/ops/aws/check/run.ts';
import type { RehearsedAccessEntry, RehearsedCluster } from '../../../../src/rehearsal/aws/account.ts';
import { type RehearsedKubernetes, startKubernetes } from '../../../../src/rehearsal/kube/index.ts';
import type { StartKubernetes } from '../../../../src/rehearsal/kube/options.ts';
import { type FarAws, startFarAws } from '../../../support/aws-far-side.ts';
import { type TestSystemOptions, testSystem } from '../../../support/system.ts';
import { ACCOUNT, CALLER, CLUSTER, ROLE, wish } from './support.ts';

export const ENTRY: RehearsedAccessEntry = {
  principalArn: `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${ROLE}`,
  groups: ['dataops'],
  policies: [{ arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' }],
};
const OPERATOR = {
  accessKeyId: 'ASIADATAOPS',
  secretAccessKey: 'data/ops',
  sessionToken: 'data+ops==',
  arn: CALLER,
};

/** A played account with a played cluster, and the check of it. */
export interface CheckStage {
  readonly aws: FarAws;
  readonly kubernetes: RehearsedKubernetes;
  /** Changes the cluster from now on. */
  change(cluster: Partial<RehearsedCluster>): void;
  check(
    wished?: Partial<CheckWish>,
    env?: Readonly<Record<string, string>>,
    system?: TestSystemOptions,
  ): Promise<CheckResult>;
}

export interface OpenCheckStage {
  readonly cluster?: Partial<RehearsedCluster>;
  readonly kubernetes?: Partial<StartKubernetes>;
}

/** Opens a stage that ends with its test; the caller is a role of IAM Identity Center with an access entry. */
export async function openCheckStage(options: OpenCheckStage = {}): Promise<CheckStage> {
  let cluster: RehearsedCluster = {
    name: CLUSTER,
    authenticationMode: 'API',
    accessEntries: [ENTRY],
    ...options.cluster,
  };
  const aws = await startFarAws({ account: { callers: [OPERATOR], roles: [{ name: ROLE }] } });
  const kubernetes = await startKubernetes({
    name: 'localhost',
    cluster: () => cluster,
    whoSigned: aws.whoSigned,
    stsHosts: () => [new URL(aws.url).host],
    ...options.kubernetes,
  });
  onTestFinished(kubernetes.close);
  const change = (more: Partial<RehearsedCluster>) => {
    cluster = { ...cluster, ...more };
    aws.setCluster(cluster);
  };
  const { endpoint, ca, issuer } = kubernetes;
  change({ endpoint, ca, issuer, ...options.cluster });
  return {
    aws,
    kubernetes,
    change,
    check(wished = {}, more = {}, system = {}) {
      const env = { ...aws.env(), ...more };
      const door = {
        ssm: () => Promise.reject(new Error('this test asks no SSM')),
        account: (place: CheckWish['place']) => createAccountApi(env, place),
      };
      return runCheck(testSystem({ ...system, env, aws: door }), { ...wish, ...wished });
    },
  };
}
