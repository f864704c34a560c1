import { it } from 'vitest';
import { attackConversation } from '../../../support/hostile-agent.ts';

it('100 agents that say 100 ill-formed things each break nothing', () => {
  attackConversation(100, 100, 20_261_121);
});
