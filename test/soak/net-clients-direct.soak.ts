import { describe } from 'vitest';
import { testClients } from '../real/support/client-suite.ts';
import { directly } from '../real/support/stage.ts';

describe('clients of a tunnel that connects directly', () => {
  testClients((forward) => directly(forward));
});
