{{params "column" games=5 partition="team_id, season" counter="played_before"}}
round({{> rolling_avg column=column partition=partition order_by=counter rows=games}}, 4)
