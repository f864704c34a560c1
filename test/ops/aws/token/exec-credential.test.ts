import { expect, it } from 'vitest';
import { execCredential, readExecInfo } from '../../../../src/ops/aws/token/exec-credential.ts';

const group = 'client.authentication.k8s.io';

it.each([
  ['nothing', undefined, 'v1beta1'],
  ['an empty text', '', 'v1beta1'],
  ['v1beta1', `{"apiVersion":"${group}/v1beta1","kind":"ExecCredential","spec":{}}`, 'v1beta1'],
  ['v1', `{"apiVersion":"${group}/v1","kind":"ExecCredential","spec":{"interactive":false}}`, 'v1'],
  ['v1alpha1', `{"apiVersion":"${group}/v1alpha1"}`, 'v1alpha1'],
])('answers a client that says %s without a remark', (_, text, version) => {
  expect(readExecInfo(text)).toEqual({ apiVersion: `${group}/${version}` });
});

it.each([
  ['what is no JSON', '{"apiVersion', 'KUBERNETES_EXEC_INFO cannot be read; the answer is v1beta1'],
  ['no version', 'null', 'KUBERNETES_EXEC_INFO cannot be read; the answer is v1beta1'],
  ['a number', '{"apiVersion":2}', 'KUBERNETES_EXEC_INFO cannot be read; the answer is v1beta1'],
  [
    'a version of tomorrow',
    `{"apiVersion":"${group}/v2"}`,
    `KUBERNETES_EXEC_INFO asks for "${group}/v2"; the answer is v1beta1`,
  ],
])('answers a client that says %s with v1beta1, and remarks on it', (_, text, remark) => {
  expect(readExecInfo(text)).toEqual({ apiVersion: `${group}/v1beta1`, remark });
});

it('says the end of the token in whole seconds, never later than it is', () => {
  const expiresAt = Date.parse('2026-11-21T14:14:00.999Z');
  expect(execCredential(readExecInfo(undefined), { token: 'k8s-aws-v1.x', expiresAt })).toEqual({
    kind: 'ExecCredential',
    apiVersion: `${group}/v1beta1`,
    spec: {},
    status: { expirationTimestamp: '2026-11-21T14:14:00Z', token: 'k8s-aws-v1.x' },
  });
});
