/** The first SIGINT or SIGTERM asks the command to stop, the second ends the process at once. */

export type Stop = {
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal has come. */
  readonly exitCode: () => 130 | 143 | undefined;
  readonly [Symbol.dispose]: () => void;
};

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

export type StopTold = {
  readonly onFirst: (signal: StopSignal) => void;
  /** The last words before the process ends: must not wait. */
  readonly onSecond: (exitCode: 130 | 143) => void;
};

export const listenForStop = ({ onFirst, onSecond }: StopTold): Stop => {
  const controller = new AbortController();
  let code: 130 | 143 | undefined;
  const listenerOf = (name: StopSignal) => (): void => {
    if (code !== undefined) {
      onSecond(code);
      return;
    }
    code = EXIT_CODES[name];
    onFirst(name);
    controller.abort(new Error(`stopped by ${name}`));
  };
  const listeners = { SIGINT: listenerOf("SIGINT"), SIGTERM: listenerOf("SIGTERM") };
  process.on("SIGINT", listeners.SIGINT);
  process.on("SIGTERM", listeners.SIGTERM);
  return {
    signal: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]: () => {
      process.off("SIGINT", listeners.SIGINT);
      process.off("SIGTERM", listeners.SIGTERM);
    },
  };
};
