-- An export is noted for good; what was sought in it is blanked when it named a client that is being erased.
CREATE OR REPLACE FUNCTION seraph_forget_export(log bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  PERFORM seraph_open_history('ui_exportlog');
  UPDATE ui_exportlog SET query = '', words = '–' WHERE id = log;
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_export FROM PUBLIC;
