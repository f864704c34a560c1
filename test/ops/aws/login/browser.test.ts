import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findBrowser } from '../../../../src/ops/aws/login/browser.ts';
import { createSandbox } from '../../../support/hotpass.ts';

const PAGE = 'https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH';
const ALL = ['firefox', 'open', 'wslview', 'xdg-open', 'rundll32.exe'];

it.each([
  ['that of BROWSER', 'linux', ALL, { BROWSER: 'firefox --new-tab' }, `firefox --new-tab ${PAGE}`],
  [
    'where BROWSER wants the page',
    'linux',
    ALL,
    { BROWSER: 'firefox --url=%s -q' },
    `firefox --url=${PAGE} -q`,
  ],
  ['the next of BROWSER', 'linux', ALL, { BROWSER: 'lynx:firefox' }, `firefox ${PAGE}`],
  ['that of the system, where BROWSER is not there', 'darwin', ALL, { BROWSER: 'lynx' }, `open ${PAGE}`],
  ['that of X', 'linux', ALL, { DISPLAY: ':0' }, `xdg-open ${PAGE}`],
  ['that of Wayland', 'linux', ALL, { WAYLAND_DISPLAY: 'wayland-0' }, `xdg-open ${PAGE}`],
  ['that of Windows', 'linux', ALL, { WSL_DISTRO_NAME: 'Debian' }, `wslview ${PAGE}`],
  [
    'that of Windows itself',
    'linux',
    ['rundll32.exe'],
    { WSL_DISTRO_NAME: 'Debian' },
    `rundll32.exe url.dll,FileProtocolHandler ${PAGE}`,
  ],
  [
    'that of BROWSER in a session of ssh',
    'linux',
    ALL,
    { SSH_TTY: '/dev/pts/1', BROWSER: 'firefox' },
    `firefox ${PAGE}`,
  ],
  ['none in a session of ssh', 'darwin', ALL, { SSH_CONNECTION: '1' }, undefined],
  ['none without a display', 'linux', ALL, {}, undefined],
  ['none that is not installed', 'linux', [], { DISPLAY: ':0' }, undefined],
] as const)('the browser is %s', async (_, platform, programs, env, command) => {
  const sandbox = await createSandbox();
  onTestFinished(() => sandbox.remove());
  const folder = join(sandbox.root, 'bin');
  await mkdir(folder);
  for (const name of programs) await writeFile(join(folder, name), '', { mode: 0o755 });
  expect(findBrowser({ env: { PATH: folder, ...env }, platform }, PAGE)?.join(' ')).toBe(command);
});
