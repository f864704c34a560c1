import { type CommandTable, defineCommand } from '../../src/command.ts';
import { HotpassError } from '../../src/errors.ts';

/** A verb with one option of each kind, for tests of the program around verbs. It prints what it was given. */
const open = defineCommand({
  path: 'gate open',
  summary: 'Open a gate',
  guard: { protected: 'always', why: 'it is a gate' },
  positionals: { target: { type: 'string', describe: 'Target to work on', complete: 'target' } },
  options: {
    label: { type: 'string', describe: 'Name of it', value: 'NAME', aliases: ['name'], complete: 'label' },
    via: {
      type: 'string',
      describe: 'Way',
      choices: ['hinge', 'slide'],
      fallback: 'hinge',
      variable: 'HOTPASS_WAY',
    },
    count: { type: 'number', describe: 'How many', short: 'n' },
    hold: { type: 'duration', describe: 'How long', fallback: '30s' },
    add: { type: 'string', describe: 'One more', repeat: true, value: 'NAME=HOST:PORT' },
    key: { type: 'string', describe: 'File of the key', complete: 'file', advanced: true },
    autoLock: { type: 'boolean', describe: 'Lock behind', fallback: 'only at night' },
    noBell: { type: 'boolean', describe: 'Silence', hidden: true },
  },
  examples: [['hotpass gate open staging --via slide', 'Open by sliding']],
  async run(args, sys) {
    sys.out.result(args, (value) => JSON.stringify(value));
    return 0;
  },
});

/** Fails in the way its positional says. */
const close = defineCommand({
  path: 'gate close',
  summary: 'Close gates',
  guard: { why: 'always works' },
  posixOnly: true,
  positionals: { label: { type: 'string', describe: 'Gates to close', repeat: true, complete: 'label' } },
  examples: [['hotpass gate close east', 'Close one gate']],
  async run(args, sys) {
    const [how] = args.label;
    if (how === 'bug') throw new TypeError('x is not\na function');
    if (how === 'stuck') {
      throw new HotpassError('not-ready', 'gate is\nstuck \u001b[31m', {
        doing: 'closing it',
        state: 'it is open',
        hint: 'hotpass gate open',
        details: { angle: 12 },
      });
    }
    if (how === 'abort') sys.signal.throwIfAborted();
    sys.out.progress('closing');
    sys.out.result(args.label, (value) => value.join());
    return 1;
  },
});

const exec = defineCommand({
  path: 'exec',
  summary: 'Run a program',
  guard: { why: 'is not about a target' },
  rest: 'COMMAND',
  examples: [['hotpass exec -- true', 'Run it']],
  async run(args, sys) {
    sys.out.result(args.rest, (value) => value.join(' '));
    return 0;
  },
});

/** A small table that has every feature of the real one. */
export const gateTable: CommandTable = {
  nouns: { gate: 'Gates in the fence' },
  verbs: [open, close, exec].map((verb) => ({ ...verb, load: async () => verb })),
  complete: async (kind, given) => {
    if (given.config === 'broken') throw new Error('no config');
    return kind === 'target'
      ? ['staging', 'prod']
      : ['east', 'west', `of-${given.target}`, 'bad name', 'b\u001b'];
  },
};
