/**
 * Writes the made-up league that the reference project starts with: seeds/raw/{teams,players,matches,team_game_stats}.csv.
 *
 *   node scripts/generate-seeds.mjs [folder]     the same bytes on every machine: one fixed seed, no clock
 *
 * What is in it: 30 teams, 450 players, three whole seasons of 1,230 games with box scores and odds, and the first
 * 30 playoff games of the last season, scheduled and not played.
 *
 * What can be learned from it, as in real life a little: a team has a strength that drifts from season to season and
 * from game to game, and a form that comes and goes within weeks; being at home is worth points and playing on the day
 * after a game costs some. The bookmaker knows the strength roughly, sees a third of the form, and takes his margin.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SEED = 20260418;
const SEASONS = [2024, 2025, 2026]; // the year in which a season ends
const HOME_POINTS = 2.7;
const TIRED_POINTS = 1.8;
const MARGIN_SPREAD = 11.5;
const BOOK_MARGIN = 0.03;
const BOOK_ERROR = 2.2; // points by which his guess is off
const BOOK_FORM = 0.3; // the part of a form that he sees

const PLACES = [
  ["ASH", "Ashford", "Anchors"],
  ["BRK", "Brackwater", "Beacons"],
  ["CAL", "Calder Bay", "Comets"],
  ["DUN", "Dunmore", "Drummers"],
  ["EAS", "Easthaven", "Eagles"],
  ["FAL", "Falkirk Falls", "Foxes"],
  ["GRA", "Granby", "Giants"],
  ["HOL", "Hollowell", "Herons"],
  ["IRO", "Ironbridge", "Irons"],
  ["JUN", "Juniper", "Jesters"],
  ["KES", "Kestrel Point", "Kites"],
  ["LAR", "Larkhill", "Lanterns"],
  ["MER", "Merrow", "Mariners"],
  ["NOR", "Northgate", "Nomads"],
  ["OAK", "Oakhurst", "Owls"],
  ["PEN", "Penrose", "Pilots"],
  ["QUA", "Quarry Hill", "Quarriers"],
  ["RED", "Redcliff", "Ravens"],
  ["SAL", "Saltmarsh", "Storks"],
  ["THO", "Thornbury", "Tanners"],
  ["ULL", "Ullswater", "Unicorns"],
  ["VAL", "Valemont", "Voyagers"],
  ["WES", "Westerly", "Wolves"],
  ["YAR", "Yarrow", "Yeomen"],
  ["ZEN", "Zennor", "Zephyrs"],
  ["ABE", "Aberdale", "Archers"],
  ["BEL", "Bellmoor", "Badgers"],
  ["COR", "Corran", "Cranes"],
  ["DEE", "Deepwell", "Divers"],
  ["ELM", "Elmstead", "Embers"],
];
const FIRST_NAMES =
  "Ade Ben Cal Dan Eli Finn Gus Hal Ivo Jude Kai Leo Max Ned Omar Pax Quin Ray Sam Tom Uri Van Wes Yan Zac".split(" ");
const LAST_NAMES =
  "Abbott Barlow Carver Dalton Ellery Fenwick Garner Hobbs Ingram Jarvis Keating Lomax Mercer Norris Osgood Prior Quayle Rowan Sutter Tolley Upton Vance Weller Yates Zeller".split(
    " ",
  );
const POSITIONS = ["G", "G", "G", "G", "G", "G", "F", "F", "F", "F", "F", "F", "C", "C", "C"];

/** A small generator of pseudo-random numbers in [0, 1) (mulberry32). */
const randomFrom = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

const random = randomFrom(SEED);
const normal = (mean, spread) =>
  mean + spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const whole = (mean, spread, low, high) => Math.round(clamp(normal(mean, spread), low, high));
const shuffled = (items) => {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]);
};
/** P(a normal variable is below z), to seven digits (Abramowitz and Stegun 26.2.17). */
const normalShare = (z) => {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
};
const day = (season, offset) => new Date(Date.UTC(season - 1, 9, 21 + offset)).toISOString().slice(0, 10);

