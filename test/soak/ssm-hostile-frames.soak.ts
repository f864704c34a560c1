import { it } from 'vitest';
import { attackExchange } from '../support/hostile-frames.ts';

it.each([1, 2])('250,000 hostile frames break nothing and fill no memory (seed %d)', (seed) => {
  attackExchange(250_000, seed);
});
