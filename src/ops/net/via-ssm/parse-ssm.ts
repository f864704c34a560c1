import { HotpassError } from '../../../errors.ts';

// It becomes part of a host name.
const REGION = /^[a-z]{2,}(?:-[a-z0-9]+)+$/;
const MOST_CHANNELS = 16;
/** As long as StartSession takes it. */
const LONGEST_REASON = 256;

/** Checks an AWS region. Throws `usage`. */
export function parseRegion(text: string): string {
  if (REGION.test(text) && text.length <= 63) return text;
  throw wrong(text, 'region', 'is not one of AWS', '--region eu-west-1');
}

/** Checks the name of an AWS profile. Throws `usage`. */
export function parseProfile(text: string): string {
  // Commands that we print name it: it may not look like an option there, nor leave its line.
  if (/^[^-\s\p{Cc}][^\p{Cc}]{0,127}$/u.test(text)) return text;
  throw wrong(text, 'profile', 'is not the name of an AWS profile', '--profile hotpass-staging');
}

/** Checks the reason that the account's session list shows. Throws `usage`. */
export function parseReason(text: string): string {
  if (/^[^\p{Cc}]+$/u.test(text) && text.length <= LONGEST_REASON) return text;
  throw wrong(text, 'reason', `is not a line of 1 to ${LONGEST_REASON} characters`, '--reason "ticket 4711"');
}

/** Checks how many sessions a forward has. Throws `usage`. */
export function parseChannels(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MOST_CHANNELS) return value;
  throw wrong(value, 'channels', `is not a whole number from 1 to ${MOST_CHANNELS}`, '--channels 4');
}

function wrong(value: string | number, what: string, why: string, example: string): HotpassError {
  const shown = JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value);
  return new HotpassError('usage', `${what} ${shown} ${why}`, { hint: `for example ${example}` });
}
