"""Several videos of one call: which they are, what they come to, and the sheet that shows them."""
