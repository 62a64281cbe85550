{{params "column" "partition" "order_by" rows=null interval=null min_count=1}}
{{> rolling function="max" column=column partition=partition order_by=order_by rows=rows interval=interval min_count=min_count}}
