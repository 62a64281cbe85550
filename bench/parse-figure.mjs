/** Cold parse of a project with its YAML, beside reading the files and parsing the templates only. */
import { fileURLToPath } from "node:url";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { node } from "./program.mjs";
import { writeModels } from "./workload.mjs";

const CHILD = fileURLToPath(new URL("./parse-child.mjs", import.meta.url));

export const parseFigure = async ({ folder, rounds }) => [
  ...(await parseOf({ folder, rounds, models: 2000, target: undefined })),
  ...(await parseOf({ folder, rounds: Math.min(rounds, 3), models: 10_000, target: { seconds: 2.5, megabytes: 400 } })),
];

const parseOf = async ({ folder, rounds, models, target }) => {
  const project = `${folder}/parse-${models}`;
  writeModels(project, models);
  const env = { BENCH_URL: "postgres://nobody@127.0.0.1/nothing" };
  const memory = [];
  const run = async (how) => {
    const { seconds, megabytes } = JSON.parse((await node([CHILD, how, project], { cwd: project, env })).out);
    if (how === "galley") memory.push(megabytes);
    return seconds;
  };
  const seconds = await interleaved(rounds, { galley: () => run("galley"), floor: () => run("floor") });
  const parse = median(seconds.galley);
  const peak = median(memory);
  return [
    figure(
      `cold parse of ${models.toLocaleString("en")} models with YAML and ${(2 * models).toLocaleString("en")} tests`,
      `${inSeconds(parse)}, ${peak.toFixed(0)} MB`,
      inSeconds(median(seconds.floor)),
      asRatio(ratioOf(seconds.galley, seconds.floor)),
      target === undefined ? "" : `≤ ${target.seconds} s, ≤ ${target.megabytes} MB`,
      target !== undefined && parse <= target.seconds && peak <= target.megabytes,
    ),
  ];
};
