import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { blocksOf, makeBin } from '../real/support/how-to.ts';
import { expectNothingLeft } from '../real/support/refusals.ts';
import { expectNothingOverThere, openSsmStage } from '../real/support/ssm-stage.ts';
import { freePort } from '../support/ports.ts';
import { describeReal, realPath } from '../support/real.ts';

const run = promisify(execFile);
const PAGE = 'docs/how-to/try-on-aws.md';

describeReal('the lines to try on AWS', ['curl', 'aws'], () => {
  it('open, measure and close two tunnels, and leave no session', async () => {
    const [lines = ''] = await blocksOf(PAGE, 'sh');
    expect(lines.trim().split('\n')).toHaveLength(10);
    const stage = await openSsmStage({ instances: [{ id: 'i-0123456789abcdef0', name: 'bastion' }] });
    const aws = join(stage.home, '.aws');
    await mkdir(aws);
    await writeFile(join(aws, 'config'), '[profile staging]\nregion = eu-west-1\n');
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION: _, ...env } = stage.aws;
    const keys = `aws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}`;
    await writeFile(join(aws, 'credentials'), `[staging]\n${keys}\n`);
    // Ports of their own: the page's may be somebody else's here.
    const ports = [await freePort(), await freePort()];
    const own = lines.replaceAll('14200', String(ports[0])).replaceAll('14201', String(ports[1]));
    const PATH = [await makeBin(stage), dirname(realPath('aws')), '/usr/bin', '/bin'].join(':');
    const { stdout } = await run('sh', ['-euc', own], {
      cwd: stage.project,
      env: { ...stage.env, ...env, PATH },
    });
    expect(stdout).toContain('try is up');
    expect(stdout).toMatch(/HTTP 404, first byte 0\.\d+ s/);
    expect(stdout).toContain('fast is up');
    expect(stdout).toMatch(/\[\]\s*$/);
    expect((await stage.far.sessions()).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 9 }, () => expect.stringMatching(/^hotpass /)),
    );
    await expectNothingLeft(stage);
    await expectNothingOverThere(stage);
  });
});
