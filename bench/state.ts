import type { Row } from './report.ts';
export async function benchState(): Promise<Row[]> {
  return [];
}
