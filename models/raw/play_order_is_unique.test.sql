-- Ratings are replayed in play order: two games of a competition in one place would make them depend on chance.
select competition, game_date, game_order, count(*) as games, min(source_key) as one, max(source_key) as another
from {{source "raw" "matches"}}
group by competition, game_date, game_order
having count(*) > 1
