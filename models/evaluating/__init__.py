"""Measures of a finished model folder, from its own files; the figures are stored beside them.

One file a group of protocols; each protocol maps `Opened` to plain figures. docs/measures.md says what they mean.
"""
