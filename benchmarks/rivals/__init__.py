"""The same decoder behind other people's frameworks, each app as its own documents would have it."""
