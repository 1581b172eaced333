"""The application behind Ray Serve, on one machine or more. Nothing outside this room imports it, or Ray."""
