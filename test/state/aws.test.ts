import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type AwsState, awsStore, noteCheck, type RecordedCheck } from '../../src/state/aws.ts';
import { tempFolder } from './support/folder.ts';
import { stateSystem } from './support/system.ts';

const golden = new URL('../golden/aws.v1.json', import.meta.url).pathname;
const check: RecordedCheck = {
  target: 'staging',
  checkedAt: '2026-11-21T14:32:00.000Z',
  verdict: 'failed',
  region: 'eu-west-1',
  profile: 'hotpass-staging',
  identity: {
    account: '123456789012',
    arn: 'arn:aws:sts::123456789012:assumed-role/DataOps/ann',
    userId: 'AROAEXAMPLE:ann',
  },
  cluster: { name: 'hotpass-staging', status: 'ACTIVE' },
  counts: { ok: 1, failed: 1, skipped: 1 },
  links: [
    { id: 'region', state: 'ok', saw: 'eu-west-1 (hotpass.yaml:5:15)', facts: { value: 'eu-west-1' } },
    {
      id: 'token',
      state: 'failed',
      saw: 'Kubernetes answered 401: the cluster does not know this role',
      code: 'eks-role-not-mapped',
      evidence: [['you are', 'arn:aws:iam::123456789012:role/DataOps']],
      next: 'hotpass aws check staging',
    },
    { id: 'review', state: 'skipped', saw: 'needs: token' },
  ],
};
const other: RecordedCheck = {
  ...check,
  target: 'prod',
  profile: null,
  identity: null,
  cluster: null,
  links: [],
};
const state: AwsState = { version: 1, checks: [check, other] };

test('aws.json is written as the golden file has it, byte for byte', async () => {
  const folder = await tempFolder();
  await awsStore.update(stateSystem(), folder, (empty) => noteCheck(noteCheck(empty, check), other));
  expect(await readFile(awsStore.path(folder), 'utf8')).toBe(await readFile(golden, 'utf8'));
});

test('the golden aws.json is read back whole', async () => {
  const folder = await tempFolder();
  await copyFile(golden, awsStore.path(folder));
  expect(await awsStore.read(folder)).toEqual(state);
});

test('a check takes the place of the one before of its target alone', () => {
  const newer: RecordedCheck = { ...check, checkedAt: '2026-11-22T08:00:00.000Z' };
  expect(noteCheck(state, newer).checks).toEqual([other, newer]);
});

test.each([
  ['two checks of a target', { ...state, checks: [check, check] }, '/checks/1/target'],
  ['another version', { ...state, version: 2 }, '/version'],
  [
    'a link without a state',
    { ...state, checks: [{ ...check, links: [{ id: 'x', saw: '' }] }] },
    '/checks/0/links/0',
  ],
])('%s is damage', async (_, value, pointer) => {
  const folder = await tempFolder();
  await writeFile(awsStore.path(folder), JSON.stringify(value));
  await expect(awsStore.read(folder)).rejects.toMatchObject({
    code: 'state-invalid',
    message: expect.stringContaining(pointer),
  });
});
