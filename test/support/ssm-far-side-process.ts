// The far side in a process of its own, so that it has its own half of the machine: started by ssm-far-side.ts, which
// tells it by IPC what to do.
import { startSsm } from '../../src/rehearsal/ssm/index.ts';

const send = (answer: object) => process.send?.(JSON.stringify(answer));
const ssm = await startSsm(JSON.parse(process.env.SSM_FAR_SIDE ?? '{}'));
const usage = () => {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
};

process.on('message', (text) => {
  const { id, order, args } = JSON.parse(String(text));
  try {
    const value = order === 'usage' ? usage() : Reflect.apply(Reflect.get(ssm, order), ssm, args);
    send({ id, value });
  } catch (error) {
    send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
send({ port: ssm.port, url: ssm.url });
