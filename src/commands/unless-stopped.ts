/** Undefined when Ctrl-C ended it: between two statements there is nothing to cancel, and what follows is not begun. */
export const unlessStopped = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return undefined;
  }
};
