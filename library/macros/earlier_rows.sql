{{params "partition" "order_by" rows=null interval=null}}
{{#if (and (ne rows null) (ne interval null))}}{{fail "a window goes back by rows or by interval, not both"}}{{/if~}}
{{#if (ne rows null)}}{{#if (lt rows 1)}}{{fail "rows is a number from 1 on"}}{{/if}}{{/if~}}
{{#if partition}}partition by {{partition}} {{/if}}order by {{order_by}} {{#if (ne interval null)}}range between {{literal interval}} preceding and '1 microsecond' preceding{{else}}groups between {{#if (ne rows null)}}{{rows}}{{else}}unbounded{{/if}} preceding and 1 preceding{{/if}}
