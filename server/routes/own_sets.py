"""Sets that people add to a model: listed, begun, received, encoded, and kept until somebody deletes them.

In four steps: POST says what will come, PUT brings the pictures (and a CSV of labels), POST .../encode starts the job.
Each can be gone on with after a break: the list says how much has arrived and how much is encoded.
"""

from __future__ import annotations

import io
import zipfile
from typing import Annotated

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from server.errors import BadRequest, NotFound, StaleModel, TooLarge, Unsupported
from server.jobs import Work
from server.opened import OpenedModel
from server.own_sets import heads
from server.own_sets.heads import Draft, Source
from server.own_sets.labels import MOST_BYTES
from server.own_sets.store import PIECE, OwnSets, Unfinished
from server.routes.access import OWNER, TheEngine, TheSets, owns
from server.routes.jobs import STARTED, TheDesk
from server.routes.sets import entry
from server.schemas import KeptEntry, RoomEntry, SetEntry, SetList, UnfinishedEntry
from server.schemas.own_sets import LabelsTaken, SetBegun, SetName, SetReport, SetRequest
from server.settings import Settings

router = APIRouter(prefix="/api/models/{model_id}", tags=["own sets"])
Named = Annotated[SetName, Path(description="The set's name.")]


@router.get("/sets", summary="List the model's sets of points")
async def list_sets(model_id: str, engine: TheEngine, sets: TheSets, desk: TheDesk, request: Request) -> SetList:
    """`data` is real pictures, encoded; `samples` is a generator's own. `reference` names the default one.

    Those with `own` were added by people; `unfinished` ones are on their way.
    """
    opened = await engine.open(model_id)
    settings: Settings = request.app.state.settings
    shown = await engine.run(lambda: [_entry(opened, sets, name) for name in opened.set_names])
    room = RoomEntry(
        used=await engine.run(sets.storage.size, "sets"),
        bound=int(settings.sets_gb * 2**30),
        archive=int(settings.archive_gb * 2**30),
        batch=settings.body_mb * 2**20,
        may_add=owns(request),
    )
    unfinished = await engine.run(_unfinished, opened, sets)
    for each in unfinished:
        jobs = desk.jobs.going("set", model_id, set=each.name)
        each.running = bool(jobs)
        each.job = next((job.id for job in jobs if job.visitor == desk.visitor.id), None)
    return SetList(sets=shown, unfinished=unfinished, room=room)


def _entry(opened: OpenedModel, sets: OwnSets, name: str) -> SetEntry:
    shown = entry(opened, name)
    head = opened.points(name).own
    if head is not None:
        shown.kept = KeptEntry(
            bytes=sets.size(opened.id, name),
            made=head.made,
            source=head.source,
            skipped=head.tally.skipped,
            unlabelled=head.unlabelled,
            preparation=head.tally.steps,
        )
    return shown


def _unfinished(opened: OpenedModel, sets: OwnSets) -> list[UnfinishedEntry]:
    found = [_going(each, opened.hash) for each in sets.unfinished(opened.id)]
    for name in sets.names(opened.id):
        head = sets.head(opened.id, name)
        if head is not None and head.model_hash != opened.hash:
            size = sets.size(opened.id, name)
            shared = {"name": name, "title": head.title, "source": head.source, "encoded": head.count, "bytes": size}
            facts = {"total": 0, "files": 0, "received": 0, "labels": False, "running": False, "job": None}
            found.append(UnfinishedEntry.model_validate({**shared, **facts, "state": "stale", "kind": "place"}))
    return found


def _going(each: Unfinished, model_hash: str) -> UnfinishedEntry:
    source = each.draft.source
    arrived = source.kind == "place" or each.progress is not None
    arrived = arrived or (source.kind == "archive" and each.received == source.bytes)
    return UnfinishedEntry(
        name=each.name,
        title=each.draft.title,
        state="stale" if each.draft.model_hash != model_hash else "encoding" if arrived else "receiving",
        kind=source.kind,
        source=source.name,
        total=source.bytes,
        files=source.files,
        received=each.received,
        labels=each.labels,
        encoded=each.progress.rows if each.progress else 0,
        running=False,
        job=None,
        bytes=each.bytes,
    )


@router.post("/sets", summary="Begin a set of your own", status_code=201, dependencies=OWNER)
def begin(model_id: str, request: SetRequest, engine: TheEngine, sets: TheSets, http: Request) -> SetBegun:
    """Says what will come; its pictures follow with PUT. Only the owner may, where there are tokens."""
    checkpoint, manifest = engine.catalog.ready(model_id)
    settings: Settings = http.app.state.settings
    if manifest.encoder is None:
        raise Unsupported(f"{model_id} has no encoder, so pictures cannot be placed in its space.", field="model")
    if request.kind == "archive" and request.bytes > settings.archive_gb * 2**30:
        raise TooLarge(
            f"An archive may have {settings.archive_gb:g} GB here. Add its pictures as several sets, or set "
            "LATENT_EXPLORER_ARCHIVE_GB higher.",
            field="bytes",
        )
    if request.kind == "files" and request.files == 0:
        raise BadRequest("Say how many files there are.", field="files")
    if request.hash not in (None, checkpoint.hash):
        raise StaleModel(f"{model_id} has become another version since the page was loaded.", field="hash")
    source = Source(request.kind, request.source, request.bytes, request.files)
    shipped = [spec.name for spec in manifest.sets]
    return SetBegun(name=sets.begin(model_id, checkpoint.hash, request.title, source, shipped), received=0)


