"""Losses as pure functions, a trainer that knows no model, tasks, and recipes as plain data."""
