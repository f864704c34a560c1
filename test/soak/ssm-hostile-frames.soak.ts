import { it } from 'vitest';
import { attackConversation } from '../support/hostile-agent.ts';
import { attackExchange } from '../support/hostile-frames.ts';

it.each([1, 2])('250,000 hostile frames break nothing and fill no memory (seed %d)', (seed) => {
  attackExchange(250_000, seed);
});

it('2,000 agents that say 150 ill-formed things each break nothing', () => {
  attackConversation(2000, 150, 1);
});
