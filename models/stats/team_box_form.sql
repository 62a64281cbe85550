-- Form from box scores, over earlier games of the season that have one. Real regular seasons have none: no row there.
with counted as (
  select
    game_id,
    team_id,
    season,
    box.offensive_rating,
    box.effective_fg_share,
    box.turnover_share,
    box.offensive_rebound_share,
    box.free_throw_rate,
    {{> before_game aggregate="count(box.possessions)"}} as boxes_before
  from {{ref "team_games"}}
  left join {{ref "box_ratings"}} box using (game_id, team_id)
),
averaged as (
  select
    game_id,
    team_id,
    boxes_before,
    {{> form_avg column="offensive_rating" counter="boxes_before" games=(var "rolling_games")}} as offensive_rating_avg,
    {{> form_avg column="effective_fg_share" counter="boxes_before" games=(var "rolling_games")}} as effective_fg_share_avg,
    {{> form_avg column="turnover_share" counter="boxes_before" games=(var "rolling_games")}} as turnover_share_avg,
    {{> form_avg column="offensive_rebound_share" counter="boxes_before" games=(var "rolling_games")}} as offensive_rebound_share_avg,
    {{> form_avg column="free_throw_rate" counter="boxes_before" games=(var "rolling_games")}} as free_throw_rate_avg
  from counted
)
select * from averaged
where boxes_before > 0
