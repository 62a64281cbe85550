-- On games that it has not seen, the logistic model must do better than saying always the same; on the made-up games,
-- whose signal is known, by a margin.
with demanded as (
  select *, case when competition = 'demo' then {{var "demo_margin"}} else 0 end as margin
  from {{ref "model_comparison"}}
  where model_name = 'logistic'
)
select competition, games, brier, base_brier, log_loss, base_log_loss, margin
from demanded
where not (brier < base_brier - margin and log_loss < base_log_loss - margin)
