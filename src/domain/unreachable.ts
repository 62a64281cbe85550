/** Ends a switch over `kind`: a kind that was forgotten does not compile, and one that slips through says so. */
export const unreachable = (value: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
};
