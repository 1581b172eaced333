"""Everything that is true without a server: the model format, the mathematics, the data and the training."""

import os

# onnxruntime 1.29 and later report to their maker what they run, and leave a number of this machine in the folder for
# temporary files, unless this is set before they are imported. Whoever wants that sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
