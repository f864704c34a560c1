import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** What judges no length of time closer than a few seconds, and so may run beside another. */
const SIDE_BY_SIDE = [
  'aws-*',
  'completion-shells',
  'config-fuzz',
  'how-to-*',
  'lock-life',
  'net-bridge',
  'net-clients-direct',
  'net-drain',
  'net-eks',
  'net-guard*',
  'net-hardship',
  'net-killed',
  'net-ledger',
  'net-prefect',
  'net-prompts*',
  'net-refused-logins',
  'net-broken-way',
  'net-exec-bare',
  'net-ports',
  'net-resume*',
  'net-ssh-config*',
  'net-ssm-plugin',
  'net-two-views',
  'probe-prefect',
  'rehearsal-*',
  'rehearse-cluster',
  'ssm-aws-cli',
  'ssm-channel-resume',
  'ssm-channel-streams',
  'ssm-hostile-frames',
  'ssm-official-plugin',
  'ssm-real-plugin',
  'ssm-smux-peer',
  'ssm-streams',
  'store-concurrent',
].map((name) => `test/soak/${name}.soak.ts`);

const soak = {
  ...base,
  test: { ...base.test, testTimeout: 300_000, maxConcurrency: 3 },
};

// Long faults: minutes a file. What judges lengths of time has the machine for itself, so that tests do not measure
// each other.
export default defineConfig({
  test: {
    projects: [
      {
        ...soak,
        test: {
          ...soak.test,
          name: 'beside',
          include: SIDE_BY_SIDE,
          maxWorkers: 2,
          sequence: { shuffle: true, groupOrder: 1 },
        },
      },
      {
        ...soak,
        test: {
          ...soak.test,
          name: 'alone',
          include: ['test/soak/**/*.soak.ts'],
          exclude: SIDE_BY_SIDE,
          maxWorkers: 1,
          sequence: { shuffle: true, groupOrder: 2 },
        },
      },
    ],
  },
});
