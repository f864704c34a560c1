import { describe, expect, it } from 'vitest';
import { createBreaks } from '../../../src/ops/net/breaks.ts';

function make() {
  let [wall, clock] = [Date.parse('2026-01-01T03:12:04.000Z'), 1_000];
  const breaks = createBreaks({ now: () => new Date(wall), monotonic: () => clock });
  const pass = (ms: number) => {
    wall += ms;
    clock += ms;
  };
  const setClockBack = (ms: number) => {
    wall -= ms;
  };
  return { breaks, pass, setClockBack };
}

describe('the breaks of a session', () => {
  it('are told when they are mended: when, how long, why, who was kept and who was lost', () => {
    const { breaks, pass } = make();
    breaks.begin('the bastion went silent');
    breaks.cut(3);
    pass(41_000);
    breaks.refuse();
    expect(breaks.mended()).toEqual([]);
    breaks.mend();
    breaks.keep(1);
    breaks.keep(1);
    expect(breaks.mended()).toEqual([
      { at: '2026-01-01T03:12:04.000Z', seconds: 41, reason: 'the bastion went silent', kept: 2, lost: 4 },
    ]);
  });

  it('count who was cut by them and tells it just afterwards, and no later one', () => {
    const { breaks, pass } = make();
    breaks.begin('gone');
    breaks.mend();
    breaks.cut(1);
    pass(1_000);
    breaks.cut(2);
    breaks.begin('gone again');
    breaks.mend();
    expect(breaks.mended()).toMatchObject([{ lost: 1 }, { lost: 2 }]);
  });

  it('are none where part of the way went and nobody was cut', () => {
    const { breaks } = make();
    breaks.suspect('one of several ended');
    breaks.mend();
    breaks.suspect('another one ended');
    breaks.cut(1);
    breaks.mend();
    breaks.suspect('a third one ended');
    breaks.begin('all are gone');
    breaks.mend();
    expect(breaks.mended()).toMatchObject([
      { reason: 'another one ended', lost: 1 },
      { reason: 'a third one ended', lost: 0 },
    ]);
  });

  it('say how they were mended, and who lived through them', () => {
    const { breaks, pass } = make();
    breaks.begin('socket closed by SSM');
    pass(1_000);
    breaks.mend('resumed');
    breaks.keep(2);
    expect(breaks.mended()).toMatchObject([
      { seconds: 1, reason: 'socket closed by SSM, resumed', kept: 2, lost: 0 },
    ]);
  });

  it('begin with the clients that noticed first', () => {
    const { breaks } = make();
    breaks.cut(1);
    breaks.begin('gone');
    breaks.cut(2);
    breaks.mend();
    breaks.begin('gone again');
    breaks.mend();
    expect(breaks.mended()).toMatchObject([{ lost: 3 }, { lost: 0 }]);
  });

  it('are one as long as the way is not there again, with the first reason', () => {
    const { breaks, pass } = make();
    breaks.begin('first');
    pass(1_000);
    breaks.begin('second');
    pass(1_000);
    breaks.mend();
    breaks.mend();
    expect(breaks.mended()).toMatchObject([{ seconds: 2, reason: 'first' }]);
  });

  it('count nothing before there was one', () => {
    const { breaks } = make();
    breaks.keep(1);
    breaks.refuse();
    breaks.mend();
    expect(breaks.mended()).toEqual([]);
  });

  it('never last a negative time, whatever is done to the clock', () => {
    const { breaks, pass, setClockBack } = make();
    breaks.begin('gone');
    pass(5_000);
    setClockBack(3_600_000);
    breaks.mend();
    expect(breaks.mended()).toMatchObject([{ seconds: 5 }]);
  });

  it('are remembered for the newest twenty', () => {
    const { breaks } = make();
    for (let number = 1; number <= 25; number += 1) {
      breaks.begin(`break ${number}`);
      breaks.mend();
    }
    expect(breaks.mended().map(({ reason }) => reason)).toEqual(
      Array.from({ length: 20 }, (_, index) => `break ${index + 6}`),
    );
  });
});
