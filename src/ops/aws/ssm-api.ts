import {
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  type InstanceInformation,
  ResumeSessionCommand,
  type Session,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from '@aws-sdk/client-ssm';
import type { ActiveSession, AwsPlace, Instance, SsmApi } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import type { Environment } from '../../system.ts';
import { allPages } from './all-pages.ts';
import { createCalls, type Service } from './connection/calls.ts';
import { openDoor } from './connection/door.ts';
import { absentIsUndefined } from './explain/explain-error.ts';
import { readSettings } from './settings.ts';

/** Most that DescribeInstanceInformation and DescribeSessions give at a time. */
const INSTANCES_PAGE = 50;
const SESSIONS_PAGE = 200;

const SSM: Service<SSMClient> = {
  name: 'ssm',
  // A login elsewhere, or another key in the file, may have mended them.
  stale: [
    'access-denied',
    'credential-process-failed',
    'credentials-expired',
    'credentials-missing',
    'role-refused',
    'sso-expired',
  ],
  create: (config) => new SSMClient(config),
  endpoint: ({ config }, parameters) => config.endpointProvider(parameters).url,
};

/** Makes a client of Systems Manager. Throws `region-missing`, `profile-unknown`, `file-not-found` and `usage`. */
export async function createSsmApi(env: Environment, place: AwsPlace): Promise<SsmApi> {
  const settings = await readSettings(env, place);
  const door = await openDoor(env, settings);
  const { call, endpoint } = createCalls(door, SSM);
  return {
    region: settings.region,
    endpoint,
    agent: door.agent,
    async startSession({ target, document, parameters, reason }, signal) {
      const input = {
        Target: target,
        DocumentName: document,
        Parameters: Object.fromEntries(Object.entries(parameters).map(([key, values]) => [key, [...values]])),
        ...(reason === '' ? {} : { Reason: reason }),
      };
      const started = await call('StartSession', target, signal, (client, options) =>
        client.send(new StartSessionCommand(input), options),
      );
      const { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: token } = started;
      if (sessionId && streamUrl && token) return { sessionId, streamUrl, token };
      throw new HotpassError('aws-failed', 'ssm:StartSession: the answer lacks the session');
    },
    async resumeSession(sessionId, signal) {
      const input = { SessionId: sessionId };
      const resumed = await call('ResumeSession', sessionId, signal, (client, options) =>
        absentIsUndefined(client.send(new ResumeSessionCommand(input), options)),
      );
      const token = resumed?.TokenValue;
      return token ? { token, streamUrl: resumed.StreamUrl || undefined } : undefined;
    },
    async terminateSession(sessionId, signal) {
      const input = { SessionId: sessionId };
      await call('TerminateSession', sessionId, signal, (client, options) =>
        absentIsUndefined(client.send(new TerminateSessionCommand(input), options)),
      );
    },
    async findInstances(filters, signal) {
      const ids = filters.find(({ key }) => key === 'InstanceIds')?.values;
      const input = {
        MaxResults: INSTANCES_PAGE,
        Filters: filters.map(({ key, values }) => ({ Key: key, Values: [...values] })),
      };
      const pages = await allPages('ssm', ({ NextToken }) =>
        call('DescribeInstanceInformation', ids?.join(', '), signal, (client, options) =>
          client.send(new DescribeInstanceInformationCommand({ ...input, NextToken }), options),
        ),
      );
      return pages.flatMap(({ InstanceInformationList = [] }) =>
        InstanceInformationList.flatMap(readInstance),
      );
    },
    async findSessions(signal) {
      const input = { State: 'Active', MaxResults: SESSIONS_PAGE } as const;
      const pages = await allPages('ssm', ({ NextToken }) =>
        call('DescribeSessions', undefined, signal, (client, options) =>
          client.send(new DescribeSessionsCommand({ ...input, NextToken }), options),
        ),
      );
      return pages.flatMap(({ Sessions = [] }) => Sessions.flatMap(readSession));
    },
  };
}

function readInstance(found: InstanceInformation): Instance[] {
  const {
    InstanceId: id,
    Name,
    ComputerName,
    PingStatus,
    AgentVersion,
    PlatformName,
    PlatformVersion,
  } = found;
  if (!id) return [];
  return [
    {
      id,
      name: Name || ComputerName || undefined,
      isOnline: PingStatus === 'Online',
      agentVersion: AgentVersion || undefined,
      platform: [PlatformName, PlatformVersion].filter(Boolean).join(' ') || undefined,
    },
  ];
}

function readSession({ SessionId: sessionId, Target: target, Reason: reason }: Session): ActiveSession[] {
  return sessionId && target ? [{ sessionId, target, reason: reason || undefined }] : [];
}
