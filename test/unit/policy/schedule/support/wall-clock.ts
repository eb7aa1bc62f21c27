const MINUTE_MS = 60_000;

/** No clock changes but at a full quarter of an hour, here or at home. */
const QUARTER = 15;

/**
 * What the clocks of a zone show, minute by minute from a full quarter of an hour on, as Intl tells: in minutes since 1970, as
 * if in UTC. The slow way, and another one than the engine's.
 */
export function readingsOf(timeZone: string, from: number, minutes: number): readonly number[] {
  const shown = clockOf(timeZone);
  const quarters = Array.from({ length: Math.ceil(minutes / QUARTER) }, (_, index) => {
    const reading = shown(from + index * QUARTER * MINUTE_MS) / MINUTE_MS;
    return Array.from({ length: QUARTER }, (_item, minute) => reading + minute);
  });
  return quarters.flat().slice(0, minutes);
}

/** Tells what the clocks of a zone show at a moment, in milliseconds as if in UTC. */
export function clockOf(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (time) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format.format(time).split(/\D+/).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}
