"""Measures of models, and the libraries that some need. Protocols are described in docs/measures.md."""
