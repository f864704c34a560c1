import { expect, test } from 'vitest';
import { configured, createChoices, fallback, flag } from '../../src/config/choose.ts';

test('the first candidate that is there is chosen and remembered', () => {
  const choices = createChoices();
  const variable = { value: 'ssm', origin: 'HOTPASS_VIA' };
  expect(choices.choose('via', flag<string>(undefined, 'via'), variable, fallback('direct'))).toBe('ssm');
  expect(choices.choose('hold', flag(0, 'hold'), fallback(30))).toBe(0);
  expect(choices.choose('auto', flag(false, 'no-auto-port'), fallback(true))).toBe(false);
  expect(choices.choose('port', undefined, fallback(22))).toBe(22);
  expect(choices.choose('nothing', undefined)).toBeUndefined();
  expect(choices.chosen).toEqual([
    { name: 'via', value: 'ssm', origin: 'HOTPASS_VIA' },
    { name: 'hold', value: 0, origin: 'flag --hold' },
    { name: 'auto', value: false, origin: 'flag --no-auto-port' },
    { name: 'port', value: 22, origin: 'default' },
  ]);
});

test('a name that is chosen again keeps its last value', () => {
  const choices = createChoices();
  choices.choose('label', fallback('a'));
  choices.choose('label', flag('b', 'label'));
  expect(choices.chosen).toEqual([{ name: 'label', value: 'b', origin: 'flag --label' }]);
});

test('a value of the config brings its place', () => {
  const config = { origin: (path: readonly (string | number)[]) => `hotpass.yaml:${path.length}:1` };
  expect(configured(config, 'x', ['net', 'via'])).toEqual({ value: 'x', origin: 'hotpass.yaml:2:1' });
  expect(configured(config, undefined, ['net', 'via'])).toBeUndefined();
});
