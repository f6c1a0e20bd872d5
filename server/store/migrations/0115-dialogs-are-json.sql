-- Endpoints of dialogs took `xml` and were sent JSON all the same; what they are refused for now is put right.
update endpoints set format = 'json' where type = 'dialogs';
