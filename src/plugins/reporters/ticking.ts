/** Time as reporters see it: the clock, and a way to be called again and again until the returned function is called. */
export type Ticking = { readonly nowMs: () => number; readonly every: (ms: number, tick: () => void) => () => void };