/** Rounds in which everybody plays once: each pair of rounds (i, i + 41) has the same meetings with the floor swapped. */
const rounds = () => {
  const n = PLACES.length;
  const circle = Array.from({ length: n - 1 }, (_, round) =>
    Array.from({ length: n / 2 }, (_, i) => {
      const a = i === 0 ? n - 1 : (round + i) % (n - 1);
      const b = (round + n - 1 - i) % (n - 1);
      return (round + i) % 2 === 0 ? [a, b] : [b, a];
    }),
  );
  const first = shuffled([...circle, ...shuffled(circle).slice(0, 12)]);
  return [...first, ...first.map((round) => round.map(([home, away]) => [away, home]))];
};

/** The calendar of a season: [offset in days, home, away], about three games a week for each team. */
const calendar = () =>
  rounds()
    .flatMap((round, number) => {
      const base = Math.floor(number * 2.1) + (number >= 54 ? 6 : 0); // a break after two thirds
      return shuffled(round).map(([home, away]) => [base + (random() < 0.5 ? 1 : 0), home, away]);
    })
    .sort((a, b) => a[0] - b[0]);

const teams = PLACES.map(() => ({ strength: normal(0, 4.2), form: 0, lastDay: -9, wins: 0 }));

const expectedMargin = (home, away, offset, formShare) => {
  const tired = (team) => (offset - team.lastDay === 1 ? TIRED_POINTS : 0);
  const level = (team) => team.strength + formShare * team.form - tired(team);
  return level(home) - level(away) + HOME_POINTS;
};

const odds = (margin) => {
  const p = clamp(normalShare((margin + normal(0, BOOK_ERROR)) / MARGIN_SPREAD), 0.07, 0.93);
  return [p, 1 - p].map((share) => (1 / (share * (1 + BOOK_MARGIN))).toFixed(2));
};

/** Points of both teams and the length of the game; a tie after 48 minutes goes on in periods of five. */
const result = (margin) => {
  const total = normal(223, 17);
  const difference = normal(margin, MARGIN_SPREAD);
  let [home, away, minutes] = [Math.round((total + difference) / 2), Math.round((total - difference) / 2), 48];
  while (home === away) {
    home += whole(10.5, 3, 4, 18);
    away += whole(10.2, 3, 4, 18);
    minutes += 5;
  }
  return { home, away, minutes };
};

/** Shots that make exactly these points: 2 · fgm + fg3m + ftm. */
const shots = (points) => {
  for (;;) {
    const fg3m = whole(12.5 + (points - 111) * 0.08, 3, 2, 26);
    const ftm = whole(17.5 + (points - 111) * 0.1, 4, 3, 38);
    const fgm = (points - fg3m - ftm) / 2;
    if (Number.isInteger(fgm) && fgm >= fg3m + 8) {
      const fg3a = Math.max(fg3m, Math.round(fg3m / clamp(normal(0.36, 0.035), 0.2, 0.6)));
      const fga = Math.round(fgm / clamp(normal(0.467 + (points - 111) * 0.0022, 0.018), 0.34, 0.6));
      const fta = Math.max(ftm, Math.round(ftm / clamp(normal(0.78, 0.05), 0.5, 1)));
      return { fgm, fga: Math.max(fga, fgm - fg3m + fg3a), fg3m, fg3a, ftm, fta };
    }
  }
};

/** Both box scores: rebounds come from missed shots, steals from the other side's turnovers, fouls from its free throws. */
const boxScores = ({ home, away }) => {
  const sides = [home, away].map((points) => ({ points, ...shots(points), tov: whole(13.6, 3, 4, 26) }));
  return sides.map((own, i) => {
    const other = sides[1 - i];
    const missed = (side) => side.fga - side.fgm + 0.4 * (side.fta - side.ftm);
    return {
      ...own,
      oreb: Math.round(missed(own) * clamp(normal(0.235, 0.05), 0.05, 0.5)),
      dreb: Math.round(missed(other) * clamp(normal(0.72, 0.05), 0.5, 0.95)),
      ast: Math.round(own.fgm * clamp(normal(0.61, 0.07), 0.3, 0.9)),
      stl: Math.round(other.tov * clamp(normal(0.54, 0.12), 0.1, 1)),
      blk: whole(4.9, 2, 0, Math.min(15, other.fga - other.fgm)),
      pf: Math.round(other.fta * 0.72 + clamp(normal(3.5, 1.5), 0, 9)),
    };
  });
};

