{{params "aggregate" partition="team_id, season" order_by="game_date, game_order"}}
{{aggregate}} over (partition by {{partition}} order by {{order_by}} rows between unbounded preceding and 1 preceding)
