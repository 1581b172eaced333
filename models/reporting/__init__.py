"""docs/zoo.md: the models side by side, from what is stored in their folders."""
