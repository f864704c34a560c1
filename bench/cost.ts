import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { endChild } from './processes.ts';

const TICKS_PER_SECOND = 100;

/** Starts a node that does nothing. */
export function startIdleNode(): { readonly pid: number; end(): Promise<void> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  return { pid: child.pid ?? 0, end: () => endChild(child) };
}

/** Reads how much memory of a process is in RAM, in KiB. Linux only. */
export async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/** Reads how many seconds of CPU a process has used: fields 14 and 15 of proc(5)'s stat, behind the name in parentheses. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
