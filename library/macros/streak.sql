{{params "relation" "condition" "partition" "order_by" as="streak"}}
(
  select
    (galley_row).*,
    galley_earlier - coalesce(max(galley_so_far) filter (where not galley_holds) over ({{> earlier_rows partition=partition order_by=order_by}}), 0) as {{as}}
  from (
    select
      t.*,
      t as galley_row,
      {{condition}} as galley_holds,
      count({{condition}}) over ({{> earlier_rows partition=partition order_by=order_by}}) as galley_earlier,
      count({{condition}}) over ({{#if partition}}partition by {{partition}} {{/if}}order by {{order_by}}) as galley_so_far
    from {{relation}} as t
  ) as t
)
