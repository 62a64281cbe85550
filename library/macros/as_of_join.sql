{{params "relation" "as" "on" "time" before=null at_or_before=null max_age=null tie_break=null}}
{{#if (eq (eq before null) (eq at_or_before null))}}{{fail "as_of_join takes before or at_or_before, one of the two"}}{{/if~}}
left join lateral (
  select {{as}}.*
  from {{relation}} as {{as}}
  where {{on}}
    and ({{#each (split time) as |column|}}{{#unless @first}}, {{/unless}}{{as}}.{{column}}{{/each}}) {{#if (eq before null)}}<={{else}}<{{/if}} ({{default before at_or_before}})
{{#if (ne max_age null)}}
    and {{#each (split time) as |column|}}{{#if @first}}{{as}}.{{column}}{{/if}}{{/each}} >= {{#each (split (default before at_or_before)) as |moment|}}{{#if @first}}{{moment}}{{/if}}{{/each}} - {{literal max_age}}::interval
{{/if}}
  order by {{#each (split time) as |column|}}{{#unless @first}}, {{/unless}}{{as}}.{{column}} desc{{/each}}{{#if tie_break}}, {{tie_break}}{{/if}}
  limit 1
) as {{as}} on true
