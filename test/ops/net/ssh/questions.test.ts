import { expect, it } from 'vitest';
import { questionKind } from '../../../../src/ops/net/ssh/questions.ts';

const HOST = "The authenticity of host 'b (10.0.0.1)' can't be established.\nSHA256:x.\n";

it.each([
  ["Enter passphrase for key '/home/me/id': ", '', 'secret'],
  ['(me@b) Verification code: ', '', 'secret'],
  ["me@b's password: ", '', 'secret'],
  ['Enter PIN for ED25519-SK key /home/me/id_sk: ', '', 'secret'],
  [`${HOST}Are you sure you want to continue connecting (yes/no/[fingerprint])? `, '', 'open'],
  ["Please type 'yes', 'no' or the fingerprint: ", '', 'open'],
  ['Accept updated hostkeys? (yes/no): ', '', 'open'],
  ['Add key /home/me/id (me@here) to agent?', 'confirm', 'confirm'],
  ['Confirm user presence for key ED25519-SK SHA256:x', 'none', 'notice'],
  // A server that would like to see what is typed: its words come behind its name.
  [`(me@b) ${HOST}`, '', 'secret'],
] as const)('%j with the hint "%s" is a question of the kind %s', (prompt, hint, kind) => {
  expect(questionKind({ prompt, hint })).toBe(kind);
});
