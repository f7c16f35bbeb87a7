"""What Python programs and notebooks use: a model that is loaded once, and what it makes."""
