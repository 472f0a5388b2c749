-- Kinds of matters that are shared by more types than the ones that gave them their names.
UPDATE threads SET kind = 'investigation' WHERE kind = 'irregularity';
UPDATE threads SET kind = 'publication' WHERE kind = 'revocation';
