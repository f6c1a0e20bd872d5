-- A document holds 500 reports at most.
update endpoints set max_items = 500 where max_items > 500;
