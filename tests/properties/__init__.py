"""Claims about the mathematics, held against whatever Hypothesis can think of."""
