"""What is known by name."""
