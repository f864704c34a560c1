import { describe, expect, it } from 'vitest';
import { createRenewals } from '../../../src/ops/net/renewals.ts';
import type { OpenTransport } from '../../../src/ops/net/transport.ts';
import { fakeTransport, planFor } from './support.ts';

const MINUTE_MS = 60_000;

async function make() {
  let clock = 0;
  const log: string[] = [];
  const transport = fakeTransport(1);
  const way: OpenTransport = await transport.open(new AbortController().signal);
  const renewals = createRenewals({ monotonic: () => clock }, (text) => log.push(text));
  const failed = planFor(1).forwards;
  return {
    transport,
    log,
    pass: (ms: number) => {
      clock += ms;
    },
    judge: (isFailed = true) => renewals.judge(way, isFailed ? failed : []),
  };
}

describe('the renewals of a session', () => {
  it('are one at once, and then ever more seldom while nothing helps', async () => {
    const { judge, pass, transport } = await make();
    expect(await judge()).toBe(true);
    expect(await judge()).toBe(false);
    pass(MINUTE_MS);
    expect(await judge()).toBe(true);
    pass(MINUTE_MS);
    expect(await judge()).toBe(false);
    pass(MINUTE_MS);
    expect(await judge()).toBe(true);
    for (let times = 0; times < 10; times += 1) {
      pass(30 * MINUTE_MS);
      expect(await judge()).toBe(true);
    }
    expect(transport.wanted.renew.length).toBe(13);
  });

  it('begin anew once the service has answered', async () => {
    const { judge } = await make();
    expect(await judge()).toBe(true);
    expect(await judge(false)).toBe(false);
    expect(await judge()).toBe(true);
  });

  it('tell why there is none', async () => {
    const { judge, log, transport } = await make();
    transport.onRenew = () => {
      throw new Error('throttled');
    };
    expect(await judge()).toBe(false);
    expect(log).toContain('api: no new way: throttled');
  });
});
