"""The addresses, thin: parse, call, encode."""
