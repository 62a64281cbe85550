/** A project with feature models of each kind: known before and after, found by an index and without, with and without an order in the day. */
export const FEATURE_MODELS: Readonly<Record<string, string>> = {
  "models/form.sql":
    "select * from (values (1, date '2024-01-01', 1, 10.5, true)) v (team_id, day, seq, points_avg, won)",
  "models/rating.sql":
    "select 1 as team_id, timestamptz '2024-01-01 10:00+00' as rated_at, 1500::bigint as rating, 'a' as note",
  "models/market.sql": "select 1 as team_id, date '2024-01-01' as day, 0.5::double precision as odds",
  "models/models.yml": `models:
  - name: form
    config:
      entity: team_id
      event_time: [day, seq]
      unique_key: [team_id, day, seq]
      known: before
      indexes: [{ columns: [team_id, day, seq] }]
    columns: [{ name: won, config: { known_after: event_time } }]
  - name: rating
    config: { entity: [team_id], event_time: rated_at }
  - name: market
    config: { unique_key: [team_id, day], event_time: day, known: before }
`,
};
