"""Rules that tenants keep: making, changing and ending them, and which are in force when."""
