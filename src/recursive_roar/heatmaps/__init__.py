"""Token heatmaps by round: which test examples are shown, and what was masked, predicted and important in them."""
