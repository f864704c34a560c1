import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { exchange, openClient } from './support/clients.ts';
import { echoesThrough, echoThrough } from './support/echo-clients.ts';
import { expectNothingLeft } from './support/refusals.ts';
import { eventually, processesOf } from './support/sandbox-processes.ts';
import { expectNothingOverThere, INSTANCE, openSsmStage, type SsmStage } from './support/ssm-stage.ts';
import { errorOf } from './support/stage.ts';

const VIA = ['up', '--via', 'ssm'] as const;
const HERE = [...VIA, '--instance', INSTANCE] as const;

/** The local ports of the two default forwards: those of every other test are others. */
async function ownPorts() {
  const [prefect, marquez] = [await freePort(), await freePort()];
  const args = ['--prefect-port', String(prefect), '--marquez-port', String(marquez)];
  return { prefect, marquez, args };
}

it.concurrent('opens both services of staging with nothing but node, and leaves nothing on either side', async (t) => {
  const stage = await openSsmStage({}, t);
  const bin = join(stage.root, 'bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  const { prefect, marquez, args } = await ownPorts();
  const up = await stage.net([...HERE, ...args], { env: { PATH: bin } });
  expect(up.code).toBe(0);
  expect(up.stdout).toMatch(/^through +SSM session to i-0abc12def3456789a/m);
  expect(up.stdout).toMatch(
    /prefect +127\.0\.0\.1:\d+ +prefect\.staging\.internal:4200 +ready +Prefect 3\.8\.8, /,
  );
  expect(up.stdout).toMatch(/marquez +127\.0\.0\.1:\d+ +marquez\.staging\.internal:5000 +ready +Marquez, /);

  const { code, sessions } = await stage.status();
  expect(code).toBe(0);
  expect(sessions).toMatchObject([{ label: 'staging', via: 'ssm', state: 'ready', breaks: [] }]);
  expect((await stage.far.sessions()).map((one) => one.parameters)).toEqual([
    { host: ['prefect.staging.internal'], portNumber: ['4200'], localPortNumber: ['0'] },
    { host: ['marquez.staging.internal'], portNumber: ['5000'], localPortNumber: ['0'] },
  ]);

  const ask = `fetch(process.env.PREFECT_API_URL + '/admin/version').then((r) => r.text()).then(console.log)`;
  const exec = await stage.net(['exec', '--', process.execPath, '-e', ask]);
  expect(exec).toMatchObject({ code: 0, stdout: '"3.8.8"\n' });

  expect(await stage.net(['down'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^staging is down/),
  });
  expect([await isPortOpen(prefect), await isPortOpen(marquez)]).toEqual([false, false]);
  await expectNothingLeft(stage);
  await expectNothingOverThere(stage);
});

/** A stage with one service behind the agent, and the arguments of a `net up` to it. */
async function stageWith(t: TestContext, service: TestServer, instance: string = INSTANCE) {
  t.onTestFinished(() => service.close());
  const stage = await openSsmStage({}, t);
  const port = await freePort();
  const up = [...VIA, '--instance', instance, '--forward', `svc=${port}:127.0.0.1:${service.port}`];
  return { stage, port, up };
}

/** Ends what is up, and looks on both sides. */
async function expectCleanEnd(stage: SsmStage): Promise<void> {
  expect(await stage.net(['down', '--all'])).toMatchObject({ code: 0 });
  await expectNothingLeft(stage);
  await expectNothingOverThere(stage);
}

it.concurrent.for([
  ['id', INSTANCE],
  ['name', 'bastion-a'],
  ['tag', 'tag:Role=bastion'],
] as const)('finds the instance by its %s, and says in JSON what it opened', async ([, wish], t) => {
  const { stage, port, up } = await stageWith(t, await startEcho(), wish);
  const ended = await stage.net([...up, '--json']);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'started', via: 'ssm', state: 'ready' });
  expect(await echoThrough(port, 100_000)).toEqual({ outcome: 'whole' });
  expect((await stage.far.sessions()).map(({ target }) => target)).toEqual([INSTANCE]);
  await expectCleanEnd(stage);
});

it.concurrent('changes nothing for the same plan, and refuses another one under the same label', async (t) => {
  const { stage, up } = await stageWith(t, await startEcho());
  expect(await stage.net(up)).toMatchObject({ code: 0 });
  expect(await stage.net(up)).toMatchObject({ code: 0, stdout: expect.stringContaining('was up already') });
  const other = await stage.net([...up, '--channels', '2', '--json']);
  expect(other.code).toBe(2);
  expect(errorOf(other)).toMatchObject({ code: 'label-in-use' });
  expect(await stage.far.sessions()).toHaveLength(1);
  await expectCleanEnd(stage);
});

it.concurrent('spreads connections over its channels', async (t) => {
  const { stage, port, up } = await stageWith(t, await startEcho());
  expect(await stage.net([...up, '--channels', '4'])).toMatchObject({ code: 0 });
  const clients = await Promise.all(Array.from({ length: 8 }, () => openClient(port)));
  for (const client of clients) client.write('hello');
  await Promise.all(clients.map((client) => once(client, 'data')));
  expect((await stage.far.sessions()).map(({ streams }) => streams)).toEqual([2, 2, 2, 2]);
  for (const client of clients) client.destroy();
  await expectCleanEnd(stage);
});

