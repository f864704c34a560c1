import type { CommandTable } from '../command.ts';
import { completion } from './completion.ts';

/** Every noun and verb of hotpass, in help order. */
export const commands: CommandTable = {
  nouns: {},
  verbs: [completion],
};
