import { describe, expect, it } from 'vitest';
import { createStyle, plainPalette } from '../../../src/cli/style.ts';
import { renderChoices, renderCommand, renderPlan, renderUp } from '../../../src/commands/net/render-up.ts';
import type { UpPlan } from '../../../src/ops/net/up.ts';
import { forwardStatus, sessionStatus } from '../../ops/net/statuses.ts';
import { planFor } from '../../ops/net/support.ts';
import { parseCommand } from '../../support/next-commands.ts';

const terminal = { stdin: false, stdout: true, stderr: true, columns: 100, rows: 24, unicode: true };
const plain = createStyle(plainPalette, terminal);
const layers = forwardStatus().layers;

describe('renderUp', () => {
  it('shows what works, what to export, and how to end it', () => {
    const marquez = forwardStatus({
      name: 'marquez',
      local: ['127.0.0.1:5001'],
      url: 'http://127.0.0.1:5001',
    });
    const status = sessionStatus({ forwards: [forwardStatus(), marquez] });
    const text = renderUp({ outcome: 'started', status }, 1_440, true, plain);
    expect(text).toMatchInlineSnapshot(`
      "through   ssh to ec2-user@bastion
      FORWARD   LOCAL            REMOTE                          STATE   SERVICE
      prefect   127.0.0.1:4200   prefect.staging.internal:4200   ready   Prefect 3.4.11, 12 ms
      marquez   127.0.0.1:5001   prefect.staging.internal:4200   ready   Prefect 3.4.11, 12 ms
      use       export PREFECT_API_URL=http://127.0.0.1:4200/api OPENLINEAGE_URL=http://127.0.0.1:5001
      staging is up (1.4 s). End: hotpass net down staging"
    `);
    parseCommand(/End: (.*)$/.exec(text)?.[1] ?? '');
  });

  it('says of a session that was up that nothing changed', () => {
    const text = renderUp({ outcome: 'already-up', status: sessionStatus() }, 30, true, plain);
    expect(text.split('\n').at(-1)).toBe(
      'staging was up already, nothing changed. End: hotpass net down staging',
    );
  });

  it('gives no verdict of its own to what is not what was required', () => {
    const service = { state: 'failed', how: 'no answer within 5 s' } as const;
    const forwards = [
      forwardStatus({ layers: { ...layers, service } }),
      forwardStatus({ name: 'db', layers: { ...layers, service: { state: 'skipped', how: 'not probed' } } }),
      forwardStatus({ name: 'gone', layers: { ...layers, transport: { state: 'failed', how: 'x' } } }),
    ];
    const status = sessionStatus({ state: 'degraded', forwards });
    expect(renderUp({ outcome: 'started', status }, 1_000, false, plain)).toMatchInlineSnapshot(`
      "through   ssh to ec2-user@bastion
      FORWARD   LOCAL            REMOTE                          STATE      SERVICE
      prefect   127.0.0.1:4200   prefect.staging.internal:4200   degraded   no answer within 5 s
      db        127.0.0.1:4200   prefect.staging.internal:4200   open       not probed
      gone      127.0.0.1:4200   prefect.staging.internal:4200   down       Prefect 3.4.11, 12 ms
      use       export PREFECT_API_URL=http://127.0.0.1:4200/api"
    `);
  });

  it('gives the address where there is no variable to export', () => {
    const status = sessionStatus({ forwards: [forwardStatus({ name: 'db' })] });
    expect(renderUp({ outcome: 'started', status }, 1_000, true, plain)).toContain(
      'use       127.0.0.1:4200\n',
    );
  });
});

describe('renderPlan', () => {
  const plan: UpPlan = {
    action: 'start',
    project: '/p/.hotpass',
    plan: planFor(4201, { bind: ['127.0.0.1', '::1'] }),
    moved: [],
    notes: ['4200 is held by prefect, pid 7; api keeps 4201 from now on'],
  };

  it('shows way, ports, probes, notes and where the state lies', () => {
    expect(renderPlan(plan)).toMatchInlineSnapshot(`
      "through   direct
      FORWARD   LOCAL                       REMOTE              PROBE
      api       127.0.0.1:4201 [::1]:4201   api.internal:4200   tcp
      note: 4200 is held by prefect, pid 7; api keeps 4201 from now on
      state     /p/.hotpass
      would start staging (dry run, nothing was changed)"
    `);
  });

  it.each([
    ['keep', 'staging is up with this plan; nothing to do (dry run, nothing was changed)'],
    ['replace', 'would clear what a dead session left, then start staging (dry run, nothing was changed)'],
  ] as const)('says what it would %s', (action, last) => {
    expect(
      renderPlan({ ...plan, action })
        .split('\n')
        .at(-1),
    ).toBe(last);
  });

  it('names the bastion and the user', () => {
    const gateway = { host: 'b', user: 'me', jump: [], options: [] };
    expect(renderPlan({ ...plan, plan: { ...plan.plan, via: 'ssh-bastion', gateway } })).toMatch(
      /^through {3}ssh-bastion me@b\n/,
    );
  });
});

it('renderChoices shows each value and where it came from', () => {
  const choices = [
    { name: 'host', value: 'b\u001b[31m', origin: 'flag --host' },
    { name: 'jump', value: [], origin: 'default' },
    { name: 'bind', value: ['127.0.0.1', '::1'], origin: 'hotpass.yaml:4:5' },
    { name: 'hold', value: 30_000, origin: 'default' },
  ];
  expect(renderChoices(choices)).toMatchInlineSnapshot(`
    "SETTING   VALUE           FROM
    host      b\\x1b[31m       flag --host
    jump      -               default
    bind      127.0.0.1 ::1   hotpass.yaml:4:5
    hold      30000           default"
  `);
});

it('renderCommand shows the command and nothing else', () => {
  expect(renderCommand({ argv: ['ssh', 'a b'], command: "ssh 'a b'" })).toBe("ssh 'a b'");
});
