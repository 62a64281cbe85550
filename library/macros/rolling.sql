{{params "function" "column" "partition" "order_by" rows=null interval=null min_count=1}}
{{#if (lt min_count 1)}}{{fail "min_count is a number from 1 on"}}{{/if~}}
{{#if (gt min_count 1)}}case when count({{column}}) over ({{> earlier_rows partition=partition order_by=order_by rows=rows interval=interval}}) >= {{min_count}} then {{/if~}}
{{function}}({{column}}) over ({{> earlier_rows partition=partition order_by=order_by rows=rows interval=interval}}){{#if (gt min_count 1)}} end{{/if}}
