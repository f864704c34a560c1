import { describe, expect, it } from 'vitest';
import { HotpassError } from '../../../src/errors.ts';
import {
  parseForward,
  parseHost,
  parseJump,
  parseLabel,
  parsePort,
  parseSshOption,
  parseUser,
} from '../../../src/ops/net/parse.ts';
import { RESERVED_OPTIONS } from '../../../src/ops/net/ssh/argv.ts';

/** Gives the parsed value, or the code of the refusal. Fails when the message is not one line that can be read. */
function told(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(error.message.length).toBeLessThan(180);
    expect(error.exitCode).toBe(2);
    expect(error.hint).toBeTruthy();
    return `[${error.code}]`;
  }
}

const DANGEROUS = [
  '',
  ' ',
  '-oX',
  'a b',
  'a\nb',
  'a;b',
  '$(id)',
  '`id`',
  'a|b',
  'a&b',
  "a'b",
  'a"b',
  'a\\b',
  'a\0b',
  'ä',
  '*',
  '~',
  'a/b',
  'x'.repeat(300),
];

describe.each([
  ['parseLabel', parseLabel, '[label-invalid]'],
  ['parseHost', parseHost, '[host-invalid]'],
  ['parseUser', parseUser, '[host-invalid]'],
  ['parseJump', parseJump, '[host-invalid]'],
  ['parsePort', parsePort, '[port-invalid]'],
] as const)('%s', (_, parse, code) => {
  it.each(DANGEROUS)('refuses %j', (text) => {
    expect(told(() => parse(text))).toBe(code);
  });
});

describe('parseLabel', () => {
  it.each(['staging', 'a', '1', 'prod-eu_1.2', 'A'.repeat(63)])('takes %s', (label) => {
    expect(told(() => parseLabel(label))).toBe(label);
  });
  it.each(['.', '..', '.hidden', '-x', '_x', 'A'.repeat(64), 'a:b', 'a@b'])('refuses %s', (label) => {
    expect(told(() => parseLabel(label))).toBe('[label-invalid]');
  });
});

describe('parseHost', () => {
  it.each([
    ['bastion', 'bastion'],
    ['bastion.staging.internal.', 'bastion.staging.internal.'],
    ['_srv.x', '_srv.x'],
    ['10.0.0.7', '10.0.0.7'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::ffff:10.0.0.7', '::ffff:10.0.0.7'],
  ])('takes %s', (text, host) => {
    expect(told(() => parseHost(text))).toBe(host);
  });
  it.each(['host-', 'a@b', 'host:22', '[::1', '::1]', '[host', '%h', 'fe80::1%e;x'])('refuses %s', (text) => {
    const isAddress = text === 'host:22';
    expect(
      told(() => parseHost(text)),
      String(isAddress),
    ).toBe('[host-invalid]');
  });
});

describe('parseUser', () => {
  it.each(['ec2-user', 'me', 'first.last', 'DOMAIN+me', 'me@corp.example'])('takes %s', (user) => {
    expect(told(() => parseUser(user))).toBe(user);
  });
});

describe('parsePort', () => {
  it.each([
    ['1', 1],
    ['65535', 65_535],
    [4200, 4200],
    ['00022', 22],
  ])('takes %s', (text, port) => {
    expect(told(() => parsePort(text))).toBe(port);
  });
  it.each([
    '0',
    '65536',
    '70000',
    '-1',
    '+1',
    '4200.0',
    '0x10',
    '1e3',
    ' 22',
    '22 ',
    0,
    -1,
    1.5,
    65_536,
    Number.NaN,
  ])('refuses %s', (text) => {
    expect(told(() => parsePort(text))).toBe('[port-invalid]');
  });
});

describe('parseJump', () => {
  it.each([
    ['near', 'near'],
    ['me@near:2200', 'me@near:2200'],
    ['me@[::1]:22', 'me@[::1]:22'],
    ['[::1]', '[::1]'],
    ['::1', '[::1]'],
    ['me@corp@near', 'me@corp@near'],
  ])('takes %s', (text, jump) => {
    expect(told(() => parseJump(text))).toBe(jump);
  });
  it.each([
    ['near:0', '[port-invalid]'],
    ['near:', '[port-invalid]'],
    ['near:22x', '[port-invalid]'],
    ['@near', '[host-invalid]'],
    ['me@', '[host-invalid]'],
    ['-oX@near', '[host-invalid]'],
    ['me@-oX', '[host-invalid]'],
    ['ssh://near', '[port-invalid]'],
  ])('refuses %s', (text, code) => {
    expect(told(() => parseJump(text))).toBe(code);
  });
});

describe('parseForward', () => {
  it.each([
    ['api=h:1', { name: 'api', host: 'h', port: 1 }],
    ['api=2:h:1', { name: 'api', host: 'h', port: 1, localPort: 2 }],
    ['api=[::1]:1', { name: 'api', host: '::1', port: 1 }],
    ['api=2:[fe80::1%eth0]:1', { name: 'api', host: 'fe80::1%eth0', port: 1, localPort: 2 }],
    ['a.b=h:1', { name: 'a.b', host: 'h', port: 1 }],
    ['a_b-9=10.0.0.7:443', { name: 'a_b-9', host: '10.0.0.7', port: 443 }],
  ])('takes %s', (text, forward) => {
    expect(told(() => parseForward(text))).toEqual(forward);
  });
  it.each([
    ['', '[forward-invalid]'],
    ['api', '[forward-invalid]'],
    ['=h:1', '[forward-invalid]'],
    ['-a=h:1', '[forward-invalid]'],
    ['a/b=h:1', '[forward-invalid]'],
    ['api=h', '[forward-invalid]'],
    ['api=::1:1', '[forward-invalid]'],
    ['api=1:2:h:3', '[forward-invalid]'],
    [`${'a'.repeat(64)}=h:1`, '[forward-invalid]'],
    ['api=:1', '[host-invalid]'],
    ['api=-h:1', '[host-invalid]'],
    ['api=a b:1', '[host-invalid]'],
    ['api=a\nb:1', '[host-invalid]'],
    ['api=h:', '[port-invalid]'],
    ['api=h:0', '[port-invalid]'],
    ['api=0:h:1', '[port-invalid]'],
    ['api=:h:1', '[port-invalid]'],
    ['api=abc:h:1', '[port-invalid]'],
  ])('refuses %j', (text, code) => {
    expect(told(() => parseForward(text))).toBe(code);
  });
});

describe('parseSshOption', () => {
  it.each([
    ['Compression=yes', 'Compression=yes'],
    ['Compression yes', 'Compression=yes'],
    ['Compression = yes', 'Compression=yes'],
    ['ProxyCommand=nc -X 5 %h %p', 'ProxyCommand=nc -X 5 %h %p'],
  ])('takes %s', (text, option) => {
    expect(told(() => parseSshOption(text, RESERVED_OPTIONS))).toBe(option);
  });
  it.each(['', 'Compression', 'Compression=', '=yes', '-oX=y', 'A=b\nC=d', 'A=b\0', 'Ä=b'])(
    'refuses %j',
    (text) => {
      expect(told(() => parseSshOption(text, RESERVED_OPTIONS))).toBe('[usage]');
    },
  );
  it.each([...RESERVED_OPTIONS])('refuses %s in any case and any form', (name) => {
    for (const text of [`${name}=x`, `${name.toUpperCase()} x`, `${name}  =  x`])
      expect(told(() => parseSshOption(text, RESERVED_OPTIONS))).toBe('[ssh-option-reserved]');
  });
});
