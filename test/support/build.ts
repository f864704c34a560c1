import { execFileSync } from 'node:child_process';

/** Builds dist/ once a test run, so that tests of the real program never meet an old one. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
