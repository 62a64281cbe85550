{{params "relation" "column" "partition" "order_by" "half_life" rows=100 as="ewma"}}
{{#if (lt rows 1)}}{{fail "rows is a number from 1 on"}}{{/if~}}
{{#if (le half_life 0)}}{{fail "half_life is a number of rows above 0"}}{{/if~}}
(
  select
    (galley_row).*,
    (
      select sum(v * w) / sum(w)
      from (select v, step, max(step) over () as latest from unnest(galley_values, galley_steps) as u (v, step) where v is not null) as e
      cross join lateral (select power(0.5::double precision, least((latest - step) / {{half_life}}::double precision, 1000)) as w) as weight
    ) as {{as}}
  from (
    select
      galley_row,
      array_agg(galley_value) over earlier as galley_values,
      array_agg(galley_step) over earlier as galley_steps
    from (
      select
        t.*,
        t as galley_row,
        ({{column}})::double precision as galley_value,
        dense_rank() over ({{#if partition}}partition by {{partition}} {{/if}}order by {{order_by}}) as galley_step
      from {{relation}} as t
    ) as t
    window earlier as ({{> earlier_rows partition=partition order_by="galley_step" rows=rows}})
  ) as t
)
