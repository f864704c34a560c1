import { describe, expect, it } from 'vitest';
import { warnOfUiAddress } from '../../../../src/ops/net/probes/ui-address.ts';

describe('a web UI that calls the address where it was opened', () => {
  it.each([
    ['http://127.0.0.1:4200/api', '127.0.0.1:4200'],
    ['http://localhost:4200/api', '127.0.0.1:4200'],
    ['http://[::1]:4200/api', '127.0.0.1:4200'],
    ['http://0.0.0.0:4200/api', '[::1]:4200'],
    ['/api', '127.0.0.1:4200'],
    ['http://127.0.0.1/api', '127.0.0.1:80'],
    [undefined, '127.0.0.1:4200'],
    ['http://[', '127.0.0.1:4200'],
  ])('%s opened at %s needs no warning', (apiUrl, local) => {
    expect(warnOfUiAddress(apiUrl, local)).toBeUndefined();
  });
});

describe('a web UI that calls another address', () => {
  it.each([
    ['http://127.0.0.1:4200/api', '127.0.0.1:4201', 'use local port 4200, or set PREFECT_SERVER_UI_API_URL'],
    ['https://localhost:4200/api', '127.0.0.1:4200', ': set PREFECT_SERVER_UI_API_URL'],
    ['http://prefect.internal:4200/api', '127.0.0.1:4200', ': set PREFECT_SERVER_UI_API_URL'],
    ['http://127.0.0.1:4200/api', '10.0.0.5:4200', ': set PREFECT_SERVER_UI_API_URL'],
  ])('%s opened at %s: %s', (apiUrl, local, advice) => {
    expect(warnOfUiAddress(apiUrl, local)).toContain(advice);
    expect(warnOfUiAddress(apiUrl, local)).toContain(`will call ${apiUrl}`);
  });

  it('cannot smuggle control characters or a long text into the warning', () => {
    const warning = warnOfUiAddress(`http://evil.example/\u001b[2J\n${'x'.repeat(500)}`, '127.0.0.1:4200');
    expect(warning).not.toMatch(/[\u0000-\u001f]/);
    expect(warning?.length).toBeLessThan(250);
  });
});
