import { defineCommand, type GlobalArgs } from '../../command.ts';
import { createChoices } from '../../config/choose.ts';
import { untilText } from '../../ops/aws/check/span.ts';
import type { LoggedIn } from '../../ops/aws/login/log-in.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';
import { shellWord } from '../../shell-words.ts';
import type { System } from '../../system.ts';
import { placeOptions } from './place-options.ts';

/** Logs in to IAM Identity Center. */
export const awsLogin = defineCommand({
  path: 'aws login',
  summary: 'Log in to IAM Identity Center, for everything that reads its cache',
  details: [
    'Does what `aws sso login` does, without the AWS CLI: the login lies where SDKs, AWS CLI and Terraform look for it (`~/.aws/sso/cache`), and sessions that are `needs-login` go on by themselves. Nothing else is written, and nothing that is secret is printed.',
    'With a browser on this machine the login is made there and comes back to this process. Without one, in a session of ssh, with `--device-code`, and for profiles without an `sso-session`, a page and a code are printed, to be confirmed in any browser. The browser is that of BROWSER, else of the system.',
    'The profile is that of `--profile`, HOTPASS_AWS_PROFILE, the config or AWS_PROFILE; where its role is taken on from another profile (`source_profile`), the login is the one of that. With `--json` or `--quiet` the page is shown on the terminal.',
  ],
  positionals: {
    target: { type: 'string', describe: 'Target of hotpass.yaml', complete: 'target', fallback: 'staging' },
  },
  options: {
    deviceCode: { type: 'boolean', describe: 'Print a code to be confirmed in any browser' },
    profile: placeOptions.profile,
    region: {
      ...placeOptions.region,
      describe: 'Taken and not used: a login goes to the sso_region of the profile',
      hidden: true,
    },
  },
  guard: { why: 'writes the cache of logins alone' },
  examples: [
    ['hotpass aws login', 'Log in with the profile of the default target'],
    ['hotpass aws login prod --device-code', 'Log in from a machine without a browser'],
    ['hotpass aws login --profile hotpass-staging', 'Log in without a config file'],
  ],
  async run(args, sys) {
    const [{ loadConfig }, { chooseProfileAndRegion }, { logIn }] = await Promise.all([
      import('../../config/load.ts'),
      import('../../ops/aws/choose-place.ts'),
      import('../../ops/aws/login/log-in.ts'),
    ]);
    const config = await loadConfig(sys, args);
    const choices = createChoices();
    const { profile } = chooseProfileAndRegion(args, config, choices);
    if (args.explain) {
      const { renderChoices } = await import('../net/render-up.ts');
      sys.out.result(choices.chosen, renderChoices);
      return 0;
    }
    for (const warning of config.warnings) sys.out.warn(warning);
    const speaker = await findSpeaker(sys, args);
    try {
      const login = await logIn(sys, { profile, deviceCode: args.deviceCode === true, tell: speaker.tell });
      sys.out.result(login, (one, style) => renderLogin(one, config.target.value, sys.now(), style));
    } finally {
      speaker.close();
    }
    return 0;
  },
});

interface Speaker {
  /** Left out where nobody would see it. */
  readonly tell?: (text: string) => void;
  close(): void;
}

/** Whoever is to log in must see where; stderr is silent with --json and --quiet, and the terminal is not. */
async function findSpeaker(sys: System, { json, quiet }: GlobalArgs): Promise<Speaker> {
  if (!json && !quiet) return { tell: (text) => sys.out.note(text), close: () => {} };
  const tty = await sys.openTty();
  if (tty === undefined) return { close: () => {} };
  return { tell: (text) => tty.write(`${printable(text)}\n`), close: () => tty.close() };
}

function renderLogin(
  { profile, session, expiresAt }: LoggedIn,
  target: string,
  now: Date,
  style: Style,
): string {
  const where = session === undefined ? `profile ${profile}` : `profile ${profile}, sso-session ${session}`;
  return `${style.good('logged in')}: ${where}, ${untilText(expiresAt, now)}\nNext: hotpass aws check ${shellWord(target)}`;
}
