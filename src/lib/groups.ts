/** Disjoint sets of names that are united as one learns what belongs together; each is known by its smallest member. */

export type Groups = {
  /** The smallest name of the group that a name is in. */
  readonly of: (name: string) => string;
  readonly unite: (one: string, other: string) => void;
};

export const makeGroups = (): Groups => {
  const above = new Map<string, string>();
  const of = (name: string): string => {
    let top = name;
    for (let next = above.get(top); next !== undefined; next = above.get(top)) top = next;
    // So that the next look is short.
    for (let at = name; at !== top; ) {
      const next = above.get(at) ?? top;
      above.set(at, top);
      at = next;
    }
    return top;
  };
  const unite = (one: string, other: string): void => {
    const [least = "", most = ""] = [of(one), of(other)].sort();
    if (least !== most) above.set(most, least);
  };
  return { of, unite };
};
