-- What clients brought and cost in a whole month, and the drivers of its pools. Index: client_month_once.
SELECT client_id, revenue, discount, direct_cost, own_cost, purchases, orders, returns, lines, complaints, touches, touch_minutes
FROM sales_clientmonth WHERE month = %(month)s
