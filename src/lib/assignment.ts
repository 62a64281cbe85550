/** A table of costs in, the pairing of its rows with its columns that costs least in all out (the Hungarian method). */

/** For each row its column, or undefined where there are fewer columns than rows. Costs are finite. */
export const cheapestPairing = (costs: readonly (readonly number[])[]): readonly (number | undefined)[] => {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (rows > columns) {
    const turned = cheapestPairing(Array.from({ length: columns }, (_, j) => costs.map((row) => row[j] ?? 0)));
    const found: (number | undefined)[] = costs.map(() => undefined);
    for (const [column, row] of turned.entries()) if (row !== undefined) found[row] = column;
    return found;
  }
  return pairing(costs, rows, columns);
};

/** Rows and columns are counted from 1: 0 is the row that is being placed. As many columns as rows, or more. */
const pairing = (
  costs: readonly (readonly number[])[],
  rows: number,
  columns: number,
): readonly (number | undefined)[] => {
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const before = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    let column = 0;
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const isUsed = new Uint8Array(columns + 1);
    do {
      isUsed[column] = 1;
      const at = rowOf[column] ?? 0;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (isUsed[j] === 1) continue;
        const reduced = (costs[at - 1]?.[j - 1] ?? 0) - (rowPrice[at] ?? 0) - (columnPrice[j] ?? 0);
        if (reduced < (least[j] ?? 0)) {
          least[j] = reduced;
          before[j] = column;
        }
        if ((least[j] ?? 0) < step) {
          step = least[j] ?? 0;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (isUsed[j] === 1) {
          const used = rowOf[j] ?? 0;
          rowPrice[used] = (rowPrice[used] ?? 0) + step;
          columnPrice[j] = (columnPrice[j] ?? 0) - step;
        } else least[j] = (least[j] ?? 0) - step;
      }
      column = next;
    } while ((rowOf[column] ?? 0) !== 0);
    while (column !== 0) {
      const previous = before[column] ?? 0;
      rowOf[column] = rowOf[previous] ?? 0;
      column = previous;
    }
  }
  const found: (number | undefined)[] = costs.map(() => undefined);
  for (let j = 1; j <= columns; j++) if ((rowOf[j] ?? 0) > 0) found[(rowOf[j] ?? 0) - 1] = j - 1;
  return found;
};
