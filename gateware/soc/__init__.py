"""What makes a system on chip of the column engine."""
