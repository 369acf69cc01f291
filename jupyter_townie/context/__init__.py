"""What the model is shown of a notebook, its data and its files: chosen, bounded, marked as data."""
