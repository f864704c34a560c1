import { expect, it } from 'vitest';
import { createStyle, plainPalette } from '../../../src/cli/style.ts';
import { renderCheck } from '../../../src/commands/aws/render-check.ts';
import type { CheckResult } from '../../../src/ops/aws/check/result.ts';
import { sumUp } from '../../../src/ops/aws/check/result.ts';
import { testSystem } from '../../support/system.ts';

const style = createStyle(plainPalette, testSystem().terminal);

function result(links: CheckResult['links']): CheckResult {
  const api = { region: { value: 'eu-west-1', origin: 'flag --region' }, profile: undefined };
  return sumUp('staging', new Date(0), api, { identity: null, cluster: null, links });
}

it('shows a line a link, what stands behind it, what to type, and the verdict last', () => {
  const shown = renderCheck(
    result([
      { id: 'region', state: 'ok', saw: 'eu-west-1 (profile)' },
      {
        id: 'token',
        state: 'failed',
        saw: 'Kubernetes answered 401: the cluster does not know this role',
        code: 'eks-role-not-mapped',
        evidence: [['you are', 'arn:aws:iam::123456789012:role/DataOps']],
        next: 'hotpass aws check staging',
      },
      { id: 'access-entry', state: 'skipped', saw: 'needs: token' },
    ]),
    style,
  );
  expect(shown.split('\n')).toEqual([
    'ok       region          eu-west-1 (profile)',
    'FAILED   token           Kubernetes answered 401: the cluster does not know this role',
    '           you are     arn:aws:iam::123456789012:role/DataOps',
    '           next        hotpass aws check staging',
    'skipped  access-entry    needs: token',
    'error: the cluster does not know the AWS role (401) [eks-role-not-mapped]   1 ok, 1 failed, 1 skipped',
  ]);
});

it('never says more than it saw when nothing is broken', () => {
  const shown = renderCheck(result([{ id: 'cluster', state: 'skipped', saw: 'no cluster is named' }]), style);
  expect(shown).toMatch(/\nstaging: nothing is broken {3}0 ok, 1 skipped$/);
});

it('lets no word from outside steer the terminal', () => {
  const saw = 'evil\u001b[2J';
  const shown = renderCheck(result([{ id: 'token', state: 'ok', saw, evidence: [['seen', saw]] }]), style);
  expect(shown).not.toContain('\u001b');
});
