import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_CALLER } from '../../src/rehearsal/aws/account.ts';
import { startRunning } from '../real/support/borrowing.ts';
import { openEksStage } from '../real/support/eks-stage.ts';
import { blocksOf, giveMeaning, knownHost, makeBin } from '../real/support/how-to.ts';
import { describeReal, realPath } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const PAGE = 'docs/how-to/kubectl-through-the-tunnel.md';

describeReal('the lines of the page', ['sshd', 'ssh', 'bash', 'kubectl'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd?.stop());

  it('let kubectl reach a cluster, with TLS verified and a token of ours', async (t) => {
    const everybody = { users: ['*'], groups: ['dataops'], verbs: ['get', 'list'] };
    const stage = await openEksStage(t, 'localhost', {
      kubernetes: { name: 'localhost', rules: [{ name: 'view', ...everybody, resources: ['namespaces'] }] },
    });
    const [config = ''] = await blocksOf(PAGE, 'yaml');
    const scripts = await blocksOf(PAGE, 'sh');
    await writeFile(join(stage.project, 'hotpass.yaml'), config);
    const knownHosts = join(stage.root, 'known_hosts');
    await writeFile(knownHosts, `${knownHost(sshd.hostKeyLine)}\n`);
    await giveMeaning(stage, {
      sshd,
      folder: stage.project,
      forwards: { eks: { local: stage.port } },
      sshLines: [`UserKnownHostsFile ${knownHosts}`, `IdentityFile ${sshd.identity}`],
    });
    const bin = await makeBin(stage);
    await symlink(realPath('kubectl'), join(bin, 'kubectl'));
    const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
    const credentials = join(stage.root, 'credentials');
    await writeFile(
      credentials,
      `[staging]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    const env = {
      ...stage.env,
      XDG_CONFIG_HOME: undefined,
      PATH: `${bin}:${stage.env.PATH}`,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_ENDPOINT_URL: stage.aws.AWS_ENDPOINT_URL,
    };
    const script = join(stage.root, 'lines.sh');
    await writeFile(script, scripts.join('\n'));
    const running = startRunning(['bash', '--noprofile', '--norc', '-eu', script], stage, env);
    running.finish();
    const { code, stdout, stderr } = await running.end;
    expect(code, stderr + stdout).toBe(0);
    expect(stdout).toMatch(/^eks .* ready +TLS name verified, \d+ ms$/m);
    expect(stdout).toMatch(/^Server Version: version\.Info\{Major:"1", Minor:"33/m);
    expect(stdout).toMatch(/^default +\d+d$/m);
    const written = await readFile(join(stage.project, 'staging.kubeconfig'), 'utf8');
    expect(written).toContain(`server: https://127.0.0.1:${stage.port}\n      tls-server-name: localhost\n`);
    expect(stage.cloud.kubernetes.refusals()).toEqual([]);
  });
});
