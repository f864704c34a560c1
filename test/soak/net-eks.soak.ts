import { expect, it } from 'vitest';
import { createAuthority } from '../../src/rehearsal/kube/certificates.ts';
import { DEFAULT_NAME } from '../../src/rehearsal/kube/options.ts';
import { script } from '../real/support/borrowing.ts';
import { openEksStage } from '../real/support/eks-stage.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { errorOf, throughSsh } from '../real/support/stage.ts';
import { describeReal } from '../support/real.ts';
import { startSshd } from '../support/sshd.ts';

const VERSION = { major: '1', minor: '33' };
const DIRECT = ['--via', 'direct'];
const VIA_SSM = ['--instance', 'i-0123456789abcdef0'];
/** As node writes it: host names have no capitals. */
const NAME = DEFAULT_NAME.toLowerCase();
const UNTRUSTED = "another service answers: its certificate is not of the cluster's authority";

it.concurrent('is degraded while another than the cluster answers, says why, and mends by itself', async (t) => {
  const stage = await openEksStage(t);
  stage.cloud.kubernetes.setCertificate('another-authority');
  const up = await stage.net([...stage.up(...DIRECT), '--json']);
  expect(up.code).toBe(1);
  expect(errorOf(up)).toMatchObject({
    code: 'service-not-answering',
    message: `staging is degraded: eks: ${UNTRUSTED}`,
  });
  const reasons = [
    ['another-name', 'its certificate is not for localhost but for DNS:kubernetes.default.svc'],
    ['expired', 'its certificate has expired'],
  ] as const;
  const eventuallySays = (text: string) =>
    eventually(text, async () => {
      const [session] = (await stage.status()).sessions;
      return `${session?.state}: ${session?.reason}`.includes(text);
    });
  for (const [fault, reason] of reasons) {
    stage.cloud.kubernetes.setCertificate(fault);
    await eventuallySays(reason);
  }
  stage.cloud.kubernetes.setCertificate(null);
  await eventuallySays('ready: ');
  stage.cloud.kubernetes.setStatus(503);
  await eventuallySays('answers HTTP 503');
});

it.concurrent('tells of a cluster that was made again, and changes nothing', async (t) => {
  const stage = await openEksStage(t);
  expect((await stage.net(stage.up(...DIRECT))).code).toBe(0);
  const before = await stage.records();
  stage.cloud.setCluster({ endpoint: 'https://127.0.0.1:9', ca: createAuthority('kubernetes').pem });
  const again = await stage.net(stage.up(...DIRECT));
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(
    /"staging" is up with another plan: --forward eks: \d+:localhost:\d+ \(eks, hotpass-staging in eu-west-1 with CA (\w+)\) -> \d+:127\.0\.0\.1:9 \(eks, hotpass-staging in eu-west-1 with CA (?!\1)\w+\) {2}\[label-in-use\]/,
  );
  expect(await stage.records()).toEqual(before);
});

it.concurrent('leads through Systems Manager to a name that only the instance resolves', async (t) => {
  const stage = await openEksStage(t, 'of EKS');
  const dry = await stage.net([...stage.up(...VIA_SSM), '--dry-run']);
  expect(dry.stdout).toMatch(new RegExp(`^eks +127\\.0\\.0\\.1:${stage.port} .*${NAME}:443 +eks$`, 'm'));
  const printed = await stage.net([...stage.up(...VIA_SSM), '--print-command']);
  expect(printed.stdout).toContain(`host=${NAME},portNumber=443,localPortNumber=${stage.port}`);

  const up = await stage.net(stage.up(...VIA_SSM));
  expect(up.code, up.stderr).toBe(0);
  expect(up.stdout).toMatch(new RegExp(`${NAME}:443 +ready +TLS name verified, \\d+ ms$`, 'm'));
  expect(await stage.askVersion()).toMatchObject(VERSION);
  const told =
    'const { HOTPASS_EKS_URL, HOTPASS_EKS_TLS_SERVER_NAME } = process.env; console.log(HOTPASS_EKS_URL, HOTPASS_EKS_TLS_SERVER_NAME)';
  const exec = await stage.net(['exec', '--', ...script(told)]);
  expect(exec).toMatchObject({ code: 0, stdout: `https://127.0.0.1:${stage.port} ${NAME}\n` });
  expect((await stage.net(['down'])).code).toBe(0);
  expect(stage.cloud.aws.ssm.sessions().map(({ state }) => state)).toEqual(['Terminated']);
});

it.concurrent('is opened for one command, and ends with it', async (t) => {
  const stage = await openEksStage(t);
  const [, ...flags] = stage.up(...DIRECT);
  const ask = `
    const url = process.env.HOTPASS_EKS_URL + '/livez';
    const servername = process.env.HOTPASS_EKS_TLS_SERVER_NAME;
    require('https').get(url, { servername, ca: ${JSON.stringify(stage.cloud.kubernetes.ca)} }, (answer) => console.log(answer.statusCode));
  `;
  const exec = await stage.net(['exec', ...flags, '--', ...script(ask)]);
  expect(exec, exec.stderr).toMatchObject({ code: 0, stdout: '200\n' });
  expect(await stage.records()).toEqual([]);
});

describeReal('through ssh', ['sshd', 'ssh'], () => {
  it.concurrent('keeps its port when the tunnel breaks, and clients wait for it', async (t) => {
    const stage = await openEksStage(t);
    const sshd = await startSshd();
    t.onTestFinished(() => sshd.stop());
    expect((await stage.net(stage.up(...throughSsh(sshd).slice(1)))).code).toBe(0);
    await sshd.dropSessions();
    await eventually('a broken tunnel', async () => (await stage.status()).sessions[0]?.state !== 'ready');
    expect(await stage.askVersion()).toMatchObject(VERSION);
    const { sessions } = await stage.status();
    expect(sessions[0]).toMatchObject({
      state: 'ready',
      forwards: [{ url: `https://127.0.0.1:${stage.port}` }],
    });
  });
});