@router.put("/sets/{set_name}/archive", summary="Bring the zip archive of a set", dependencies=OWNER)
async def bring_archive(
    model_id: str,
    set_name: Named,
    sets: TheSets,
    request: Request,
    offset: Annotated[int, Query(ge=0, description="Where the body stands in the archive: where it ended before.")] = 0,
) -> SetBegun:
    """The body is the archive, or a part of it, as it is. It is written as it comes and never held in memory.

    After a break, go on from `received`; another place is answered with 409.
    """
    await run_in_threadpool(sets.draft, model_id, set_name)
    piece, at = bytearray(), offset
    try:
        async for content in request.stream():
            piece += content
            if len(piece) >= PIECE:
                at = await run_in_threadpool(sets.receive, model_id, set_name, at, bytes(piece))
                piece.clear()
    except ClientDisconnect:
        pass  # what has arrived counts
    if piece or at == offset:
        at = await run_in_threadpool(sets.receive, model_id, set_name, at, bytes(piece))
    return SetBegun(name=set_name, received=at)


@router.put("/sets/{set_name}/files", summary="Bring a batch of files of a set", dependencies=OWNER)
async def bring_files(
    model_id: str,
    set_name: Named,
    sets: TheSets,
    files: Annotated[list[UploadFile], File(description="Pictures under their path in the folder, at most 1,000.")],
    batch: Annotated[int, Query(ge=0, lt=100_000, description="Which batch this is, from 0.")],
) -> SetBegun:
    """As a form. Batches come in their order; sending one again takes its own place."""
    packed = await run_in_threadpool(_packed, files)
    return SetBegun(
        name=set_name, received=await run_in_threadpool(sets.receive_files, model_id, set_name, batch, packed)
    )


def _packed(files: list[UploadFile]) -> bytes:
    """Files as an archive without compression: pictures are packed already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo((file.filename or "a file without a name")[:1000]), file.file.read())
    return buffer.getvalue()


@router.put("/sets/{set_name}/labels", summary="Bring the CSV of labels of a set", dependencies=OWNER)
async def bring_labels(
    model_id: str,
    set_name: Named,
    sets: TheSets,
    file: Annotated[UploadFile, File(description="CSV with the header file,label and columns of factors after it.")],
) -> LabelsTaken:
    """As a form. Files are found by their path, or by their name alone; a file without a row has no label."""
    content = await file.read(MOST_BYTES + 1)
    table = await run_in_threadpool(sets.receive_labels, model_id, set_name, content)
    return LabelsTaken(classes=list(table.classes), factors=[factor.name for factor in table.factors])


@router.post(
    "/sets/{set_name}/encode",
    summary="Encode the pictures that have arrived",
    status_code=202,
    response_class=Response,
    responses=STARTED,
    dependencies=OWNER,
)
async def encode(model_id: str, set_name: Named, sets: TheSets, engine: TheEngine, desk: TheDesk) -> Response:
    """Starts a job of the kind `set`; one that was stopped, by a person or by a restart, goes on where it ended."""
    opened = await engine.open(model_id)
    draft = await run_in_threadpool(_arrived, sets, model_id, set_name, opened.hash)
    return await desk.begin(Work("set", model_id, {"set": set_name, "id": draft.id}, keep=False))


def _arrived(sets: OwnSets, model_id: str, set_name: str, model_hash: str) -> Draft:
    """The draft of a set whose pictures are all there. Raises NotFound, BadRequest or StaleModel."""
    draft = sets.draft(model_id, set_name)
    if draft.model_hash != model_hash:
        raise StaleModel(f"{set_name} was begun with another version of {model_id}: delete it.", field="set")
    if draft.source.kind == "place":
        raise BadRequest("This set is added by the command of the server; run that again.", field="set")
    have = sets.received(model_id, set_name, draft)
    if draft.source.kind == "archive" and have < draft.source.bytes:
        raise BadRequest(f"Only {have} of the {draft.source.bytes} bytes of its archive have arrived.", field="set")
    if have == 0:
        raise BadRequest("None of its files has arrived.", field="set")
    return draft


@router.get("/sets/{set_name}/report", summary="What came of the files of your own set")
def report(model_id: str, set_name: Named, sets: TheSets, engine: TheEngine) -> SetReport:
    """How many pictures it has, and which files are not in it, and why."""
    engine.catalog.ready(model_id)
    head = sets.head(model_id, set_name)
    if head is None:
        raise NotFound(f"{model_id} has no set of your own called {set_name!r}. It may have been deleted.", field="set")
    facts = heads.facts(head.tally)
    return SetReport(
        name=set_name,
        title=head.title,
        count=head.count,
        assumed=head.tally.assumed,
        unlabelled=head.unlabelled,
        unmatched=head.unmatched,
        **facts,
    )


@router.delete("/sets/{set_name}", summary="Delete your own set", status_code=204, dependencies=OWNER)
async def delete(model_id: str, set_name: Named, sets: TheSets, engine: TheEngine, desk: TheDesk) -> None:
    """With all that is kept of it, whole or unfinished. The model's own sets cannot be deleted."""
    _, manifest = engine.catalog.ready(model_id)
    if set_name in [spec.name for spec in manifest.sets]:
        raise BadRequest(f"The set {set_name} came with the model and stays.", field="set")
    for job in desk.jobs.going("set", model_id, set=set_name):
        await desk.jobs.cancel(job)
    await run_in_threadpool(sets.delete, model_id, set_name)
