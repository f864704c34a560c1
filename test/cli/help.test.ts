import { expect, it } from 'vitest';
import { renderHelp } from '../../src/cli/help.ts';
import { gateTable } from '../support/table.ts';

it('shows a verb with its arguments, options and examples', async () => {
  expect(await renderHelp(gateTable, 'gate open', 100)).toMatchInlineSnapshot(`
    "hotpass gate open: Open a gate

    Usage: hotpass gate open [target] [options]

    Arguments:
      target   Target to work on

    Options:
      --label NAME           Name of it
      --via hinge|slide      Way [hinge]
      -n, --count NUMBER     How many
      --hold TIME            How long [30s]
      --add NAME=HOST:PORT   One more; may be repeated
      --[no-]auto-lock       Lock behind [only at night]

    More options: hotpass gate open --help --verbose

    Every verb: -t --target NAME; --config FILE; --state-dir DIR; --json; -q --quiet; -v --verbose;
      --explain; --no-color; -h --help

    Examples:
      hotpass gate open staging --via slide
          Open by sliding

    Exit codes: 0 what was asked is true now; 1 it could not be done or is not so; 2 the request or a
      file is wrong
    "
  `);
});

it('shows the options that few people need on request, and older names never', async () => {
  expect(await renderHelp(gateTable, 'gate open', 100)).not.toContain('--key');
  const all = await renderHelp(gateTable, 'gate open', 100, true);
  expect(all).toContain('--key');
  expect(all).not.toContain('--no-bell');
  expect(all).not.toContain('More options');
});

it.each([20, 60, 80, 100, 300])('fits a terminal of %i columns as far as its words do', async (columns) => {
  const widest = Math.min(100, Math.max(60, columns));
  for (const path of ['', 'gate', 'gate open', 'exec'])
    for (const line of (await renderHelp(gateTable, path, columns)).split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(widest);
});
