/** Figures: medians, a table for people, JSON for machines. */

/** One line of the result. `ratio` is ours divided by the peer's. */
export interface Figure {
  name: string;
  unit: string;
  ours: number;
  /** What ours is compared with, measured in the same run. */
  peer: string | null;
  peer_value: number | null;
  ratio: number | null;
  /**
   * What the project has promised, if anything: the most that `ratio` may be,
   * or `ours` where there is no peer.
   */
  goal: number | null;
  met: boolean | null;
}

/** The value that `part` of the others do not exceed; 0.5 is the median. */
export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1);
  const value = sorted[Math.max(0, at)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** A figure without a promise. */
export function figure(
  name: string,
  unit: string,
  ours: number,
  peer?: { name: string; value: number },
): Figure {
  return {
    name,
    unit,
    ours: rounded(ours),
    peer: peer?.name ?? null,
    peer_value: peer === undefined ? null : rounded(peer.value),
    ratio: peer === undefined || peer.value === 0 ? null : rounded(ours / peer.value),
    goal: null,
    met: null,
  };
}

/** The same figure with a promise: its ratio, or itself, is at most `goal`. */
export function promised(line: Figure, goal: number): Figure {
  return { ...line, goal, met: (line.ratio ?? line.ours) <= goal };
}

/** Three digits that count; whole numbers stay whole. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The figures as lines of columns. */
export function table(figures: Figure[]): string {
  const rows = [
    ["figure", "ours", "unit", "peer", "ratio", "goal"],
    ...figures.map((line) => [
      line.name,
      line.ours.toLocaleString("en"),
      line.unit,
      line.peer === null ? "" : `${line.peer_value?.toLocaleString("en") ?? ""} (${line.peer})`,
      line.ratio?.toLocaleString("en") ?? "",
      line.goal === null ? "" : `${line.goal.toLocaleString("en")} ${line.met ? "met" : "MISSED"}`,
    ]),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const right = new Set([1, 4]);
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
