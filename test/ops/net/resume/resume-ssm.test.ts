import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { guardOf } from '../../../../src/ops/guard/guard.ts';
import type { SsmGateway, TunnelPlan } from '../../../../src/ops/net/plan.ts';
import { recordPlan } from '../../../../src/ops/net/plan-record.ts';
import {
  needsConfig,
  type ResumeSources,
  resumeRequest,
} from '../../../../src/ops/net/resume/resume-request.ts';
import { placeOf } from '../../../../src/ops/net/via-ssm/ssm-place.ts';
import type { Session } from '../../../../src/state/net.ts';
import { lease, session } from '../../../state/support/session.ts';
import { parseCommand } from '../../../support/next-commands.ts';

const ssm: SsmGateway = {
  instance: { tags: { Role: 'bastion' } },
  profile: 'data ops',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::123456789012:role/Deploy',
  reason: 'ticket 4711',
  channels: 4,
  client: 'native',
};
const plan: TunnelPlan = {
  label: 'staging',
  target: 'staging',
  via: 'ssm',
  ssm,
  bind: ['127.0.0.1'],
  forwards: [
    { name: 'prefect', host: 'prefect', port: 4200, localPort: 4200, probe: 'prefect', path: undefined },
  ],
  holdMs: 7_000,
  timeoutMs: 21_000,
};
const { gateway: _, ...rest } = session();
const record: Session = { ...rest, ...recordPlan(plan) };
const sources: ResumeSources = {
  project: lease().project,
  ledger: { version: 1, leases: [lease({ ssm: placeOf(ssm) })] },
  net: undefined,
  guard: guardOf('staging', {}, { confirm: undefined, command: [] }),
  policy: 'careful',
  require: 'service',
};

function refusal(session: Session, from: Partial<ResumeSources> = {}): HotpassError {
  try {
    resumeRequest(session, { ...sources, ...from });
  } catch (error) {
    if (error instanceof HotpassError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

it('asks for the very way that was recorded, without hotpass.yaml', () => {
  expect(needsConfig(record)).toBe(false);
  const { forwards: _, ...wanted } = plan;
  expect(resumeRequest(record, sources).plan).toEqual(wanted);
});

it.each<[string, Partial<SsmGateway>]>([
  ['instance', { instance: { id: 'i-0bad0bad0bad0bad0' } }],
  ['name in place of a tag', { instance: { name: 'bastion' } }],
  ['profile', { profile: 'prod' }],
  ['role', { roleArn: 'arn:aws:iam::123456789012:role/Admin' }],
  ['region', { region: 'us-east-1' }],
  ['no profile', { profile: undefined }],
])('does not send a session to another %s than the user opened it with', (_, change) => {
  const planted = recordPlan({ ...plan, ssm: { ...ssm, ...change } });
  const { code, hint = '', state } = refusal({ ...record, ...planted });
  expect(['resume-incomplete', 'instance-invalid']).toContain(code);
  if (code === 'resume-incomplete') {
    expect(state).toBe('its record stays');
    expect(() => parseCommand(hint)).not.toThrow();
  }
});

it('does not turn a session over ssh into one over SSM, nor back', () => {
  const bastion = { ledger: { version: 1 as const, leases: [lease()] } };
  expect(refusal(record, bastion).message).toContain('it was not opened here through tag:Role=bastion');
  const overSsh: Session = { ...record, via: 'ssh-bastion', gateway: { host: 'b' } };
  expect(refusal(overSsh).message).toContain('its record names two ways, or none');
  const { ssm: _, ...nowhere } = record;
  expect(refusal(nowhere, bastion).message).toContain('its record names two ways, or none');
});

it('does not open a session for a record without a port, of which the ledger could not know', () => {
  const config = { host: 'b', configFile: '/somebody/elses/config' };
  const { ssm: _, ...bare } = record;
  const overSsh: Session = { ...bare, via: 'ssh-bastion', gateway: config };
  for (const planted of [record, overSsh]) {
    const { code, message } = refusal({ ...planted, forwards: [] });
    expect(code).toBe('resume-incomplete');
    expect(message).toContain('it was not opened here');
  }
});

it.each([
  ['id', { instance: { id: '--profile' } }],
  ['region', { region: 'x.evil.example' }],
  ['profile', { profile: '-x' }],
  ['reason', { reason: 'a\nb' }],
])('does not believe a record with a wrong %s', (_, change) => {
  const planted = {
    ...record.ssm,
    instance: { id: 'i-0123456789abcdef0' },
    channels: 1,
    client: 'native' as const,
    ...change,
  };
  expect(['instance-invalid', 'usage', 'resume-incomplete']).toContain(
    refusal({ ...record, ssm: planted }).code,
  );
});

it('says what to type in its place', () => {
  const { hint } = refusal(record, { ledger: { version: 1, leases: [lease()] } });
  expect(hint).toBe(
    "hotpass net up staging --via ssm --instance tag:Role=bastion --profile 'data ops' --region eu-west-1 --role-arn arn:aws:iam::123456789012:role/Deploy --reason 'ticket 4711' --channels 4 --forward prefect=4200:prefect:4200 --bind 127.0.0.1",
  );
});

it('leaves several tags to hotpass.yaml, which alone can name them', () => {
  const instance = { tags: { Role: 'bastion', Stage: 'prod' } };
  const { hint = '' } = refusal({ ...record, ...recordPlan({ ...plan, ssm: { ...ssm, instance } }) });
  expect(hint).not.toContain('--instance');
  expect(() => parseCommand(hint)).not.toThrow();
});
