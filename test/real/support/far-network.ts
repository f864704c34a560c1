// A bastion behind a cable: a network of its own with a real sshd and an echo service, joined to the network that
// hotpass runs in by one pair of virtual interfaces.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/ports.ts';
import { endProcess } from '../../support/processes.ts';
import { realPath } from '../../support/real.ts';
import { createClientFiles, makeKey, writeServerConfig } from '../../support/sshd-files.ts';
import { runProgram } from './run-program.ts';
import { eventually } from './sandbox-processes.ts';
import type { Stage } from './stage.ts';
import { openView, type View } from './views.ts';

const HERE = '10.78.0.1';
const FAR = '10.78.0.2';

const ECHO = `require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
const CLIENT = `const socket = require('node:net').connect({ host: '127.0.0.1', port: Number(process.argv[1]) });
  socket.on('error', (error) => console.log(error.code));
  socket.on('data', (data) => { console.log(String(data)); socket.end() }).write('hello')`;

/** The two networks and what is in them. */
export interface FarNetwork {
  /** Where hotpass runs. */
  readonly here: View;
  /** Address of the bastion; its name in the client's config is `bastion`. */
  readonly address: string;
  readonly sshPort: number;
  readonly configFile: string;
  /** Port of the service, on the bastion's own loopback. */
  readonly servicePort: number;
  setCable(state: 'up' | 'down'): Promise<void>;
  /** Ends sshd, its sessions stay. */
  stopListening(): Promise<void>;
  /** What a client gets from a local port, or the code of its error. */
  ask(port: number): Promise<string>;
}

/** Makes both networks; they end with their test. */
export async function openFarNetwork(stage: Stage): Promise<FarNetwork> {
  const here = await openView({ namespaces: ['net'], setup: 'ip link set lo up' });
  const far = await openView({ namespaces: ['net'], setup: 'ip link set lo up', within: here });
  const run = async (view: View, ...argv: string[]) => {
    const { code, stdout, stderr } = await runProgram([...view.enter, stage.project], argv, stage);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  await run(
    here,
    'ip',
    'link',
    'add',
    'hp0',
    'type',
    'veth',
    'peer',
    'name',
    'hp1',
    'netns',
    String(far.pid),
  );
  await run(here, 'sh', '-ec', `ip address add ${HERE}/24 dev hp0; ip link set hp0 up`);
  await run(far, 'sh', '-ec', `ip address add ${FAR}/24 dev hp1; ip link set hp1 up`);
  const [sshd, service] = [await startSshdIn(far), await startEchoIn(far, stage)];
  return {
    here,
    address: FAR,
    sshPort: sshd.port,
    configFile: sshd.configFile,
    servicePort: service,
    setCable: async (state) => void (await run(here, 'ip', 'link', 'set', 'hp0', state)),
    stopListening: sshd.stopListening,
    ask: (port) => run(here, process.execPath, '-e', CLIENT, String(port)),
  };
}

async function startSshdIn(view: View) {
  const files = await createClientFiles();
  onTestFinished(() => rm(files.folder, { recursive: true, force: true }));
  const own = join(files.folder, 'far');
  await mkdir(own, { mode: 0o700 });
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const [key, port, program] = [await makeKey(join(own, 'host_key')), await freePort(), realPath('sshd')];
  await makeKey(join(own, 'wrong_host_key'));
  const config = await writeServerConfig(program, own, port, files, { settings: [`ListenAddress ${FAR}`] });
  const user = userInfo().username;
  await appendFile(files.knownHosts, `[${FAR}]:${port} ${key}\n`);
  await appendFile(
    files.configFile,
    `\nHost bastion\n  HostName ${FAR}\n  HostKeyAlias [${FAR}]:${port}\n  Port ${port}\n  User ${user}\n  IdentityFile ${files.identity}\n`,
  );
  const [file = '', ...args] = [...view.enter, '/', program, '-D', '-e', '-f', config];
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => endProcess(child));
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await eventually('sshd', async () => said.includes(`listening on ${FAR}`));
  return { port, configFile: files.configFile, stopListening: () => endProcess(child) };
}

async function startEchoIn(view: View, stage: Stage): Promise<number> {
  const [file = '', ...args] = [...view.enter, '/', process.execPath, '-e', ECHO];
  const child = spawn(file, args, { env: { PATH: stage.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => endProcess(child));
  const [line] = await once(child.stdout, 'data');
  return Number(String(line));
}
