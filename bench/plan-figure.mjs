/** Planning a build of 5,000 models with 15,000 tests, beside half of it: time and memory that grow linearly double. */
import { fileURLToPath } from "node:url";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { node } from "./program.mjs";
import { writeModels } from "./workload.mjs";

const CHILD = fileURLToPath(new URL("./plan-child.mjs", import.meta.url));
const MODELS = Number(process.env.BENCH_MODELS ?? 5000);

/** What a process takes that plans next to nothing. */
const SMALLEST = 10;

export const planFigure = async ({ folder, rounds }) => {
  const found = { smallest: [], half: [], whole: [] };
  const sizes = { smallest: SMALLEST, half: MODELS / 2, whole: MODELS };
  const works = Object.entries(sizes).map(([name, models]) => {
    const project = `${folder}/plan-${models}`;
    writeModels(project, models, "\n        data_tests: [not_null]");
    const env = { BENCH_URL: "postgres://nobody@127.0.0.1/nothing" };
    const work = async () => {
      const planned = JSON.parse((await node([CHILD, project], { cwd: project, env })).out);
      if (planned.tests !== 3 * models) throw new Error(`planned ${planned.tests} tests of ${models} models`);
      found[name].push(planned);
      return planned.seconds;
    };
    return [name, work];
  });
  const seconds = await interleaved(Math.min(rounds, 3), Object.fromEntries(works));
  const time = ratioOf(seconds.whole, seconds.half);
  const of = (name, what) => median(found[name].map((planned) => planned[what]));
  const memory = (name) => of(name, "megabytes") - of("smallest", "megabytes");
  const grown = memory("whole") / memory("half");
  const what = `plan of ${MODELS.toLocaleString("en")} models with ${(3 * MODELS).toLocaleString("en")} tests from the files on`;
  return [
    figure(
      `${what}, beside half of it; ${inSeconds(of("whole", "planning"))} of it are planning`,
      inSeconds(median(seconds.whole)),
      inSeconds(median(seconds.half)),
      asRatio(time),
      "linear, ≤ 2.3 ×",
      time.median <= 2.3,
    ),
    figure(
      "the same, memory above that of a plan of ten models",
      `${memory("whole").toFixed(0)} MB`,
      `${memory("half").toFixed(0)} MB`,
      `${grown.toFixed(2)} ×`,
      "linear, ≤ 2.3 ×",
      grown <= 2.3,
    ),
  ];
};
