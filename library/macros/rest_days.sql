{{params "time" "partition" order_by=null}}
(({{time}}) - max({{time}}) over ({{> earlier_rows partition=partition order_by=(default order_by time)}}))
