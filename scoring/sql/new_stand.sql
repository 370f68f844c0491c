-- What new and repeat has to agree with: the revisions of the settings and of all months before `until` (costs of winning lie
-- before the first sale, what the clients brought lies behind it), which categories win clients, and whether what is owed
-- drives a pool, which grows by the day. Indexes: the keys, pool_once_a_month; marks are few, and so are months.
SELECT COALESCE((SELECT revision FROM scoring_profitsettings WHERE id = 1), 1),
  COALESCE((SELECT sum(revision) FROM sales_ledgermonth WHERE month < %(until)s), 0)::bigint,
  ARRAY(SELECT id FROM sales_costcategory WHERE wins_clients ORDER BY id),
  EXISTS (SELECT FROM sales_costpool WHERE month >= %(since)s AND month < %(until)s AND driver = 'credit_days'),
  EXISTS (SELECT FROM sales_ledgermark WHERE month < %(until)s)
