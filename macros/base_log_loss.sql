{{params "share"}}
case when {{share}} in (0, 1) then 0 else -({{share}} * ln({{share}}) + (1 - {{share}}) * ln(1 - {{share}})) end
