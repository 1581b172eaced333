"""A person's own sets: pictures that were added to a model, encoded once and kept until somebody deletes them.

    sets/<model>/<set>/draft.json        what is being added: the title, the model's hash, what is to come
                       source-00000.zip  the pictures as they were sent, as long as they are not encoded
                       labels.csv        what is known of them
                       progress.json     how far the encoding is; put whole after each chunk
                       pictures.u8       uint8 (N, H, W, C) in the model's own form, growing
                       latents.f32       float32 (N, D), growing
                       files.txt         the name of each row's file, a JSON string a line, growing
                       labels.i32        int32 (N,) indices into the head's classes, -1 for none
                       factors.f32       float32 (N, F), NaN or -1 for none
                       set.json          the head, written last: there is no set before it

All numbers are little-endian. Once the head is there, draft, sources, CSV and progress go.
"""

from __future__ import annotations
