import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseLayer } from '../src/config/parse-layer.ts';
import type { Expected } from '../src/ops/aws/oidc/judge-expected.ts';
import {
  allow,
  allowJobs,
  GITHUB,
  ISSUER,
  job,
  outcome,
  PROVIDER,
  policy,
  WORKER,
} from './ops/aws/oidc/policies.ts';

const page = await readFile('docs/oidc.md', 'utf8');

it('lists the actions that aws check asks of AWS, all of them and no other', async () => {
  const [, text = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const listed: readonly string[] = JSON.parse(text).Statement[0].Action;
  const folder = 'src/ops/aws/account';
  const sources = await Promise.all(
    (await readdir(folder)).map((file) => readFile(`${folder}/${file}`, 'utf8')),
  );
  const asked = sources.flatMap((source) => {
    const [, service] = /from '@aws-sdk\/client-(\w+)'/.exec(source) ?? [];
    return [...source.matchAll(/new (\w+)Command\(/g)].map(([, action]) => `${service}:${action}`);
  });
  // Taking on a role of config is no question of the check, and everybody may ask who they are.
  const free = ['sts:GetCallerIdentity', 'sts:AssumeRole'];
  expect(asked).toEqual(expect.arrayContaining(free));
  expect(asked.filter((action) => !free.includes(action)).sort()).toEqual([...listed].sort());
});

it('shows a config that can be read', () => {
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { file } = parseLayer('project', { path: '/hotpass.yaml', shown: 'hotpass.yaml', text });
  expect(file.targets?.staging?.aws?.oidc).toHaveLength(3);
});

it('says of each mistake what hotpass says', () => {
  const sub = `${ISSUER}:sub`;
  const jobs = (value: string) => policy(allowJobs({ StringLike: { [`${GITHUB}:sub`]: value } }));
  const cases: readonly (readonly [text: string, expected: Expected])[] = [
    [policy(allow({ StringEquals: { [sub]: 'system:serviceaccount:hotpass:*' } })), WORKER],
    [policy(allow({ StringEquals: { [`https://${sub}`]: WORKER.subject } })), WORKER],
    [policy(allow({ StringEquals: { 'oidc.example/id/OLD:sub': WORKER.subject } })), WORKER],
    [
      policy(allow({}, { Principal: { Federated: PROVIDER.replace('123456789012', '999999999999') } })),
      WORKER,
    ],
    [policy(allow({ StringEquals: { [sub]: 'system:serviceaccount:default:worker' } })), WORKER],
    [jobs('repo:Acme/data:*'), job('repo:acme/data:pull_request')],
    [jobs('repo:acme/data:ref:refs/heads/main'), job('repo:acme/data:environment:prod')],
    [jobs('repo:acme/data:*'), job('repo:acme@1/data@2:pull_request')],
    [policy(allow({ StringEquals: { [`${ISSUER}:iss`]: `https://${ISSUER}` } })), WORKER],
  ];
  const rows = [...page.matchAll(/^\| .* \| `([^`]+)` \|$/gm)].map(([, said = '']) => said);
  const found = cases.map(([text, expected]) => outcome(text, expected).replace('refused: ', ''));
  expect(found).toEqual(
    rows.map((row) =>
      expect.stringMatching(new RegExp(`^${row.replace(/[.*+?()|[\]\\]/g, '\\$&').replaceAll('…', '.+')}$`)),
    ),
  );
});
