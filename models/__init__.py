"""Everything that is true without a server: the model format, the mathematics, the data and the training."""
