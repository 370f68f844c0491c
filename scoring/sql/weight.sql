CASE p.driver
      WHEN 'revenue' THEN GREATEST(f.revenue, 0)  -- who gave back more than was bought has no share, not a negative one
      WHEN 'orders' THEN f.orders
      WHEN 'lines' THEN f.lines
      WHEN 'touches' THEN f.touches
      WHEN 'touch_minutes' THEN f.touch_minutes
      WHEN 'complaints' THEN f.complaints
      WHEN 'equal' THEN CASE WHEN f.orders + f.returns + f.complaints + f.touches > 0 OR f.own_cost <> 0 THEN 1 ELSE 0 END
    END
