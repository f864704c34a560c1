import type { CommandTable } from '../command.ts';

/** Every noun and verb of hotpass, in help order. */
export const commands: CommandTable = {
  nouns: { net: 'Tunnels: open, close, look', aws: 'The account and the cluster: who am I, may I, log in' },
  verbs: [
    {
      path: 'net up',
      summary: 'Open tunnels and wait until they work',
      load: async () => (await import('./net/up.ts')).netUp,
    },
    {
      path: 'net down',
      summary: 'Close tunnels and prove that they are gone',
      load: async () => (await import('./net/down.ts')).netDown,
    },
    {
      path: 'net exec',
      summary: 'Run a command with the tunnels it needs',
      load: async () => (await import('./net/exec.ts')).netExec,
    },
    {
      path: 'net status',
      summary: 'Show whether tunnels work, layer by layer',
      load: async () => (await import('./net/status.ts')).netStatus,
    },
    {
      path: 'net wait',
      summary: 'Wait until a tunnel works, or is down',
      load: async () => (await import('./net/wait.ts')).netWait,
    },
    {
      path: 'net logs',
      summary: "Show a session's log, also after it ended",
      load: async () => (await import('./net/logs.ts')).netLogs,
    },
    {
      path: 'aws check',
      summary: 'Say which link to the account and the cluster is broken, and what to type',
      load: async () => (await import('./aws/check.ts')).awsCheck,
    },
    {
      path: 'aws login',
      summary: 'Log in to IAM Identity Center, for everything that reads its cache',
      load: async () => (await import('./aws/login.ts')).awsLogin,
    },
    {
      path: 'aws token',
      summary: 'Print a token for an EKS cluster, as kubectl asks for it',
      load: async () => (await import('./aws/token.ts')).awsToken,
    },
    {
      path: 'rehearse',
      summary: 'Try everything on a built-in staging, with nothing but Node',
      load: async () => (await import('./rehearse.ts')).rehearse,
    },
    {
      path: 'completion',
      summary: 'Print the script that makes Tab work',
      load: async () => (await import('./completion.ts')).completion,
    },
  ],
  complete: async (kind, given, sys) =>
    (await import('./complete-values.ts')).completeValues(kind, given, sys),
};
