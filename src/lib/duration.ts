/** Durations, counts and sizes as people read them. */

/** `0.00 s` … `9.99 s`, `12.3 s`, `2 m 05 s`, `1 h 02 m`. */
export const durationText = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
};

/** Of ages, which are long and need no precision: `42 s`, `5 m`, `2 h 05 m`, `3 d 04 h`. */
export const agoText = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${twoDigits(minutes % 60)} m`;
  return `${Math.floor(hours / 24).toLocaleString("en-US")} d ${twoDigits(hours % 24)} h`;
};

const twoDigits = (n: number): string => String(n).padStart(2, "0");

/** 7,380 */
export const countText = (count: number): string => count.toLocaleString("en-US");

/** `1 row`, `7,380 rows`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;
