{{params "column" games=5 partition="team_id, season" counter="played_before"}}
round(avg({{column}}) over (partition by {{partition}} order by {{counter}} range between {{games}} preceding and 1 preceding), 4)
