import { expect, it } from 'vitest';
import { compareContext, leadsTo, type WantedCluster } from '../../../src/ops/kube/compare-context.ts';
import type { KubeContext } from '../../../src/ops/kube/kubeconfig.ts';

const HOST = 'abcd.gr7.eu-west-1.eks.amazonaws.com';
const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const exec = {
  apiVersion: 'client.authentication.k8s.io/v1beta1',
  command: 'aws',
  args: ['--region', 'eu-west-1', 'eks', 'get-token', '--cluster-name', 'hotpass-staging'],
  env: { AWS_PROFILE: 'staging' },
};
const context: KubeContext = {
  name: 'staging',
  file: '/config',
  clusterName: 'staging',
  server: `https://${HOST.toUpperCase()}`,
  tlsServerName: undefined,
  isInsecure: false,
  ca: pem('QUJD\nREVG'),
  exec,
};
const wanted: WantedCluster = {
  name: 'hotpass-staging',
  endpoint: new URL(`https://${HOST}`),
  ca: pem('QUJDREVG'),
  region: 'eu-west-1',
  profile: 'staging',
  roleArn: undefined,
  forward: undefined,
  hasExportedKeys: false,
};
const forward = { host: '127.0.0.1', port: 6443 };
const tunnel: Partial<KubeContext> = { server: 'https://127.0.0.1:6443', tlsServerName: HOST };

it.each([
  ['as update-kubeconfig writes it', {}, {}],
  ['through the forward that is up', tunnel, { forward }],
  ['through localhost', { ...tunnel, server: 'https://localhost:6443' }, { forward }],
  [
    'with our own plugin',
    {
      exec: {
        ...exec,
        command: '/opt/hotpass',
        args: ['aws', 'token', '--eks-cluster=hotpass-staging', '--profile=staging'],
        env: {},
      },
    },
    {},
  ],
  [
    'with our own plugin, started by node',
    {
      exec: {
        ...exec,
        command: '/usr/bin/node',
        args: [
          '/opt/hotpass/bin.js',
          'aws',
          'token',
          '--eks-cluster',
          'hotpass-staging',
          '--profile',
          'staging',
        ],
        env: {},
      },
    },
    {},
  ],
  [
    'with an authenticator',
    { exec: { ...exec, command: 'aws-iam-authenticator', args: ['token', '-i', 'hotpass-staging'] } },
    {},
  ],
] as const)('agrees %s', (_, own, more) => {
  const one = { ...context, ...own };
  expect(leadsTo(one, { ...wanted, ...more })).toBe(true);
  expect(compareContext(one, { ...wanted, ...more })).toEqual({ differences: [], notes: [] });
});

it.each([
  [
    'another server',
    { server: 'https://other.eks.amazonaws.com' },
    {},
    [
      `server is other.eks.amazonaws.com, the cluster is ${HOST}`,
      `tls-server-name is missing, the certificate is for ${HOST}`,
    ],
  ],
  ['no server', { server: undefined }, {}, ['server is missing']],
  [
    'another port than the forward',
    { ...tunnel, server: 'https://127.0.0.1:7000' },
    { forward },
    ['server is 127.0.0.1:7000, the forward is 127.0.0.1:6443'],
  ],
  ['a forward that is down', tunnel, {}, ['server is 127.0.0.1:6443, and no forward is up there']],
  [
    'a forward without the name',
    { ...tunnel, tlsServerName: undefined },
    { forward },
    [`tls-server-name is missing, the certificate is for ${HOST}`],
  ],
  ['another name', { tlsServerName: 'x' }, {}, [`tls-server-name is x, the certificate is for ${HOST}`]],
  ['another authority', { ca: pem('WFla') }, {}, ['certificate-authority-data is of another authority']],
  ['no authority', { ca: undefined }, {}, ['no certificate-authority-data']],
  ['no verification', { isInsecure: true }, {}, ['insecure-skip-tls-verify: any certificate is taken']],
  [
    'another cluster',
    { exec: { ...exec, args: ['eks', 'get-token', '--cluster-name', 'prod'] } },
    {},
    ['cluster of the exec block is prod, not hotpass-staging'],
  ],
  [
    'another region',
    { exec: { ...exec, args: [...exec.args, '--region=us-east-1'].slice(2) } },
    {},
    ['region of the exec block is us-east-1, not eu-west-1'],
  ],
  [
    'another profile',
    { exec: { ...exec, env: { AWS_PROFILE: 'prod' } } },
    {},
    ['profile of the exec block is prod, not staging'],
  ],
  [
    'no role',
    {},
    { roleArn: 'arn:aws:iam::1:role/x' },
    ['the exec block takes on no role, not arn:aws:iam::1:role/x'],
  ],
] as const)('names %s', (_, own, more, differences) => {
  expect(compareContext({ ...context, ...own }, { ...wanted, ...more }).differences).toEqual(differences);
});

it.each([
  [
    'exported keys that beat the profile',
    {},
    { hasExportedKeys: true },
    ['AWS_ACCESS_KEY_ID is exported and counts before profile staging of the exec block'],
  ],
  [
    'nothing of exported keys where the profile is a flag',
    { exec: { ...exec, args: [...exec.args, '--profile', 'staging'] } },
    { hasExportedKeys: true },
    [],
  ],
  [
    'that no profile is named',
    { exec: { ...exec, env: {} } },
    {},
    ['the exec block names no profile: kubectl takes that of its shell, not staging'],
  ],
  [
    'a version that kubectl refuses',
    { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } },
    {},
    ['apiVersion v1alpha1: kubectl 1.24 and later refuse it'],
  ],
  [
    'that there is no plugin',
    { exec: undefined },
    {},
    ['the user has no exec block: its token is not of AWS'],
  ],
] as const)('notes %s', (_, own, more, notes) => {
  expect(compareContext({ ...context, ...own }, { ...wanted, ...more })).toEqual({ differences: [], notes });
});
