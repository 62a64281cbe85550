/** Start-up: `--version`, and `ls` of the reference project, beside node that does nothing. */
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley, node, ROOT } from "./program.mjs";

export const startFigure = async ({ rounds }) => {
  const again = { cwd: ROOT };
  await galley(["ls"], again);
  const seconds = await interleaved(3 * rounds, {
    node: async () => (await node(["-e", "0"], again)).seconds,
    version: async () => (await galley(["--version"], again)).seconds,
    ls: async () => (await galley(["ls"], again)).seconds,
  });
  const line = (work, name, target) =>
    figure(
      work,
      inSeconds(median(seconds[name])),
      inSeconds(median(seconds.node)),
      asRatio(ratioOf(seconds[name], seconds.node)),
      `≤ ${target} s`,
      median(seconds[name]) <= target,
    );
  return [line("`galley --version`", "version", 0.12), line("`galley ls` on the reference project", "ls", 0.3)];
};
