"""From trained networks to a model folder: graphs, sets, sliders, measures, card, manifest."""
