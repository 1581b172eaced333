"""The mathematics of a latent space in numpy alone: pure functions over arrays of latents, one subject a file."""
