import type { SsmApi } from '../../../aws.ts';
import { HotpassError, messageOf } from '../../../errors.ts';
import { type NetState, netStore, noteSsmSessions } from '../../../state/net.ts';
import type { Environment, System } from '../../../system.ts';
import { createSessionBook } from '../../ssm/session-book.ts';
import { createSsmTransport, type OpenSsmChannel } from '../../ssm/transport.ts';
import { type AwsKeys, putKeys } from '../../supervisor/environment.ts';
import type { TunnelPlan } from '../plan.ts';
import type { Transport } from '../transport.ts';
import { credentialsOf } from './ssm-place.ts';

export interface CreateSsmSession {
  readonly id: string;
  /** Environment of the session's processes. */
  readonly env: Environment;
  readonly plan: TunnelPlan;
  /** Absolute state folder. */
  readonly project: string;
  readonly log: (text: string) => void;
  readonly onNote: (text: string) => void;
  /** Told what the record says now. */
  readonly remember: (net: NetState) => void;
}

/** The part of a session that is of SSM. */
export interface SsmSession {
  /** Makes the transport; `folder` is the session's own, private one. */
  makeTransport(folder: string): Transport;
  /** Takes AWS keys in place of those that it began with. */
  takeKeys(keys: AwsKeys): void;
  /** Resolves, when everything has ended, with the ids of those sessions over there of which that is not sure. */
  leftOver(): Promise<readonly string[]>;
}

/** Makes the transport of a session via SSM; its sessions over there stand in the record of this one. */
export function createSsmSession(sys: System, create: CreateSsmSession): SsmSession {
  const { id, plan, project, log } = create;
  const { ssm, forwards, label } = plan;
  if (ssm === undefined) throw new HotpassError('no-instance', 'the plan names no instance');
  const book = createSessionBook(sys, {
    async write(sessionIds) {
      create.remember(await netStore.update(sys, project, (net) => noteSsmSessions(net, id, sessionIds)));
    },
    onFailed: (error) => log(`the record does not say which sessions are open: ${messageOf(error)}`),
    log,
  });
  // Of the session alone, and never written: keys live for hours, and the session for days.
  const environment = { ...sys.env };
  const place = { ...credentialsOf(ssm), environment };
  const openNative: OpenSsmChannel = async (...args) =>
    (await import('../../ssm/channel/open-channel.ts')).openChannel(sys, ...args);
  const openPlugin =
    (folder: string): OpenSsmChannel =>
    async (open, signal) => {
      const { openPluginChannel } = await import('../../ssm/plugin/open-plugin-channel.ts');
      return openPluginChannel(sys, { ...open, env: create.env, folder }, signal);
    };
  const makeTransport = (folder: string) => {
    // Loaded while the record is being written: both take about as long as the calls that follow.
    let early: Promise<SsmApi> | undefined = sys.aws.ssm(place);
    early.catch(() => {});
    void import('../../ssm/channel/open-channel.ts');
    const openApi = async () => {
      const api = early ?? sys.aws.ssm(place);
      early = undefined;
      return book.watch(await api);
    };
    return createSsmTransport(sys, {
      ssm,
      forwards,
      name: { label, id },
      log,
      onNote: create.onNote,
      onOver: book.strike,
      settled: book.settled,
      openApi,
      findInstance: async (...args) => (await import('../../ssm/find-instance.ts')).findInstance(...args),
      openChannel: ssm.client === 'plugin' ? openPlugin(folder) : openNative,
    });
  };
  return {
    makeTransport,
    takeKeys: (keys) => putKeys(environment, keys),
    async leftOver() {
      await book.settled();
      return book.open();
    },
  };
}
