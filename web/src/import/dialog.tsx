/** Bringing files in: choosing, progress, and what it came to. */

import { useEffect, useId, useState } from "preact/hooks";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { countText } from "../ui/times.ts";
import { onForget, vault } from "../vault/connection.ts";
import { sentenceOf } from "../vault/errors.ts";
import type { Gathered } from "./gather.ts";
import { gatherPicked } from "./gather.ts";
import { timeLeftText } from "./progress.ts";
import type { Ending, ImportStage, Tally } from "./run.ts";
import { ImportRun } from "./run.ts";
import { Skips } from "./skips.tsx";

let running: ImportRun | null = null;
onForget(() => {
  running?.cancel();
  running = null;
});

function start(pile: Promise<Gathered>): ImportRun {
  const run = new ImportRun((files) => vault().importFiles(files));
  running = run;
  void run.run(pile);
  return run;
}

/** The dialog; with a pile it begins at once. */
export function ImportDialog({ pile, onClose }: { pile?: Promise<Gathered>; onClose: () => void }) {
  const [run, setRun] = useState<ImportRun | null>(null);
  useEffect(() => {
    if (pile) setRun(start(pile));
  }, [pile]);
  const stage = run?.stage.value;
  const busy = stage !== undefined && stage.is !== "ended";
  return (
    <Dialog
      heading="Import notes"
      onDismiss={() => {
        if (!busy) onClose();
      }}
    >
      {run && stage ? (
        <Running run={run} stage={stage} onClose={onClose} />
      ) : (
        <Choice onPick={(files) => setRun(start(gatherPicked(files)))} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Choice(props: { onPick: (files: FileList) => void; onClose: () => void }) {
  return (
    <>
      <p>
        Markdown and text files become notes. The title comes from the first heading or the file’s
        name, the tags from folders and front matter. Bringing the same files in again makes no
        duplicates.
      </p>
      <div class="choices">
        <FileBox
          label="Markdown files or .zip"
          accept=".md,.markdown,.txt,.zip,text/markdown,text/plain,application/zip"
          onPick={props.onPick}
        />
        <FileBox label="Folder" folder onPick={props.onPick} />
      </div>
      <p class="hint drop-hint">Or drop files and folders anywhere on this window.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={props.onClose}>
          Close
        </button>
      </div>
    </>
  );
}

function FileBox(props: {
  label: string;
  accept?: string;
  folder?: boolean;
  onPick: (files: FileList) => void;
}) {
  const id = useId();
  return (
    <div class="choice">
      <input
        id={id}
        type="file"
        multiple
        accept={props.accept}
        ref={(input) => {
          if (input && props.folder) input.webkitdirectory = true;
        }}
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files && files.length > 0) props.onPick(files);
        }}
      />
      <label for={id}>
        <Icon name={props.folder ? "infobase" : "import"} />
        {props.label}
      </label>
    </div>
  );
}

function Running(props: { run: ImportRun; stage: ImportStage; onClose: () => void }) {
  const { run, stage } = props;
  const [stopping, setStopping] = useState(false);
  if (stage.is === "ended") {
    return <Summary tally={run.tally} ending={stage.ending} onClose={props.onClose} />;
  }
  const known = stage.is === "running";
  return (
    <>
      <div class="import-progress">
        <progress
          aria-label="Import progress"
          max={known ? Math.max(1, stage.total) : undefined}
          value={known ? stage.done : undefined}
        />
        <p>
          {known
            ? `${stage.done.toLocaleString()} of ${countText(stage.total, "file", "files")}`
            : "Looking at the files…"}
          <span class="hint">{known ? timeLeftText(stage.secondsLeft) : ""}</span>
        </p>
      </div>
      <p class="hint">Each note is sealed on this device before it is stored.</p>
      <div class="dialog-actions">
        <button
          type="button"
          class="button"
          aria-disabled={stopping}
          onClick={() => {
            setStopping(true);
            run.cancel();
          }}
        >
          {stopping ? "Stopping…" : "Cancel"}
        </button>
      </div>
    </>
  );
}

function Summary(props: { tally: Tally; ending: Ending; onClose: () => void }) {
  const { tally, ending } = props;
  const heading = { done: "Done.", cancelled: "Stopped. What was in by then stays.", failed: "" };
  return (
    <>
      {ending.is === "failed" ? (
        <p class="form-error" role="alert">
          {sentenceOf(ending.error)} What was in by then stays.
        </p>
      ) : (
        <p>
          <strong>{heading[ending.is]}</strong>
        </p>
      )}
      <dl class="tally" aria-label="Result">
        <dt>Added</dt>
        <dd>{tally.added.toLocaleString()}</dd>
        <dt>Updated</dt>
        <dd>{tally.updated.toLocaleString()}</dd>
        <dt>Already there</dt>
        <dd>{tally.unchanged.toLocaleString()}</dd>
        <dt>Skipped</dt>
        <dd>{(tally.skipped.length + tally.notMarkdown).toLocaleString()}</dd>
      </dl>
      <Skips skipped={tally.skipped} notMarkdown={tally.notMarkdown} />
      <div class="dialog-actions">
        <button type="button" class="button primary" onClick={props.onClose}>
          Close
        </button>
      </div>
    </>
  );
}
