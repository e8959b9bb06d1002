
-- nothing to do
