import { it } from 'vitest';
import { attackExchange } from '../../../support/hostile-frames.ts';

it('20,000 hostile frames break nothing and fill no memory', () => {
  attackExchange(20_000, 20_261_121);
});
