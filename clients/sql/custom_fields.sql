-- seraph_number: a custom field's value as a number; NULL for anything else, so that one odd row breaks no filter.
CREATE OR REPLACE FUNCTION seraph_number(value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(value) WHEN 'number' THEN value::numeric END;
