import { describe, expect, it } from 'vitest';
import { findUser } from '../../../src/rehearsal/kube/user.ts';
import { ANN, ANN_USERNAME, CLUSTER } from './cluster.ts';

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const session = (name: string) => ({
  ...ANN,
  arn: `arn:aws:sts::123456789012:assumed-role/${name}/ann@example.com`,
});

describe('with access entries', () => {
  it('knows a role by its name, though STS has dropped its path', () => {
    expect(findUser(ANN, CLUSTER)).toMatchObject({
      username: ANN_USERNAME,
      uid: 'aws-iam-authenticator:123456789012:AROAEXAMPLE',
      groups: ['dataops', 'system:authenticated'],
      extra: { canonicalArn: [role('AWSReservedSSO_DataOps_1a2b')], sessionName: ['ann@example.com'] },
    });
  });

  it('does not know a role that was made again with another suffix', () => {
    expect(findUser(session('AWSReservedSSO_DataOps_9f8e'), CLUSTER)).toBeUndefined();
  });

  it('knows a user by their ARN', () => {
    const arn = 'arn:aws:iam::123456789012:user/ann';
    const accessEntries = [{ principalArn: arn }];
    expect(findUser({ ...ANN, arn, userId: 'AIDAEXAMPLE' }, { accessEntries })).toMatchObject({
      username: arn,
    });
  });

  it('fills the session into a name that asks for it', () => {
    const accessEntries = [
      { principalArn: role('Ops'), username: '{{AccountID}}:{{SessionName}}:{{SessionNameRaw}}' },
    ];
    expect(findUser(session('Ops'), { accessEntries })?.username).toBe(
      '123456789012:ann-example.com:ann@example.com',
    );
  });
});

describe('by the mode of the cluster', () => {
  const accessEntries = [{ principalArn: role('Ops'), username: 'by-entry' }];
  const configMap = [{ arn: role('Ops'), username: 'by-map', groups: ['system:masters'] }];
  it.each([
    ['API', 'by-entry'],
    ['API_AND_CONFIG_MAP', 'by-entry'],
    ['CONFIG_MAP', 'by-map'],
  ] as const)('%s finds a principal %s', (authenticationMode, username) => {
    expect(findUser(session('Ops'), { authenticationMode, accessEntries }, configMap)).toMatchObject({
      username,
    });
  });

  it('API_AND_CONFIG_MAP takes the map for whom no entry names, API does not', () => {
    const of = (authenticationMode: 'API' | 'API_AND_CONFIG_MAP') =>
      findUser(session('Ops'), { authenticationMode }, configMap)?.username;
    expect(of('API_AND_CONFIG_MAP')).toBe('by-map');
    expect(of('API')).toBeUndefined();
  });
});
