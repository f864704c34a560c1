// npm run bench [PART…]: a table of ratios, both sides measured in the same run. Parts: see PARTS below.

import { benchAws } from './aws.ts';
import { benchAwsToken } from './aws-token.ts';
import { benchDay } from './day.ts';
import { benchExec } from './exec.ts';
import { benchFootprint } from './footprint.ts';
import { benchIdle } from './idle.ts';
import { benchLook } from './look.ts';
import { benchOpening } from './opening.ts';
import { benchReconnect } from './reconnect.ts';
import { type Row, tableText } from './report.ts';
import { benchSsm, benchSsmOpening, benchSsmPace } from './ssm.ts';
import { benchSsmPlugin } from './ssm-plugin.ts';
import { benchStart } from './start.ts';
import { benchState } from './state.ts';
import { benchThroughput } from './throughput.ts';

const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  start: benchStart,
  opening: benchOpening,
  throughput: benchThroughput,
  reconnect: benchReconnect,
  look: benchLook,
  exec: benchExec,
  state: benchState,
  footprint: benchFootprint,
  idle: benchIdle,
  day: benchDay,
  ssm: benchSsm,
  'ssm-pace': benchSsmPace,
  'ssm-opening': benchSsmOpening,
  'ssm-plugin': benchSsmPlugin,
  aws: benchAws,
  'aws-token': benchAwsToken,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(', ')}; there are: ${Object.keys(PARTS).join(', ')}`);
  process.exitCode = 2;
} else {
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.error(`${name} …`);
    rows.push(...(await part()));
  }
  console.log(
    `node ${process.version}, ${process.platform} ${process.arch}; medians; shared machine: only ratios count`,
  );
  console.log(tableText(rows));
}
