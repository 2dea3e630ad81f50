"""What a study will cost, and what it cost."""
