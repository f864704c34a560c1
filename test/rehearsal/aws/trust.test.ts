import { expect, it } from 'vitest';
import { permits } from '../../../src/rehearsal/aws/trust.ts';

const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/issuer.example';
const ACTION = 'AssumeRoleWithWebIdentity';
const SUBJECT = 'system:serviceaccount:hotpass:worker';
const CLAIMS = {
  principals: [PROVIDER],
  conditions: new Map([
    ['issuer.example:sub', [SUBJECT]],
    ['issuer.example:aud', ['sts.amazonaws.com', 'kubernetes']],
  ]),
};
const allow = (Condition?: object, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: PROVIDER },
  Action: `sts:${ACTION}`,
  ...(Condition !== undefined && { Condition }),
  ...more,
});

it.each<[boolean, string, readonly object[]]>([
  [true, 'without a condition', [allow()]],
  [false, 'for another action', [allow(undefined, { Action: 'sts:AssumeRole' })]],
  [true, 'for all actions', [allow(undefined, { Action: ['sts:*'] })]],
  [false, 'for somebody else', [allow(undefined, { Principal: { Federated: `${PROVIDER}0` } })]],
  [true, 'for anybody', [allow(undefined, { Principal: '*' })]],
  [false, 'never', []],
  [true, 'for this subject', [allow({ StringEquals: { 'issuer.example:SUB': SUBJECT } })]],
  [
    false,
    'for a star taken as it is written',
    [allow({ StringEquals: { 'issuer.example:sub': 'system:*' } })],
  ],
  [
    true,
    'for all that is like it',
    [allow({ StringLike: { 'issuer.example:sub': ['a', 'system:*:work?r'] } })],
  ],
  [false, 'unless it is this one', [allow({ StringNotEquals: { 'issuer.example:sub': SUBJECT } })]],
  [false, 'for a claim that is not there', [allow({ StringEquals: { 'issuer.example:org': 'acme' } })]],
  [true, 'for a claim if it is there', [allow({ StringEqualsIfExists: { 'issuer.example:org': 'acme' } })]],
  [true, 'for any value', [allow({ 'ForAnyValue:StringEquals': { 'issuer.example:aud': 'kubernetes' } })]],
  [false, 'for all values', [allow({ 'ForAllValues:StringEquals': { 'issuer.example:aud': 'kubernetes' } })]],
  [
    false,
    'for two conditions of which one holds',
    [allow({ StringEquals: { 'issuer.example:sub': SUBJECT, 'issuer.example:aud': 'another' } })],
  ],
  [false, 'and denied elsewhere', [allow(), allow(undefined, { Effect: 'Deny' })]],
])('says %s where it is allowed %s', (is, _, Statement) => {
  expect(permits({ Version: '2012-10-17', Statement }, ACTION, CLAIMS)).toBe(is);
});
