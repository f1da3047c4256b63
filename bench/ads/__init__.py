"""What advertising costs: inventories and reservations."""
