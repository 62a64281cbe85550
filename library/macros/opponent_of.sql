{{params "relation" "as" "row" "event" "entity"}}
left join {{relation}} as {{as}} on {{#each (split event) as |column|}}{{as}}.{{column}} = {{row}}.{{column}} and {{/each}}{{as}}.{{entity}} <> {{row}}.{{entity}}
