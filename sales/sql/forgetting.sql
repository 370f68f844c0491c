-- The right to be forgotten: takes the words out of what the history of the ledger says of an erased client. Days, amounts
-- and numbers of documents stay, so that the figures of the past still add up. Called by the sweep of sales/erasure.py; the
-- application's role itself may change no event.
CREATE OR REPLACE FUNCTION seraph_forget_ledger(client bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM clients_client WHERE id = client AND erased_at IS NOT NULL) THEN
    RAISE EXCEPTION 'client % has not been erased', client;
  END IF;
  PERFORM seraph_open_history('sales_documentevent', 'sales_costevent', 'sales_complaintevent');
  -- by the row too: while a client is merged, its rows are another's
  UPDATE sales_documentevent SET note = '' WHERE note <> ''
    AND (client_id = client OR pgh_obj_id IN (SELECT id FROM sales_document d WHERE d.client_id = client));
  UPDATE sales_costevent SET note = '' WHERE note <> ''
    AND (client_id = client OR pgh_obj_id IN (SELECT id FROM sales_cost c WHERE c.client_id = client));
  UPDATE sales_complaintevent SET what = '', resolution = '' WHERE (what <> '' OR resolution <> '')
    AND (client_id = client OR pgh_obj_id IN (SELECT id FROM sales_complaint c WHERE c.client_id = client));
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_ledger FROM PUBLIC;
