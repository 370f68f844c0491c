"""What people type into the registry. The forms only carry it: services read each value, refuse what can't be kept,
and their messages come back to the fields."""
