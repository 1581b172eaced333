"""What is measured, against what, by which command. Results are printed, and kept as text in benchmarks/results."""