const matches = [];
const stats = [];

const playSeason = (season) => {
  for (const team of teams) Object.assign(team, { form: 0, lastDay: -9, wins: 0 });
  calendar().forEach(([offset, homeIndex, awayIndex], index) => {
    const [home, away] = [teams[homeIndex], teams[awayIndex]];
    const game = `demo-${season}-${String(index + 1).padStart(4, "0")}`;
    const price = odds(expectedMargin(home, away, offset, BOOK_FORM));
    const score = result(expectedMargin(home, away, offset, 1));
    const codes = [PLACES[homeIndex][0], PLACES[awayIndex][0]];
    matches.push([game, season, day(season, offset), index + 1, false, ...codes, score.home, score.away, ...price]);
    boxScores(score).forEach((box, i) => {
      const { points, fgm, fga, fg3m, fg3a, ftm, fta, oreb, dreb, ast, tov, stl, blk, pf } = box;
      const counts = [points, fgm, fga, fg3m, fg3a, ftm, fta, oreb, dreb, ast, tov, stl, blk, pf];
      stats.push([game, codes[i], i === 0, score.minutes, ...counts]);
    });
    (score.home > score.away ? home : away).wins += 1;
    for (const team of [home, away]) {
      team.lastDay = offset;
      team.form = 0.9 * team.form + normal(0, 1.1);
      team.strength += normal(0, 0.16);
    }
  });
};

/** The eight best of either half meet, first against eighth; the last two series still have no date for a fourth game. */
const schedulePlayoffs = (season) => {
  const series = [0, 1].flatMap((half) => {
    const ranked = teams.map((_, i) => i).filter((i) => i % 2 === half);
    ranked.sort((a, b) => teams[b].wins - teams[a].wins || a - b);
    return [0, 1, 2, 3].map((i) => [ranked[i], ranked[7 - i]]);
  });
  const start = 184;
  const games = series.flatMap(([better, other], s) =>
    [0, 1, 2, 3].map((number) => ({ offset: start + (s % 2) + number * 2, s, number, better, other })),
  );
  const dated = games.filter((game) => !(game.number === 3 && game.s >= 6));
  dated.sort((a, b) => a.offset - b.offset || a.s - b.s);
  dated.forEach(({ offset, number, better, other }, index) => {
    const [homeIndex, awayIndex] = number < 2 ? [better, other] : [other, better];
    const game = `demo-${season}-p${String(index + 1).padStart(3, "0")}`;
    const price = odds(expectedMargin(teams[homeIndex], teams[awayIndex], offset, BOOK_FORM));
    const codes = [PLACES[homeIndex][0], PLACES[awayIndex][0]];
    matches.push([game, season, day(season, offset), 1231 + index, true, ...codes, "", "", ...price]);
  });
};

for (const season of SEASONS) {
  if (season !== SEASONS[0]) for (const team of teams) team.strength = 0.7 * team.strength + normal(0, 3);
  playSeason(season);
}
schedulePlayoffs(SEASONS[SEASONS.length - 1]);

const players = PLACES.flatMap(([code], team) =>
  POSITIONS.map((position, i) => {
    const number = team * POSITIONS.length + i; // every number gives another pair of names
    const first = FIRST_NAMES[number % FIRST_NAMES.length];
    const last = LAST_NAMES[(Math.floor(number / FIRST_NAMES.length) + number * 7) % LAST_NAMES.length];
    return [`demo-${code}-${String(i + 1).padStart(2, "0")}`, code, `${first} ${last}`, position];
  }),
);

const folder = process.argv[2] ?? fileURLToPath(new URL("../seeds/raw", import.meta.url));
mkdirSync(folder, { recursive: true });
const write = (name, header, rows) =>
  writeFileSync(join(folder, `${name}.csv`), `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`);

write(
  "teams",
  "code,name",
  PLACES.map(([code, place, name]) => [code, `${place} ${name}`]),
);
write("players", "player,team,full_name,position", players);
write("matches", "game,season,date,number,is_playoffs,home,away,home_score,away_score,home_odds,away_odds", matches);
write(
  "team_game_stats",
  "game,team,is_home,minutes,points,fgm,fga,fg3m,fg3a,ftm,fta,oreb,dreb,ast,tov,stl,blk,pf",
  stats,
);
