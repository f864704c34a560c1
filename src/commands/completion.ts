import { defineCommand } from '../command.ts';

/** `hotpass completion`. */
export const completion = defineCommand({
  path: 'completion',
  summary: 'Print the script that makes Tab work',
  details: [
    'The script asks hotpass itself at each Tab, so it stays right when hotpass is updated. It works with bash 3.2 and later, and with zsh.',
  ],
  guard: { why: 'prints a script' },
  positionals: {
    shell: { type: 'string', describe: 'Shell to print it for', choices: ['bash', 'zsh'], required: true },
  },
  examples: [
    ['hotpass completion bash >> ~/.bashrc', 'Tab in every new bash'],
    ['source <(hotpass completion zsh)', 'Tab in this zsh'],
  ],
  async run(args, sys) {
    const { bashScript, zshScript } = await import('../cli/completion-scripts.ts');
    sys.out.result(args.shell === 'bash' ? bashScript : zshScript, (script) => script);
    return 0;
  },
});
