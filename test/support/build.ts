import { execFileSync } from 'node:child_process';

/**
 * Builds dist/ once a test run, so that tests of the real program never meet an old one. Chunks of earlier builds stay:
 * another run in this checkout may be using them.
 */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--keep'], { stdio: 'inherit' });
}
