import { expect, it } from 'vitest';
import { parseLayer } from '../../../src/config/parse-layer.ts';
import { rehearsalFiles } from '../../../src/ops/rehearse/files.ts';

const files = rehearsalFiles({
  address: {
    endpoint: 'http://127.0.0.1:41000',
    region: 'eu-west-1',
    accessKeyId: 'AKIDREHEARSED',
    secretAccessKey: 'secret',
    account: '123456789012',
    rolePattern: '*DataOps*',
    instance: 'i-0abc12def3456789a',
    hosts: { prefect: 'prefect.staging.internal:4200' },
    cluster: {
      name: 'hotpass-staging',
      endpoint: 'https://ABCD.gr7.eu-west-1.eks.amazonaws.com',
      ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      namespace: 'hotpass',
      serviceAccount: 'etl',
    },
  },
  eksPort: 16_443,
  hotpass: ['/usr/bin/node', '/opt/hotpass/bin.js'],
});

it('names account, cluster, instance and forwards in a config that hotpass takes', () => {
  const { file } = parseLayer('project', {
    path: '/hotpass.yaml',
    shown: 'hotpass.yaml',
    text: files['hotpass.yaml'],
  });
  expect(file).toMatchObject({
    targets: {
      staging: {
        aws: { accounts: ['123456789012'], roles: ['*DataOps*'] },
        eks: { cluster: 'hotpass-staging', namespace: 'hotpass' },
        net: {
          via: 'ssm',
          ssm: { instance: 'i-0abc12def3456789a' },
          forwards: {
            prefect: { host: 'prefect.staging.internal', port: 4200 },
            eks: { local: 16_443 },
          },
        },
      },
    },
  });
});

it('leads kubectl to the forward, with the certificate and the name of the cluster', () => {
  const { clusters, users } = JSON.parse(files.kubeconfig);
  expect(clusters[0].cluster).toEqual({
    server: 'https://127.0.0.1:16443',
    'tls-server-name': 'abcd.gr7.eu-west-1.eks.amazonaws.com',
    'certificate-authority-data': Buffer.from(files['ca.pem']).toString('base64'),
  });
  expect(users[0].user.exec).toMatchObject({
    command: '/usr/bin/node',
    args: [
      '/opt/hotpass/bin.js',
      'aws',
      'token',
      '--eks-cluster',
      'hotpass-staging',
      '--region',
      'eu-west-1',
    ],
  });
});

it('names the region for programs that do not read AWS_REGION', () => {
  expect(files['aws-config']).toBe('[default]\nregion = eu-west-1\n');
});

it('writes no secret into any of them', () => {
  for (const text of Object.values(files)) expect(text).not.toContain('secret');
});
