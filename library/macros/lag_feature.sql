{{params "column" "partition" "order_by" rows=1}}
{{#if (lt rows 1)}}{{fail "rows is a number from 1 on"}}{{/if~}}
case when count(*) over ({{#if partition}}partition by {{partition}} {{/if}}order by {{order_by}} groups between {{rows}} preceding and {{rows}} preceding) = 1 then first_value({{column}}) over ({{#if partition}}partition by {{partition}} {{/if}}order by {{order_by}} groups between {{rows}} preceding and {{rows}} preceding) end
