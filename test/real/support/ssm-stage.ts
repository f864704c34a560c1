import { onTestFinished, type TestContext } from 'vitest';
import { startMarquez } from '../../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../../src/rehearsal/prefect.ts';
import type { StartSsm } from '../../../src/rehearsal/ssm/options.ts';
import type { WebService } from '../../../src/rehearsal/web-service.ts';
import type { Ended, RunHotpass } from '../../support/hotpass.ts';
import { type FarSide, startFarSide } from '../../support/ssm-far-side.ts';
import { eventually } from './sandbox-processes.ts';
import { openStage, type Stage } from './stage.ts';

export const INSTANCE = 'i-0abc12def3456789a';

/** A stage beside a Systems Manager of its own, whose agent reaches a Prefect, a Marquez and whatever else is named. */
export interface SsmStage extends Stage {
  readonly far: FarSide;
  readonly prefect: WebService;
  readonly marquez: WebService;
  /** What leads a program to it, and credentials that it takes. */
  readonly aws: Readonly<Record<string, string>>;
}

/** Opens such a stage; when its test ends, nothing may be left on the far side either. */
export async function openSsmStage(
  options: StartSsm = {},
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<SsmStage> {
  const [prefect, marquez] = await Promise.all([startPrefect(), startMarquez()]);
  const far = await startFarSide({
    instances: [{ id: INSTANCE, name: 'bastion-a', tags: { Name: 'bastion-a', Role: 'bastion' } }],
    ...options,
    agent: { pace: 'none', ...options.agent },
    hosts: {
      'prefect.staging.internal:4200': `127.0.0.1:${prefect.port}`,
      'marquez.staging.internal:5000': `127.0.0.1:${marquez.port}`,
      ...options.hosts,
    },
  });
  test.onTestFinished(async () => {
    await Promise.all([far.close(), prefect.close(), marquez.close()]);
  });
  // Its own end comes first: what it closes is closed over there too.
  const stage = await openStage(test);
  const aws = {
    AWS_ENDPOINT_URL_SSM: far.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
    AWS_SECRET_ACCESS_KEY: 'rehearsed-secret-key',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const withAws = (run: RunHotpass = {}): RunHotpass => ({ ...run, env: { ...aws, ...run.env } });
  const hotpass = (args: readonly string[], run?: RunHotpass): Promise<Ended> =>
    stage.hotpass(args, withAws(run));
  return {
    ...stage,
    far,
    prefect,
    marquez,
    aws,
    hotpass,
    start: (args, run) => stage.start(args, withAws(run)),
    net: (args, run) => hotpass(['net', ...args], run),
  };
}

/** Waits until nothing of any session is left on the far side: no session, no socket of a client or to a target. */
export async function expectNothingOverThere({ far }: Pick<SsmStage, 'far'>): Promise<void> {
  await eventually('nothing left on the far side', async () => {
    const sessions = await far.sessions();
    return sessions.every(
      ({ state, clientSockets, targetSockets }) =>
        state === 'Terminated' && clientSockets === 0 && targetSockets === 0,
    );
  });
}