it.concurrent('holds secrets in no state, log, answer, argument or environment', async (t) => {
  const { stage, port, up } = await stageWith(t, await startEcho());
  const secret = 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY';
  const env = { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: `token-${secret}` };
  const said = [await stage.net([...up, '--json'], { env }), await stage.net(up, { env })];
  expect(said.map(({ code }) => code)).toEqual([0, 0]);
  expect(await echoThrough(port, 1_000)).toEqual({ outcome: 'whole' });
  await stage.far.order('cutSockets');
  await eventually('ready', async () => (await stage.far.sessions())[0]?.connections === 2);
  said.push(await stage.net(['status', '--json']), await stage.net(['logs']));
  const processes = (await processesOf(stage)).flatMap(({ argv, environment }) => [...argv, ...environment]);
  const files = await textsBelow(stage.root);
  expect(files.length).toBeGreaterThan(3);
  const words = [...said.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...processes, ...files];
  for (const text of words) expect(text).not.toMatch(new RegExp(`${secret}|FAKE-TOKEN|Signature=`));
  await expectCleanEnd(stage);
});

it.concurrent('looks at the instance and starts nothing for --dry-run', async (t) => {
  const { stage, up } = await stageWith(t, await startEcho(), 'bastion-a');
  const ended = await stage.net([...up, '--dry-run']);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toContain(INSTANCE);
  expect(await stage.far.sessions()).toEqual([]);
  await expectNothingLeft(stage);
});

it.concurrent('opens a session for one command and ends it on both sides', async (t) => {
  const { stage, port } = await stageWith(t, await startEcho());
  const service = await startEcho();
  t.onTestFinished(() => service.close());
  const forward = `svc=${port}:127.0.0.1:${service.port}`;
  const args = ['exec', '--via', 'ssm', '--instance', INSTANCE, '--forward', forward];
  const ended = await stage.net([...args, '--', 'sh', '-c', 'exit 7']);
  expect(ended.code).toBe(7);
  expect(await stage.far.sessions()).toHaveLength(1);
  await eventually('the end', async () => (await processesOf(stage)).length === 0);
  await expectNothingOverThere(stage);
});

it.concurrent('ends the session over there when a signal ends it in foreground', async (t) => {
  const { stage, up } = await stageWith(t, await startEcho());
  const child = stage.start(['net', ...up, '--foreground']);
  const end = once(child, 'close');
  await eventually('ready', async () => (await stage.status()).sessions[0]?.state === 'ready');
  child.kill('SIGINT');
  expect((await end)[0]).toBe(0);
  await expectNothingOverThere(stage);
});

it.concurrent('gives a client that has said all the whole answer', async (t) => {
  const answer = Buffer.alloc(300_000, 'answer');
  const service = await startServer(0, '127.0.0.1', (socket) => {
    // Like an HTTP server: it answers because it has read the question, not because there is no more.
    socket.once('data', () => setTimeout(() => socket.end(answer), 200));
  });
  const { stage, port, up } = await stageWith(t, service);
  expect(await stage.net([...up])).toMatchObject({ code: 0 });
  const { outcome, received } = await exchange(port, 'question');
  expect(outcome).toBe('ended');
  expect(received.equals(answer)).toBe(true);
  await expectCleanEnd(stage);
});

it.concurrent('passes a line end on as it is, wherever a message is cut', async (t) => {
  const { stage, port, up } = await stageWith(t, await startEcho());
  expect(await stage.net(up)).toMatchObject({ code: 0 });
  // 8 bytes of a frame's head and these leave one byte for the second message of 1024.
  for (const size of [1, 1017, 2041, 4089]) {
    const client = await openClient(port);
    const sent = Buffer.alloc(size, 'x');
    sent[size - 1] = 0x0a;
    client.write(sent);
    const parts: Buffer[] = [];
    for (let got = 0; got < size; got += parts.at(-1)?.length ?? 0)
      parts.push((await once(client, 'data'))[0]);
    expect(Buffer.concat(parts).equals(sent), `${size} bytes`).toBe(true);
    client.destroy();
  }
  await expectCleanEnd(stage);
});

it.concurrent('resets a client whose target refuses, and goes on serving when it is back', async (t) => {
  const { stage, port, up } = await stageWith(t, await startEcho());
  expect(await stage.net(up)).toMatchObject({ code: 0 });
  const other = await openClient(port);
  other.write('before');
  await once(other, 'data');
  await stage.far.order('setTargetsRefused', true);
  expect(await echoThrough(port, 100)).toEqual({ outcome: '0 of 100 bytes, ECONNRESET' });
  other.write('after');
  expect(String((await once(other, 'data'))[0])).toBe('after');
  await stage.far.order('setTargetsRefused', false);
  expect(await echoesThrough(port, 3, 100)).toEqual({ whole: 3 });
  other.destroy();
  await expectCleanEnd(stage);
});

it.concurrent('says that a service does not answer, and keeps the session', async (t) => {
  const stage = await openSsmStage({}, t);
  stage.prefect.breakConnections();
  const { args } = await ownPorts();
  const ended = await stage.net([...HERE, ...args, '--json']);
  expect(ended.code).toBe(1);
  expect(errorOf(ended)).toMatchObject({ code: 'service-not-answering' });
  expect((await stage.status()).sessions).toMatchObject([{ state: 'degraded' }]);
  await expectCleanEnd(stage);
});

/** Every file below a folder but compiled code, which holds the program's own words. */
async function textsBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(
    paths.filter((path) => !path.startsWith(join(root, 'k'))).map((path) => readFile(path, 'latin1')),
  );
}
