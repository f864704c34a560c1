import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSsmApi } from '../../src/ops/aws/ssm-api.ts';
import { endProcess } from './processes.ts';
import { realPath } from './real.ts';

/** The official plugin as the AWS CLI runs it, with nothing of ours around it. */
export interface RivalPlugin {
  readonly pid: number;
  readonly sessionId: string;
  /** It listens on `localhost`. */
  readonly port: number;
  readonly child: ChildProcess;
  dial(): Promise<Socket>;
  /** What it has printed. */
  said(): string;
  close(): Promise<void>;
}

const INSTANCE = 'i-0123456789abcdef0';
const START_MS = 15_000;

/** Environment of a program that calls the far side at `url` as its operator. */
export function operatorOf(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SSM: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
    AWS_SECRET_ACCESS_KEY: 'rehearsed',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Starts a session to a host behind the far side at `url`, and the plugin for it. */
export async function startRival(url: string, host: string, port: number): Promise<RivalPlugin> {
  const operator = operatorOf(url);
  const api = await createSsmApi(operator, {});
  const start = {
    target: INSTANCE,
    document: 'AWS-StartPortForwardingSessionToRemoteHost',
    parameters: { host: [host], portNumber: [String(port)], localPortNumber: ['0'] },
    reason: 'rival',
  };
  const started = await api.startSession(start, AbortSignal.timeout(START_MS));
  const { sessionId } = started;
  const response = { SessionId: sessionId, StreamUrl: started.streamUrl, TokenValue: started.token };
  const folder = await mkdtemp(join(tmpdir(), 'hpr-'));
  const variable = 'AWS_SSM_START_SESSION_RESPONSE';
  const request = JSON.stringify({ Target: INSTANCE });
  const child = spawn(
    realPath('session-manager-plugin'),
    [variable, 'eu-west-1', 'StartSession', '', request, url],
    {
      env: { ...operator, HOME: folder, TMPDIR: folder, [variable]: JSON.stringify(response) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  const listening = new Promise<number>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, number] = /Port (\d+) opened[\s\S]*Waiting for connections/.exec(said) ?? [];
      if (number !== undefined) resolve(Number(number));
    });
  });
  const close = async () => {
    await endProcess(child);
    await rm(folder, { recursive: true });
  };
  const late = AbortSignal.timeout(START_MS);
  const opened = await Promise.race([listening, once(child, 'exit'), once(late, 'abort')]);
  if (typeof opened !== 'number') {
    await close();
    throw new Error(`the plugin did not listen: ${said}`);
  }
  return {
    pid: child.pid ?? -1,
    sessionId,
    port: opened,
    child,
    async dial() {
      const socket = connect({ port: opened, host: 'localhost', noDelay: true, allowHalfOpen: true });
      await once(socket, 'connect');
      // It is reset when the plugin ends.
      socket.on('error', () => {});
      return socket;
    },
    said: () => said,
    close,
  };
}
