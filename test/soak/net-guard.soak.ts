import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reboot } from '../real/support/reboot.ts';
import { openStage } from '../real/support/stage.ts';
import { nextCommands } from '../support/next-commands.ts';
import { freePort, startEcho } from '../support/ports.ts';

it('a session of a protected target comes back after a reboot where it was confirmed once', async (test) => {
  const echo = await startEcho();
  test.onTestFinished(() => echo.close());
  const stage = await openStage(test);
  const forwards = `forwards: { echo: { host: 127.0.0.1, port: ${echo.port}, local: ${await freePort()} } }`;
  const write = (guarded: string) =>
    writeFile(
      join(stage.project, 'hotpass.yaml'),
      `version: 1\ntargets:\n  staging: {}\n  prod: { ${guarded} net: { via: direct, ${forwards} } }\n`,
    );
  await write('');
  expect(await stage.net(['up', 'prod', '--label', 'night'])).toMatchObject({ code: 0 });
  await reboot(stage);
  await write('protected: true,');
  const resumed = await stage.net(['up', '--resume']);
  expect(resumed.code).toBe(1);
  expect(resumed.stdout).toContain('target prod is protected');
  const [next = ''] = nextCommands(resumed.stdout);
  expect(next).toBe('hotpass net up --resume night --confirm prod');
  expect(await stage.hotpass(next.split(' ').slice(1))).toMatchObject({ code: 0 });
  for (const round of ['first', 'second']) {
    await reboot(stage);
    // As cron does it, time and again.
    expect(await stage.net(['up', '--resume']), round).toMatchObject({ code: 0 });
  }
});
