-- Every row of the ledger as figures of a client (null: of no client) on a day, in the company's currency. The roll-up by
-- month, periods that begin or end within a month, and the nightly check sum this one view up, so they can't disagree.
-- Indexes: document_of_client, cost_of_client, complaint_of_client, payment_of_document, touch_timeline; document_by_day and the like.
CREATE OR REPLACE VIEW sales_ledgerrow AS
SELECT d.client_id, d.day,
  CASE WHEN d.kind = 'sale' THEN d.home_amount ELSE 0 END AS revenue,
  CASE WHEN d.kind = 'sale' THEN d.home_discount ELSE 0 END AS discount,
  CASE WHEN d.kind = 'sale' THEN d.home_direct_cost ELSE 0 END AS direct_cost,
  0::numeric AS own_cost,
  CASE WHEN d.kind = 'purchase' THEN d.home_amount ELSE 0 END AS purchases,
  0::numeric AS paid, 0::numeric AS late_days,
  CASE WHEN d.kind = 'sale' AND d.amount > 0 THEN 1 ELSE 0 END AS orders,
  CASE WHEN d.kind = 'sale' AND d.amount < 0 THEN 1 ELSE 0 END AS returns,
  CASE WHEN d.kind = 'sale' AND d.amount > 0 THEN GREATEST(d.line_count, 1) ELSE 0 END AS lines,
  0 AS complaints, 0 AS touches, 0 AS touch_minutes
FROM sales_document d
UNION ALL
SELECT c.client_id, c.day, 0, 0, 0, c.home_amount, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM sales_cost c
UNION ALL
SELECT c.client_id, c.day, 0, 0, 0, c.cost, 0, 0, 0, 0, 0, 0, 1, 0, 0 FROM sales_complaint c
UNION ALL
SELECT d.client_id, p.day, 0, 0, 0, 0, 0, round(p.amount * d.rate, 2),
  CASE WHEN d.due_on IS NULL THEN 0 ELSE round(p.amount * d.rate, 2) * (p.day - d.due_on) END, 0, 0, 0, 0, 0, 0
FROM sales_payment p JOIN sales_document d ON d.id = p.document_id WHERE d.kind = 'sale'
UNION ALL
SELECT t.client_id, (t.at AT TIME ZONE (SELECT seraph_company_zone()))::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, COALESCE(t.minutes, 0)
FROM clients_touch t;

-- The own costs of the same rows by category; what complaints cost stands under the shipped category "complaints".
CREATE OR REPLACE VIEW sales_ledgercost AS
SELECT c.client_id, c.day, c.category_id, c.home_amount AS amount FROM sales_cost c
UNION ALL
SELECT c.client_id, c.day, (SELECT id FROM sales_costcategory WHERE key = 'complaints'), c.cost FROM sales_complaint c WHERE c.cost <> 0;
