import {
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  type InstanceInformation,
  ResumeSessionCommand,
  type Session,
  StartSessionCommand,
  TerminateSessionCommand,
} from '@aws-sdk/client-ssm';
import type { ActiveSession, AwsPlace, Instance, SsmApi } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import type { Environment } from '../../system.ts';
import { createCalls } from './calls.ts';
import { isAbsent } from './explain-error.ts';
import { readSettings } from './settings.ts';

/** Most that DescribeInstanceInformation and DescribeSessions give at a time. */
const INSTANCES_PAGE = 50;
const SESSIONS_PAGE = 200;

/** Makes a client of Systems Manager. Throws `region-missing`, `profile-unknown`, `file-not-found` and `usage`. */
export async function createSsmApi(env: Environment, place: AwsPlace): Promise<SsmApi> {
  const settings = await readSettings(env, place);
  const { call, endpoint, agent } = await createCalls(env, settings);
  return {
    region: settings.region,
    endpoint,
    agent,
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
      const pages = await allPages((next) =>
        call('DescribeInstanceInformation', ids?.join(', '), signal, (client, options) =>
          client.send(new DescribeInstanceInformationCommand({ ...input, ...next }), options),
        ),
      );
      return pages.flatMap(({ InstanceInformationList = [] }) =>
        InstanceInformationList.flatMap(readInstance),
      );
    },
    async findSessions(signal) {
      const input = { State: 'Active', MaxResults: SESSIONS_PAGE } as const;
      const pages = await allPages((next) =>
        call('DescribeSessions', undefined, signal, (client, options) =>
          client.send(new DescribeSessionsCommand({ ...input, ...next }), options),
        ),
      );
      return pages.flatMap(({ Sessions = [] }) => Sessions.flatMap(readSession));
    },
  };
}

async function absentIsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

interface Page {
  readonly NextToken?: string | undefined;
}

/** A service that gives the same page for ever is not believed. */
const MOST_PAGES = 1_000;

async function allPages<T extends Page>(ask: (next: { NextToken?: string }) => Promise<T>): Promise<T[]> {
  const pages: T[] = [];
  for (let next: string | undefined; pages.length < MOST_PAGES; ) {
    const page = await ask(next === undefined ? {} : { NextToken: next });
    pages.push(page);
    next = page.NextToken || undefined;
    if (next === undefined) return pages;
  }
  throw new HotpassError('aws-failed', 'ssm: the list has no end');
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
