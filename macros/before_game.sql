{{params "aggregate" partition="team_id, season" order_by="game_date, game_order"}}
{{aggregate}} over ({{> earlier_rows partition=partition order_by=order_by}})
