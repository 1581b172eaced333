# The commands are run.py's; see python3 run.py --help.
.PHONY: run test lint

run:
	python3 run.py

test:
	python3 run.py test

lint:
	python3 run.py lint
