import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, isPortOpen, startCounter, startEcho } from './ports.ts';

it('finds a port where nothing listens and something can', async () => {
  const port = await freePort();
  expect(await isPortOpen(port)).toBe(false);
  const echo = await startEcho(port);
  onTestFinished(echo.close);
  expect(await isPortOpen(port)).toBe(true);
});

it('echoes to the last byte and counts what it got', async () => {
  const echo = await startEcho();
  onTestFinished(echo.close);
  const client = connect(echo.port, '127.0.0.1');
  client.end('hello');
  expect(await text(client)).toBe('hello');
  expect(echo.received()).toBe(5);
});

it('numbers its connections and drops them when told', async () => {
  const counter = await startCounter();
  onTestFinished(counter.close);
  for (const expected of ['1\n', '2\n']) {
    const client = connect(counter.port, '127.0.0.1');
    const greeting = await new Promise((resolve) => client.setEncoding('utf8').once('data', resolve));
    expect(greeting).toBe(expected);
    const cut = new Promise((resolve) => client.once('error', resolve));
    expect(counter.open()).toBe(1);
    counter.drop();
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(() => counter.open()).toBe(0);
  }
  expect(counter.accepted()).toBe(2);
});
